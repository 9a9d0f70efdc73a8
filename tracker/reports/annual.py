"""The annual summary (年度总结), pure: the figures a department publishes every year, each by a definition that is printed with it.

An item counts once, by how it stands at the end of the year; acts are counted under the four mechanisms, and there only.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tracker.reports import weekly_public, weekly_sheet
from tracker.reports.annual_months import months
from tracker.reports.columns import when
from tracker.reports.facts import Facts
from tracker.reports.frame import Frame, Rules, frame
from tracker.reports.history import Snapshot
from tracker.reports.paper import Cell, Column, Json, Section, count, share, table, text
from tracker.reports.periods import Year
from tracker.reports.skeleton import skeleton
from tracker.reports.tally import Keys, Tally, keys
from tracker.reports.units import unit_table
from tracker.reports.weekly_progress import moves, outcomes
from tracker.reports.wording import (
    GRADES,
    brief,
    change,
    compared,
    in_chinese,
    level,
    minute,
    most,
    percent,
    points,
    split,
    topic,
    turned,
)
from tracker.risks.lifecycle import Act, Outcome, State

TITLE = "交通运输舆情隐患“一单四制”年度总结"


@in_chinese()
def annual(facts: Facts, *, period: Year, as_of: datetime, rules: Rules | None = None) -> Json:
    """The content of the summary of a year as known at `as_of` (aware UTC); before the year's end it is marked as interim."""
    view = frame(facts, period, as_of, rules or Rules())
    return skeleton(
        "annual",
        TITLE,
        view,
        as_of,
        [make(view) for make in _SECTIONS],
        (definitions(view), weekly_sheet.crossed(view)),
    )


def fixed_items(tally: Tally) -> list[Snapshot]:
    """Struck off in the period as fixed, and still so at its end."""
    return [
        shot
        for shot in tally.after
        if shot.state == State.CLOSED
        and shot.outcome == Outcome.FIXED
        and shot.closed_at is not None
        and tally.since <= shot.closed_at < tally.until
    ]


def in_the_bud(view: Frame, tally: Tally) -> Keys:
    """Of the fixed items, those with fewer source posts at the closing than make an alarm."""
    posts = view.facts.source_posts
    return tuple(
        shot.key
        for shot in fixed_items(tally)
        if sum(found <= shot.closed_at for _post, found in posts.get(shot.key, ()) if shot.closed_at)
        < view.rules.alarm_posts
    )


def answered_items(tally: Tally) -> list[Snapshot]:
    """Whose answer to the public, valid at the end, was recorded in the period."""
    return [shot for shot in tally.after if shot.answered_at and tally.since <= shot.answered_at < tally.until]


def interactions(view: Frame, tally: Tally) -> Keys:
    """The source posts, found by the time of the answer, of the items answered in the period: each is owed an answer."""
    return tuple(
        post
        for shot in answered_items(tally)
        for post, found in view.facts.source_posts.get(shot.key, ())
        if shot.answered_at and found <= shot.answered_at
    )


def _conclusion(view: Frame) -> Section:
    lines = (_risks_line(view), _handling_line(view), _public_line(view))
    return Section("conclusion", "年度结论", view.from_posts(), (*lines, _published(view)))


def _risks_line(view: Frame) -> Json:
    listed, before = view.now.listed(), view.past.listed()
    figures = [("新列单", count(s.key for s in listed)), ("上年新列单", count(s.key for s in before))]
    if not listed:
        caution = "" if view.sights.whole else "；数据源未全程可见，没有列单不等于没有隐患"
        return text(
            f"本年没有新列单隐患，{compared(0, len(before), last='上年')}{caution}。", lead="隐患。", figures=figures
        )
    levels = split((level(n), sum(s.level == n for s in listed)) for n in GRADES)
    where, what = most(view.prefecture(s) for s in listed), most(topic(s.topic) for s in listed)
    parts = [f"本年新列单隐患{len(listed)}件，{compared(len(listed), len(before), last='上年')}", f"其中{levels}"]
    parts += [f"地区{where}"] * bool(where) + [f"领域{what}"] * bool(what)
    return text("；".join(parts) + "。", lead="隐患。", figures=figures)


def _handling_line(view: Frame) -> Json:
    now, due, earlier = view.now, view.now.due(), view.past.due()
    rate, before = share(due.on_time, due.whole), share(earlier.on_time, earlier.whole)
    fixed, bud, late = keys(fixed_items(now)), in_the_bud(view, now), keys(now.overdue())
    quiet = share(bud, fixed)
    parts = [
        f"已整改{len(fixed)}件，其中在萌芽阶段化解{len(bud)}件（萌芽化解率{percent(quiet)}）"
        if fixed
        else "没有已整改的事项"
    ]
    parts.append(
        f"应销号{len(due.whole)}件，按期销号率{percent(rate)}{turned(rate, before, last='上年')}"
        if due.whole
        else "没有到期事项"
    )
    parts.append(f"年末在办{len(now.open_after())}件，其中逾期未结{len(late)}件")
    figures = [
        ("已整改", count(fixed)), ("萌芽化解", count(bud)), ("萌芽化解率", quiet), ("应销号", count(due.whole)),
        ("按期销号率", rate), ("年末在办", count(now.open_after())), ("逾期未结", count(late)),
    ]  # fmt: skip
    return text("；".join(parts) + "。", lead="办理。", figures=figures)


def _public_line(view: Frame) -> Json:
    due = view.now.answers()
    rate, answered, said = share(due.on_time, due.whole), keys(answered_items(view.now)), interactions(view, view.now)
    line = f"答复诉求{len(answered)}件，办理网络互动{len(said)}条" if answered else "没有作出公众答复"
    line += f"；应答复{len(due.whole)}件，按时答复率{percent(rate)}" if due.whole else "；没有到期的公众答复"
    figures = [
        ("答复诉求", count(answered)), ("网络互动", count(said)), ("应答复", count(due.whole)), ("按时答复率", rate),
    ]  # fmt: skip
    return text(f"{line}。", lead="公众。", figures=figures)


_MEANINGS: tuple[tuple[str, str, Callable[[Frame, Tally], Keys]], ...] = (
    ("列单隐患（件）", "本年列入清单的隐患，每件计一次；后来撤单的也计在内，撤单数另列。", lambda _v, t: keys(t.listed())),
    (
        "已整改隐患（件）", "本年销号、年末仍为销号状态、结果为“已整改”的隐患，每件计一次。",
        lambda _v, t: keys(fixed_items(t)),
    ),
    ("萌芽化解隐患（件）", "已整改隐患中，销号时来源发帖不足{alarm}条的，每件计一次。", in_the_bud),
    (
        "答复诉求（件）", "答复记录于本年、年末仍有效的隐患，每件计一次；被发回的、复发后尚未重新答复的不计。",
        lambda _v, t: keys(answered_items(t)),
    ),
    (
        "网络互动办理（条）", "上述已答复隐患在答复时已收集到的来源发帖，逐条计：每条发帖各应得到一份答复。",
        interactions,
    ),
    ("撤单（件次）", "本年撤单的件次，逐件另列理由。", lambda _v, t: t.moved(Act.WITHDRAW)),
    ("年末逾期未结（件）", "年末仍在办、办理期限已过的隐患。", lambda _v, t: keys(t.overdue())),
)  # fmt: skip


def _published(view: Frame) -> Json:
    rows: list[list[Cell]] = []
    for name, _meaning, of in _MEANINGS:
        now, past = count(of(view, view.now)), count(of(view, view.past))
        rows.append([name, now, past, change(now["v"], past["v"])])
    for name, _meaning, rate in _RATES:
        now, past = rate(view.now), rate(view.past)
        rows.append([name, now, past, points(now, past)])
    columns = [
        Column("指标", 20),
        *(Column(head, 12, "right") for head in ("本年", "上年")),
        Column("增减", 12, "right"),
    ]
    return table("年度公布数字", columns, rows, note="每个数字的口径见附件1。")


def definitions(view: Frame) -> Section:
    """The annex that says what each published figure counts."""
    alarm = view.rules.alarm_posts
    rows: list[list[Cell]] = [[name, meaning.format(alarm=alarm)] for name, meaning, _of in (*_MEANINGS, *_RATES)]
    body = table("年度公布数字的口径", [Column("指标", 20), Column("口径", 60)], rows)
    return Section("definitions", "公布数字的口径", view.from_ledger(), (body,))


_RATES: tuple[tuple[str, str, Callable[[Tally], Json]], ...] = (
    ("按期销号率", "到期前已申请销号且未被发回÷本年办理期限届满，撤单不计。", lambda t: share(t.due().on_time, t.due().whole)),
    (
        "公众答复按时率", "限期前已答复÷本年答复期限届满，撤单不计。",
        lambda t: share(t.answers().on_time, t.answers().whole),
    ),
)  # fmt: skip


def _mechanisms(view: Frame) -> Section:
    return Section("mechanisms", "“一单四制”运行", view.from_ledger(), (moves(view), outcomes(view)))


def _units(view: Frame) -> Section:
    return Section("units", "各单位办理情况", view.from_ledger(), unit_table(view))


def _named(view: Frame) -> Section:
    blocks = (weekly_sheet.overdue_table(view), _recurred(view), weekly_sheet.withdrawn_table(view))
    return Section("named", "逾期、复发与撤单", view.from_ledger(), blocks)


def _recurred(view: Frame) -> Json:
    shots = {shot.key: shot for shot in view.now.after}
    rows: list[list[Cell]] = []
    for act in view.now.acts:
        if act.act == f"risk.{Act.REOPEN}":
            shot = shots[act.subject]
            words = brief(shot.row.problem, 36)
            rows.append([shot.row.number, words, view.unit(shot.unit), minute(act.moment), brief(act.reason, 50)])
    columns = [*weekly_sheet.LISTED, when("复发时间"), Column("依据", 26)]
    return table(f"复发重办（{len(rows)}件次）", columns, rows, empty="本年没有复发。")


_SECTIONS: tuple[Callable[[Frame], Section], ...] = (
    _conclusion,
    weekly_public.coverage,
    months,
    weekly_sheet.new_risks,
    _mechanisms,
    _units,
    _named,
    weekly_public.answers,
    weekly_public.review,
    weekly_public.next_period,
)
