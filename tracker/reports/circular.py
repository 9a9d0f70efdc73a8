"""The circular (通报), pure: how every unit stands, who is named and by which rule, and every overdue item one by one.

Nobody chooses who is named: rules do, and the paper prints which rule named whom. An overdue-open item cannot be left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tracker.ledger.models import moment_text
from tracker.reports.facts import Facts
from tracker.reports.frame import Frame, Rules, frame
from tracker.reports.paper import Cell, Column, Json, Section, count, share, table, text
from tracker.reports.periods import Period
from tracker.reports.skeleton import skeleton
from tracker.reports.standing import bounced, standings, working_days_between
from tracker.reports.units import unit_table
from tracker.reports.weekly_sheet import overdue_table, withdrawn_table
from tracker.reports.wording import in_chinese, listing, percent
from tracker.risks.lifecycle import LEVEL_OF_APPROVAL, Act

TITLE = "关于交通运输舆情隐患办理情况的通报"


@in_chinese()
def circular(facts: Facts, *, period: Period, as_of: datetime, rules: Rules | None = None) -> Json:
    """The content of the circular on `period` as known at `as_of` (aware UTC); before its end it is marked as interim."""
    view = frame(facts, period, as_of, rules or Rules())
    units = Section("units", "各单位办理情况", view.from_ledger(), unit_table(view))
    sections = (_whole(view), units, _named(view), _overdue(view), _withdrawn(view))
    return skeleton("circular", TITLE, view, as_of, sections)


def _whole(view: Frame) -> Section:
    every = list(standings(view.now).values())
    owed, on_time = [k for s in every for k in s.owed], [k for s in every for k in s.on_time]
    overdue, late = [k for s in every for k in s.overdue], [k for s in every for k in s.late]
    given, rate = [k for s in every for k in s.given], share(on_time, owed)
    done = (
        f"应结{len(owed)}件，其中按期销号{len(on_time)}件、逾期后销号{len(late)}件、逾期未结{len(overdue)}件，"
        f"按期率{percent(rate)}"
        if owed
        else "没有应结事项"
    )
    worst = sorted(((view.unit(s.unit), len(s.overdue)) for s in every if s.overdue), key=lambda p: (-p[1], p[0]))
    tail = f"逾期未结涉及{listing(worst)}。" if worst else "没有逾期未结事项。"
    figures = [
        ("交办", count(given)), ("应结", count(owed)), ("按期销号", count(on_time)), ("逾期后销号", count(late)),
        ("逾期未结", count(overdue)), ("按期率", rate),
    ]  # fmt: skip
    line = f"本期交办{len(given)}件次，{done}。{tail}"
    return Section("whole", "总体情况", view.from_ledger(), (text(line, figures=figures),))


def _named(view: Frame) -> Section:
    found: dict[tuple[str, str], list[str]] = {}
    for unit, rule, key in _rulings(view):
        found.setdefault((unit, rule), []).append(key)
    order = sorted(found, key=lambda pair: (view.unit(pair[0]), pair[1]))
    rows: list[list[Cell]] = [
        [view.unit(unit), rule, count(found[unit, rule]), "、".join(_numbers(found[unit, rule]))]
        for unit, rule in order
    ]
    columns = [
        Column("单位", 16, group=True), Column("依据的规则", 26), Column("件次", 6, "right"), Column("事项", 28),
    ]  # fmt: skip
    names = sorted({view.unit(unit) for unit, _rule in found})
    line = f"按规则点名通报{len(names)}个单位：{'、'.join(names)}。" if names else "本期没有单位达到点名条件。"
    note = "由规则确定，不由人选定；规则和数值由本部门确认。"
    body = table("点名单位与依据", columns, rows, note=note, empty="")
    figures = [("点名事项", count(key for keys in found.values() for key in keys))]
    return Section("named", "点名通报", view.from_ledger(), (text(line, figures=figures), body))


def _numbers(keys: list[str]) -> list[str]:
    return sorted({key.partition("#")[0].removeprefix("risk:") for key in keys})


def _rulings(view: Frame) -> Iterator[tuple[str, str, str]]:
    """(unit, rule, record key) of everything that a rule names."""
    rules = view.rules
    for shot in view.now.overdue():
        if shot.level >= LEVEL_OF_APPROVAL:
            yield shot.unit, "重大隐患逾期未结", shot.key
        reminded = [a.moment for a in shot.row.acts if a.act == f"risk.{Act.REMIND}" and a.moment < view.until]
        start = max(shot.treat_due or view.until, min(reminded)) if reminded else view.until
        if working_days_between(start, view.until, view.facts.free_days) > rules.overdue_days:
            yield shot.unit, f"催办后逾期超过{rules.overdue_days}个工作日仍未结", shot.key
    for standing in standings(view.now).values():
        if len(standing.sent_back) >= rules.sent_back:
            yield from ((standing.unit, f"本期被发回重办{rules.sent_back}件次以上", key) for key in standing.sent_back)
    since = moment_text(view.period.since)
    for risk in (row for row in view.facts.risks if row.moved_since(since)):
        for unit, act in bounced(risk):
            if view.period.since <= act.moment < view.until:
                yield unit, "退回后经裁定仍由本单位办理", act.key


def _overdue(view: Frame) -> Section:
    return Section("overdue", "逾期未结事项", view.from_ledger(), (overdue_table(view),))


def _withdrawn(view: Frame) -> Section:
    body = withdrawn_table(view)
    number = len(body["rows"])
    line = f"{view.this}撤单{number}件，逐件公布理由。" if number else f"{view.this}没有撤单。"
    return Section("withdrawn", "撤单情况", view.from_ledger(), (text(line), body) if number else (text(line),))
