"""Section eight of a report, pure: what the public said, day by day, the loudest events, and those that burst."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from tracker.reports.columns import LEVEL
from tracker.reports.facts import PostRow
from tracker.reports.frame import Frame
from tracker.reports.paper import Cell, Column, Json, Section, chart, count, table, text
from tracker.reports.wording import brief, compared, level, local

# With more days than these the title says the month, and there is no room for it under each point.
_DAYS_NAMED = 7
_TITLE = "热度走势与突增"
_DECISIONS = {"confirmed": "已列单", "dismissed": "不列单"}


def heat(view: Frame) -> Section:
    """⑧ how much was said, and about what. Heat is not severity, and the section says so."""
    this, last = _posts(view, 0), _posts(view, 1)
    if not this and not any(row.healthy for row in view.sights.rows):
        line = f"{view.this}没有一次正常采集，也没有收到发帖：{view.this}无数据。"
        nothing = text(line, figures=[("发帖", {"v": None, "r": []})])
        return Section("heat", _TITLE, view.from_posts(), (nothing,))
    flagged = [post for post in this if post.flagged]
    line = (
        f"{view.this}涉及交通运输的公众发帖{len(this)}条，{compared(len(this), len(last), '条', last=view.last)}；"
        f"其中系统提示研判{len(flagged)}条。"
    )
    if not this and not view.sights.whole:
        line += "数据源未全程可见，没有发帖不等于没有诉求。"
    figures = [
        ("发帖", count(p.key for p in this)), (f"{view.last}发帖", count(p.key for p in last)),
        ("提示研判", count(p.key for p in flagged)),
    ]  # fmt: skip
    days = [f"{d.month}-{d.day}" if len(view.period.days) <= _DAYS_NAMED else f"{d.day}" for d in view.period.days]
    series = [("发帖", _by_day(view, this)), ("提示研判", _by_day(view, flagged))]
    picture = chart("每日发帖", "lines", days, series, note="按发布时间计；页面未给出时间的按发现时间计。")
    blocks = (text(line, figures=figures), picture, *_loudest(view, this), _bursts(view, this))
    return Section("heat", _TITLE, view.from_posts(), blocks)


def _posts(view: Frame, back: int) -> list[PostRow]:
    period = view.period.shifted(-back)
    until = view.until if back == 0 else period.until
    return [post for post in view.facts.posts if period.since <= post.said_at < until]


def _by_day(view: Frame, posts: Sequence[PostRow]) -> list[float | None]:
    """Posts a day; None (a gap) for a day that has not begun."""
    spread = Counter(local(post.said_at).date() for post in posts)
    end = local(view.until - timedelta(microseconds=1)).date() if view.until > view.period.since else None
    return [spread[d] if end and d <= end else None for d in view.period.days]


def _ranked(posts: Sequence[PostRow]) -> list[tuple[int, list[PostRow]]]:
    """The events of `posts`, loudest first."""
    groups: dict[int, list[PostRow]] = {}
    for post in posts:
        if post.event is not None:
            groups.setdefault(post.event, []).append(post)
    return sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))


def _usual(view: Frame, event: int) -> float:
    return view.facts.earlier_posts.get(event, 0) / view.period.earlier


def _loudest(view: Frame, this: Sequence[PostRow]) -> Sequence[Json]:
    """The heat of the period's events, beside what is usual for each."""
    shown = [(e, posts) for e, posts in _ranked(this) if e in view.facts.events and len(posts) > 1]
    shown = shown[: view.rules.events_shown]
    if not shown:
        return ()
    names = [brief(view.facts.events[event].title, 14) for event, _posts in shown]
    series: list[tuple[str, list[float | None]]] = [
        (view.this, [len(posts) for _event, posts in shown]),
        (view.period.usual, [_usual(view, event) for event, _posts in shown]),
    ]
    return (
        chart(f"{view.this}发帖最多的事件", "across", names, series, note="只列发帖两条以上的。热度不等于严重程度。"),
    )


def _bursts(view: Frame, this: Sequence[PostRow]) -> Json:
    rules = view.rules
    rows: list[list[Cell]] = []
    for event, posts in _ranked(this):
        usual, row = _usual(view, event), view.facts.events.get(event)
        if row is None or len(posts) < rules.burst_posts or len(posts) < rules.burst_ratio * usual:
            continue
        decision = _DECISIONS.get(row.decision, "待研判")
        keys = count(p.key for p in posts)
        rows.append([brief(row.title, 36), row.place or "—", level(row.level), keys, f"{usual:g}", decision])
    columns = [
        Column("事件", 30), Column("地点", 18), LEVEL, Column(f"{view.this}发帖", 12, "right"),
        Column(view.period.usual, 14, "right"), Column("研判", 10),
    ]  # fmt: skip
    note = (
        f"突增：{view.this}发帖不少于{rules.burst_posts}条，且不少于{view.period.usual}的{rules.burst_ratio:g}倍；"
        f"按发帖数列前{rules.events_shown}件，共{len(rows)}件。热度不等于严重程度。"
    )
    return table("突增事件", columns, rows[: rules.events_shown], note=note, empty=f"{view.this}没有突增事件。")
