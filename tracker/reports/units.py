"""The table of units, pure: how each stands in the period, its rank, and how the rank moved since the period before."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.reports.frame import Frame
from tracker.reports.paper import Cell, Column, Json, chart, count, share, table
from tracker.reports.standing import Standing, standings

_DRAWN = 14
_MEANING = (
    "应结＝期末前已到期、且本期开始前未销号的事项（撤单不计，期限内已申请、待核查的不计）＝按期销号＋逾期销号＋逾期未结；按期率＝按期销号÷应结。"
    "名次依次按按期率高、逾期未结少、发回少排列，相同者并列；没有应结事项的不排名。名次变动与上期名次相比。"
    "交办、发回、退回、复发按件次计，退回耗时为本期内退回待裁定的小时数。"
)


def unit_table(view: Frame) -> tuple[Json, ...]:
    """The table, and where several units owed anything the chart of what became of it."""
    units, before = standings(view.now), standings(view.past)
    ordered = sorted(units.values(), key=lambda s: (s.rank is None, s.rank or 0, view.unit(s.unit)))
    rows = [_row(view, standing, before.get(standing.unit)) for standing in ordered]
    lost = f"{sum(s.hours_lost for s in ordered):.1f}"
    total: list[Cell] = ["", "", "合计", *_cells(ordered), lost]
    heads = ("交办", "应结", "按期销号", "逾期销号", "逾期未结")
    columns = [
        Column("名次", 42, "centre"), Column("变动", 42, "centre", whole=True), Column("单位", 126),
        *(Column(head, 50, "right") for head in heads), Column("按期率", 116, "right"),
        *(Column(head, 50, "right") for head in ("发回", "退回", "复发")), Column("退回耗时", 62, "right"),
    ]  # fmt: skip
    none = f"{view.this}没有单位承办事项。"
    body = table("各单位办理情况", columns, rows, total=total if rows else None, note=_MEANING, empty=none)
    return (body, *_picture(view, ordered))


def _row(view: Frame, now: Standing, past: Standing | None) -> list[Cell]:
    moved = moved_rank(now.rank, past.rank if past else None)
    return [str(now.rank or "—"), moved, view.unit(now.unit), *_cells([now]), f"{now.hours_lost:.1f}"]


def moved_rank(now: int | None, past: int | None) -> str:
    """↑2, ↓1, 平 for the same place; 新 where the unit had no rank before, — where it has none now."""
    if now is None:
        return "—"
    if past is None:
        return "新"
    return "平" if now == past else f"{'↑' if now < past else '↓'}{abs(now - past)}"


def _cells(group: Sequence[Standing]) -> list[Cell]:
    def every(name: str) -> list[str]:
        return [key for standing in group for key in getattr(standing, name)]

    counts = [count(every(name)) for name in ("given", "owed", "on_time", "late", "overdue")]
    rate = share(every("on_time"), every("owed"))
    return [*counts, rate, *(count(every(name)) for name in ("sent_back", "returned", "recurred"))]


def _picture(view: Frame, ordered: Sequence[Standing]) -> list[Json]:
    owing = [s for s in ordered if s.owed][:_DRAWN]
    if len(owing) <= 1:
        return []
    names = [view.short_unit(s.unit) for s in owing]
    series: list[tuple[str, list[float | None]]] = [
        ("按期销号", [len(s.on_time) for s in owing]),
        ("逾期销号", [len(s.late) for s in owing]),
        ("逾期未结", [len(s.overdue) for s in owing]),
    ]
    rest = sum(bool(s.owed) for s in ordered) - len(owing)
    note = f"按名次列前{_DRAWN}个单位，另有{rest}个见表。" if rest else ""
    return [chart("应结事项的去向", "stacked", names, series, note=note)]
