"""The year month by month, pure: flows that add up to the year, stocks at each month's end that do not."""

from __future__ import annotations

from tracker.reports.frame import Frame
from tracker.reports.paper import Cell, Column, Json, Section, chart, count, table
from tracker.reports.periods import Month, Year
from tracker.reports.tally import Keys, Tally, breached, keys, tallies
from tracker.risks.lifecycle import Act


def months(view: Frame) -> Section:
    """③ what moved in each month that has begun, and what stood at its end."""
    assert isinstance(view.period, Year)  # for the type checker: only the annual summary has this section
    begun = [month for month in view.period.months if month.since < view.until]
    edges = [*(month.since for month in begun), view.until]
    counted = tallies(view.facts.risks, edges) if begun else []
    pairs = list(zip(begun, counted, strict=True))
    return Section("months", "分月情况", view.from_ledger(), (_table(view, pairs), *_pictures(pairs)))


_FLOWS: tuple[tuple[str, tuple[Act, ...]], ...] = (
    ("新列单", (Act.LIST,)), ("交办", (Act.ASSIGN, Act.REASSIGN, Act.TRANSFER)), ("复发", (Act.REOPEN,)), ("撤单", (Act.WITHDRAW,)),
)  # fmt: skip


def _flows(tally: Tally) -> list[Keys]:
    struck = tuple(act.key for act in tally.struck())
    return [*(tally.moved(*acts) for _name, acts in _FLOWS), struck, tally.fixed(), _breaches(tally)]


def _breaches(tally: Tally) -> Keys:
    return tuple(act.key for act in tally.acts if breached(act))


def _table(view: Frame, pairs: list[tuple[Month, Tally]]) -> Json:
    posts = view.facts.post_months
    rows: list[list[Cell]] = []
    for month, tally in pairs:
        stocks = [count(tally.open_after()), count(keys(tally.overdue()))]
        said = posts.get(month.name)
        rows.append([month.short(), *map(count, _flows(tally)), *stocks, *(said or (None, None))])
    whole = [count(key for _m, tally in pairs for key in _flows(tally)[at]) for at in range(len(_FLOWS) + 3)]
    sums: list[Cell] = [sum(v[at] for v in posts.values()) if posts else None for at in (0, 1)]
    total: list[Cell] = ["合计", *whole, "", "", *sums]
    heads = [*(name for name, _acts in _FLOWS), "销号", "已整改", "新逾期", "月末在办", "月末逾期", "发帖", "提示研判"]
    columns = [Column("月份", 9, "centre"), *(Column(head, 9, "right") for head in heads)]
    note = (
        "按件次计；月末在办、月末逾期是月末的存量，不相加。已整改按件次计，与年度公布数字（按件计）可能不同。"
        "发帖为涉及交通运输的公众发帖，—表示该月没有任何发帖记录。"
    )
    return table("分月情况", columns, rows, total=total if rows else None, note=note, empty="本年还没有开始。")


def _pictures(pairs: list[tuple[Month, Tally]]) -> list[Json]:
    if not pairs:
        return []
    names = [month.short() for month, _tally in pairs]
    flows: list[tuple[str, list[float | None]]] = [
        ("新列单", [len(tally.moved(Act.LIST)) for _m, tally in pairs]),
        ("销号", [len(tally.struck()) for _m, tally in pairs]),
        ("新逾期", [len(_breaches(tally)) for _m, tally in pairs]),
    ]
    stocks: list[tuple[str, list[float | None]]] = [
        ("月末在办", [len(tally.open_after()) for _m, tally in pairs]),
        ("月末逾期未结", [len(tally.overdue()) for _m, tally in pairs]),
    ]
    return [chart("各月新列单、销号与新逾期", "lines", names, flows), chart("各月末在办与逾期", "bars", names, stocks)]
