"""The first page of a report, pure: three lines and one small table, each figure with its base and the period before."""

from __future__ import annotations

from collections.abc import Callable

from tracker.reports.frame import Frame
from tracker.reports.paper import Cell, Column, Json, Section, count, share, table, text
from tracker.reports.tally import Keys, Tally
from tracker.reports.weekly_public import coming_due
from tracker.reports.wording import (
    GRADES,
    brief,
    change,
    compared,
    level,
    listing,
    most,
    percent,
    points,
    ranked,
    split,
    topic,
    turned,
)
from tracker.risks.lifecycle import Act

# Units named in the conclusion; all of them stand in section six.
_NAMED = 2
_UNIT = 16


def conclusion(view: Frame) -> Section:
    """① what is new, how it is handled, what is owed to the public and what comes."""
    lines = (_risks_line(view), _handling_line(view), _answers_line(view))
    return Section("conclusion", f"{view.this}结论", view.from_posts(), (*lines, _overview(view)))


def _risks_line(view: Frame) -> Json:
    listed, before = view.now.listed(), view.past.listed()
    figures = [("新列单", count(s.key for s in listed)), (f"{view.last}新列单", count(s.key for s in before))]
    if not listed:
        caution = "" if view.sights.whole else "；数据源未全程可见，没有列单不等于没有隐患"
        line = f"{view.this}没有新列单隐患，{compared(0, len(before), last=view.last)}{caution}。"
        return text(line, lead="隐患。", figures=figures)
    levels = split((level(n), sum(s.level == n for s in listed)) for n in GRADES)
    where = most(view.prefecture(s) for s in listed)
    what = most(topic(s.topic) for s in listed)
    parts = [f"{view.this}新列单隐患{len(listed)}件，{compared(len(listed), len(before), last=view.last)}"]
    parts += [f"其中{levels}"] + [f"地区{where}"] * bool(where) + [f"领域{what}"] * bool(what)
    return text("；".join(parts) + "。", lead="隐患。", figures=figures)


def _handling_line(view: Frame) -> Json:
    now, due, late = view.now, view.now.due(), view.now.overdue()
    earlier = view.past.due()
    rate, before = share(due.on_time, due.whole), share(earlier.on_time, earlier.whole)
    struck = [act.key for act in now.struck()]
    parts = [f"期末在办{len(now.open_after())}件（期初{len(now.open_before())}件）"]
    if due.whole:
        parts.append(
            f"{view.this}到期{len(due.whole)}件，按期销号率{percent(rate)}{turned(rate, before, last=view.last)}"
        )
    else:
        parts.append(f"{view.this}没有到期事项")
    parts.append(f"销号{len(struck)}件次，其中已整改{len(now.fixed())}件次" if struck else f"{view.this}没有销号")
    parts.append(_overdue(view))
    figures = [
        ("期末在办", count(now.open_after())), ("期初在办", count(now.open_before())), (f"{view.this}到期", count(due.whole)),
        ("按期销号率", rate), ("销号", count(struck)), ("已整改", count(now.fixed())),
        ("逾期未结", count(s.key for s in late)),
    ]  # fmt: skip
    return text("；".join(parts) + "。", lead="办理。", figures=figures)


def _overdue(view: Frame) -> str:
    late, before = view.now.overdue(), view.past.overdue()
    if not late:
        return f"没有逾期未结事项（{view.last}末{len(before)}件）" if before else "没有逾期未结事项"
    # A name of any length leaves the conclusions their one page.
    units = ranked([brief(view.unit(s.unit), _UNIT) for s in late])
    more = f"等{len(units)}个单位" if len(units) > _NAMED else ""
    against = compared(len(late), len(before), last=f"{view.last}末")
    return f"逾期未结{len(late)}件，{against}，涉及{listing(units[:_NAMED])}{more}"


def _answers_line(view: Frame) -> Json:
    due, coming = view.now.answers(), coming_due(view)
    rate, grave = share(due.on_time, due.whole), [s.key for s in coming if s.level == max(GRADES)]
    owed = f"{view.this}没有到期的公众答复"
    if due.whole:
        owed = f"{view.this}应答复公众{len(due.whole)}件，按时答复率{percent(rate)}"
    left = f"，{len(due.still_open)}件逾期未答复" if due.still_open else ""
    serious = f"，其中重大{len(grave)}件" if grave else ""
    ahead = f"{view.coming}到期{len(coming)}件{serious}" if coming else f"{view.coming}没有到期事项"
    figures = [
        ("应答复", count(due.whole)), ("按时答复率", rate), ("逾期未答复", count(due.still_open)),
        (f"{view.coming}到期", count(s.key for s in coming)),
    ]  # fmt: skip
    return text(f"{owed}{left}；{ahead}。", lead=f"答复与{view.coming}。", figures=figures)


def _overview(view: Frame) -> Json:
    rows: list[list[Cell]] = []
    for name, of in _STOCKS:
        now, past = count(of(view.now)), count(of(view.past))
        rows.append([name, now, past, change(now["v"], past["v"])])
    rows.append(_rate_row("按期销号率", view, lambda t: (t.due().on_time, t.due().whole)))
    rows.append(_rate_row("公众答复按时率", view, lambda t: (t.answers().on_time, t.answers().whole)))
    columns = [
        Column("指标", 14), Column(view.this, 10, "right"), Column(view.last, 10, "right"), Column("增减", 8, "right"),
    ]  # fmt: skip
    note = (
        f"按期销号率＝到期前已申请销号且未被发回÷{view.this}到期；公众答复按时率＝限期前已答复÷{view.this}答复到期；撤单不计。"
        "只有“已整改”算整改。"
    )
    return table(f"{view.this}主要指标", columns, rows, note=note)


_STOCKS: tuple[tuple[str, Callable[[Tally], Keys]], ...] = (
    ("新列单隐患", lambda t: tuple(s.key for s in t.listed())),
    ("交办（含重新交办、转办）", lambda t: t.moved(Act.ASSIGN, Act.REASSIGN, Act.TRANSFER)),
    ("销号", lambda t: tuple(act.key for act in t.struck())),
    ("其中已整改", lambda t: t.fixed()),
    ("期末在办", lambda t: t.open_after()),
    ("期末逾期未结", lambda t: tuple(s.key for s in t.overdue())),
)


def _rate_row(name: str, view: Frame, of: Callable[[Tally], tuple[Keys, Keys]]) -> list[Cell]:
    now, past = share(*of(view.now)), share(*of(view.past))
    return [name, now, past, points(now, past)]
