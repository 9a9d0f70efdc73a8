"""The weekly report, pure: facts of one week → the content of the paper, in the ten sections an office reads.

Conclusions first, in three lines and one small table that a manager reads in three minutes; everything else is there to look
things up. No clock, no database: the same facts give the same paper to the digit.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tracker.reports import weekly_public, weekly_sheet
from tracker.reports.facts import WeeklyFacts
from tracker.reports.frame import Frame, Rules, frame
from tracker.reports.paper import SCHEMA, Cell, Column, Json, Section, count, share, table, text
from tracker.reports.periods import Week
from tracker.reports.tally import Tally
from tracker.reports.wording import (
    GRADES,
    change,
    compared,
    full_day,
    in_chinese,
    level,
    listing,
    local,
    most,
    percent,
    ranked,
    split,
    topic,
)
from tracker.risks.lifecycle import Act

# Units named in the conclusion; all of them stand in section six.
_NAMED = 2
TITLE = "交通运输舆情隐患“一单四制”周报"


@in_chinese()
def weekly(facts: WeeklyFacts, *, week: Week, as_of: datetime, rules: Rules | None = None) -> Json:
    """The content of the report of `week` as known at `as_of` (aware UTC); before the week's end it is marked as interim."""
    view = frame(facts, week, as_of, rules or Rules())
    sections = [_conclusion(view), *(make(view) for make in _SECTIONS)]
    return {
        "schema": SCHEMA,
        "kind": "weekly",
        "period": week.name,
        "title": TITLE,
        "subtitle": week.label(),
        "status": "final" if view.finished else "interim",
        "notice": "" if view.finished else _interim(view),
        "since": week.since.isoformat(),
        "until": view.until.isoformat(),
        "draft": {"mark": "代拟稿", "year": local(view.until).year, "date": full_day(as_of)},
        "sections": [section.to_dict() for section in sections],
        "annex": [
            part.to_dict() for part in (weekly_sheet.crossed(view), weekly_public.ledger_annex(view)) if _filled(part)
        ],
        "ledger": {"seq": facts.head.seq, "hash": facts.head.hash},
    }


_SECTIONS: tuple[Callable[[Frame], Section], ...] = (
    weekly_public.coverage,
    weekly_sheet.new_risks,
    weekly_sheet.key_risks,
    weekly_sheet.mechanisms,
    weekly_sheet.named,
    weekly_public.answers,
    weekly_public.heat,
    weekly_public.review,
    weekly_public.next_week,
)


def _filled(part: Section) -> bool:
    return any(block["rows"] for block in part.blocks)


def _interim(view: Frame) -> str:
    return f"本周尚未结束，以下为截至{local(view.until):%m月%d日%H:%M}的数据，仅供参考，不作正式文件。"


def _conclusion(view: Frame) -> Section:
    lines = (_risks_line(view), _handling_line(view), _answers_line(view))
    return Section("conclusion", "本周结论", view.from_posts(), (*lines, _overview(view)))


def _risks_line(view: Frame) -> Json:
    listed, before = view.now.listed(), view.past.listed()
    figures = [("新列单", count(s.key for s in listed)), ("上周新列单", count(s.key for s in before))]
    if not listed:
        caution = "" if view.sights.whole else "；数据源未全程可见，没有列单不等于没有隐患"
        return text(f"本周没有新列单隐患，{compared(0, len(before))}{caution}。", lead="隐患。", figures=figures)
    levels = split((level(n), sum(s.level == n for s in listed)) for n in GRADES)
    where = most(view.prefecture(s) for s in listed)
    what = most(topic(s.row.topic) for s in listed)
    parts = [f"本周新列单隐患{len(listed)}件，{compared(len(listed), len(before))}", f"其中{levels}"]
    parts += [f"地区{where}"] * bool(where) + [f"领域{what}"] * bool(what)
    return text("；".join(parts) + "。", lead="隐患。", figures=figures)


def _handling_line(view: Frame) -> Json:
    now, due, late = view.now, view.now.due(), view.now.overdue()
    rate, struck = share(due.on_time, due.whole), [act.key for act in now.struck()]
    parts = [f"期末在办{len(now.open_after())}件（期初{len(now.open_before())}件）"]
    if due.whole:
        parts.append(f"本周到期{len(due.whole)}件，按期销号率{percent(rate)}")
    else:
        parts.append("本周没有到期事项")
    if struck:
        parts.append(f"销号{len(struck)}件次，其中已整改{len(now.fixed())}件次")
    else:
        parts.append("本周没有销号")
    units = ranked([view.unit(s.unit) for s in late])
    more = f"等{len(units)}个单位" if len(units) > _NAMED else ""
    parts.append(f"逾期未结{len(late)}件，涉及{listing(units[:_NAMED])}{more}" if late else "没有逾期未结事项")
    figures = [
        ("期末在办", count(now.open_after())), ("期初在办", count(now.open_before())), ("本周到期", count(due.whole)),
        ("按期销号率", rate), ("销号", count(struck)), ("已整改", count(now.fixed())),
        ("逾期未结", count(s.key for s in late)),
    ]  # fmt: skip
    return text("；".join(parts) + "。", lead="办理。", figures=figures)


def _answers_line(view: Frame) -> Json:
    due, coming = view.now.answers(), weekly_public.coming_due(view)
    rate, grave = share(due.on_time, due.whole), [s.key for s in coming if s.level == max(GRADES)]
    owed = f"本周应答复公众{len(due.whole)}件，按时答复率{percent(rate)}" if due.whole else "本周没有到期的公众答复"
    left = f"，{len(due.still_open)}件逾期未答复" if due.still_open else ""
    serious = f"，其中重大{len(grave)}件" if grave else ""
    ahead = f"下周到期{len(coming)}件{serious}" if coming else "下周没有到期事项"
    figures = [
        ("应答复", count(due.whole)), ("按时答复率", rate), ("逾期未答复", count(due.still_open)),
        ("下周到期", count(s.key for s in coming)),
    ]  # fmt: skip
    return text(f"{owed}{left}；{ahead}。", lead="答复与下周。", figures=figures)


def _overview(view: Frame) -> Json:
    pairs: list[tuple[str, Callable[[Tally], tuple[str, ...]]]] = [
        ("新列单隐患", lambda t: tuple(s.key for s in t.listed())),
        ("交办（含重新交办）", lambda t: t.moved(Act.ASSIGN, Act.REASSIGN)),
        ("销号", lambda t: tuple(act.key for act in t.struck())),
        ("其中已整改", lambda t: t.fixed()),
        ("期末在办", lambda t: t.open_after()),
        ("期末逾期未结", lambda t: tuple(s.key for s in t.overdue())),
    ]
    rows: list[list[Cell]] = []
    for name, of in pairs:
        now, past = count(of(view.now)), count(of(view.past))
        rows.append([name, now, past, change(now["v"], past["v"])])
    rows.append(_rate_row("按期销号率", view, lambda t: (t.due().on_time, t.due().whole)))
    rows.append(_rate_row("公众答复按时率", view, lambda t: (t.answers().on_time, t.answers().whole)))
    columns = [Column("指标", 14), Column("本周", 10, "right"), Column("上周", 10, "right"), Column("增减", 8, "right")]
    note = (
        "按期销号率＝到期前已销号÷本周到期；公众答复按时率＝限期前已答复÷本周答复到期；撤单不计。只有“已整改”算整改。"
    )
    return table("本周主要指标", columns, rows, note=note)


def _rate_row(name: str, view: Frame, of: Callable[[Tally], tuple[tuple[str, ...], tuple[str, ...]]]) -> list[Cell]:
    now, past = share(*of(view.now)), share(*of(view.past))
    if now["v"] is None or past["v"] is None:
        return [name, now, past, None]
    points = (now["v"] - past["v"]) * 100
    return [name, now, past, "持平" if not points else f"{'+' if points > 0 else '−'}{abs(points):.1f}个百分点"]
