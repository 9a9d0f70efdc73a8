"""The circular (通报), pure: how every unit stands, who is named and by which rule, and every overdue item one by one.

Nobody chooses who is named: rules do, and the paper prints which rule named whom. An overdue-open item cannot be left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from tracker.reports.columns import NUMBER, PROBLEM, UNIT, when
from tracker.reports.facts import WeeklyFacts
from tracker.reports.frame import Frame, Rules, frame
from tracker.reports.paper import SCHEMA, Cell, Column, Json, Section, chart, count, share, table, text
from tracker.reports.periods import Week
from tracker.reports.standing import Standing, bounced, standings, working_days_between
from tracker.reports.weekly_sheet import overdue_table
from tracker.reports.wording import brief, full_day, in_chinese, listing, local, minute, percent
from tracker.risks.lifecycle import LEVEL_OF_APPROVAL, Act

TITLE = "关于交通运输舆情隐患办理情况的通报"


@in_chinese()
def circular(facts: WeeklyFacts, *, week: Week, as_of: datetime, rules: Rules | None = None) -> Json:
    """The content of the circular on `week` as known at `as_of` (aware UTC); before the week's end it is marked as interim."""
    view = frame(facts, week, as_of, rules or Rules())
    units, before = standings(view.now), standings(view.past)
    sections = (_whole(view, units), _units(view, units, before), _named(view), _overdue(view), _withdrawn(view))
    return {
        "schema": SCHEMA,
        "kind": "circular",
        "period": week.name,
        "title": TITLE,
        "subtitle": week.label(),
        "status": "final" if view.finished else "interim",
        "notice": "" if view.finished else "本期尚未结束，以下为预览，不作正式文件。",
        "since": week.since.isoformat(),
        "until": view.until.isoformat(),
        "draft": {"mark": "代拟稿", "year": local(view.until).year, "date": full_day(as_of)},
        "sections": [section.to_dict() for section in sections],
        "annex": [],
        "ledger": {"seq": facts.head.seq, "hash": facts.head.hash},
    }


def _whole(view: Frame, units: dict[str, Standing]) -> Section:
    every = list(units.values())
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


def _units(view: Frame, units: dict[str, Standing], before: dict[str, Standing]) -> Section:
    ordered = sorted(units.values(), key=lambda s: (s.rank is None, s.rank or 0, view.unit(s.unit)))
    rows: list[list[Cell]] = []
    for s in ordered:
        past = before.get(s.unit)
        places = [str(s.rank or "—"), str((past.rank if past else None) or "—")]
        rows.append([*places, view.unit(s.unit), *_cells([s]), f"{s.hours_lost:.1f}"])
    total: list[Cell] = ["", "", "合计", *_cells(ordered), f"{sum(s.hours_lost for s in ordered):.1f}"]
    heads = ("交办", "应结", "按期销号", "逾期销号", "逾期未结")
    columns = [
        Column("名次", 45, "centre"), Column("上期", 45, "centre"), Column("单位", 140),
        *(Column(head, 46, "right") for head in heads), Column("按期率", 150, "right"),
        *(Column(head, 46, "right") for head in ("发回", "退回", "复发")), Column("退回耗时", 60, "right"),
    ]  # fmt: skip
    note = (
        "应结＝期末前已到期、且本期开始前未销号的事项（撤单不计）＝按期销号＋逾期销号＋逾期未结；按期率＝按期销号÷应结。"
        "名次依次按按期率高、逾期未结少、发回少排列，相同者并列；没有应结事项的不排名。"
        "交办、发回、退回、复发按件次计，退回耗时为本期内退回待裁定的小时数。"
    )
    body = table(
        "各单位办理情况", columns, rows, total=total if rows else None, note=note, empty="本期没有单位承办事项。"
    )
    return Section("units", "各单位办理情况", view.from_ledger(), (body, *_picture(view, ordered)))


def _cells(group: list[Standing]) -> list[Cell]:
    def every(name: str) -> list[str]:
        return [key for standing in group for key in getattr(standing, name)]

    counts = [count(every(name)) for name in ("given", "owed", "on_time", "late", "overdue")]
    rate = share(every("on_time"), every("owed"))
    return [*counts, rate, *(count(every(name)) for name in ("sent_back", "returned", "recurred"))]


def _picture(view: Frame, ordered: list[Standing]) -> list[Json]:
    owing = [s for s in ordered if s.owed][:14]
    if not owing:
        return []
    names = [_short(view, s.unit) for s in owing]
    series = [
        ("按期销号", [len(s.on_time) for s in owing]),
        ("逾期销号", [len(s.late) for s in owing]),
        ("逾期未结", [len(s.overdue) for s in owing]),
    ]
    return [chart("应结事项的去向", "bars", names, series)]


def _short(view: Frame, code: str) -> str:
    row = view.facts.units.get(code)
    return (row.prefecture if row else "") or view.unit(code)[:6]


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
    body = table("点名单位与依据", columns, rows, note=note, empty="没有点名的单位。")
    figures = [("点名事项", count(key for keys in found.values() for key in keys))]
    return Section("named", "点名通报", view.from_ledger(), (text(line, figures=figures), body))


def _numbers(keys: list[str]) -> list[str]:
    return list(dict.fromkeys(key.partition("#")[0].removeprefix("risk:") for key in keys))


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
    for risk in view.facts.risks:
        for unit, act in bounced(risk):
            if view.week.since <= act.moment < view.until:
                yield unit, "退回后经裁定仍由本单位办理", act.key


def _overdue(view: Frame) -> Section:
    return Section("overdue", "逾期未结事项", view.from_ledger(), (overdue_table(view),))


def _withdrawn(view: Frame) -> Section:
    shots = {s.key: s for s in view.now.after}
    rows: list[list[Cell]] = []
    for act in view.now.acts:
        if act.act == f"risk.{Act.WITHDRAW}":
            shot = shots[act.subject]
            rows.append([
                shot.row.number, brief(shot.row.problem, 36), view.unit(shot.unit), minute(act.moment), brief(act.reason, 60),
            ])  # fmt: skip
    columns = [NUMBER, PROBLEM, UNIT, when("撤单时间"), Column("理由", 24)]
    line = f"本期撤单{len(rows)}件，逐件公布理由。" if rows else "本期没有撤单。"
    body = table(f"撤单（{len(rows)}件）", columns, rows, empty="没有撤单事项。")
    return Section("withdrawn", "撤单情况", view.from_ledger(), (text(line), body) if rows else (text(line),))
