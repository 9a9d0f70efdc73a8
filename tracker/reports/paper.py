"""The content of a paper: sections of blocks, plain JSON, everything a renderer needs and nothing it must look up.

A figure is never a bare number: `{"v": value, "r": [record keys]}` for a count (v == len(r)), and
`{"v": share, "n": numerator, "of": denominator, "r": [...]}` for a share, so that it can be opened and recomputed. A cell
that is None means "not known", which renderers print as — and never as 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

Json = dict[str, Any]
Cell = str | int | None | Json
Align = Literal["left", "right", "centre"]
SCHEMA = 1
# The title of the table that names every overdue item begins so: no renderer shortens it.
OVERDUE = "逾期未结"


class Moment(str):
    """A time as a cell prints it, which knows when it is: a spreadsheet sorts by that."""

    __slots__ = ("at",)
    at: datetime

    @classmethod
    def of(cls, words: str, at: datetime) -> Moment:
        """`words` for `at` (aware)."""
        made = cls(words)
        made.at = at
        return made


def count(keys: Iterable[str]) -> Json:
    """How many records, with their keys (each once, in order)."""
    records = list(dict.fromkeys(keys))
    return {"v": len(records), "r": records}


def share(part: Iterable[str], whole: Iterable[str]) -> Json:
    """`part` of `whole`, 0..1 with both bases; v is None when the base is empty. `part` must lie within `whole`."""
    base, chosen = dict.fromkeys(whole), dict.fromkeys(part)
    if strangers := [key for key in chosen if key not in base]:
        raise ValueError(f"a share counts records outside its base: {strangers[0]}")
    value = round(len(chosen) / len(base), 6) if base else None
    return {"v": value, "n": len(chosen), "of": len(base), "r": list(chosen)}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `width` is its part of the line relative to the others; `group`: equal neighbours may be drawn as one.

    `whole`: a number or a time that must not break over lines.
    """

    title: str
    width: int = 10
    align: Align = "left"
    group: bool = False
    whole: bool = False


def text(sentence: str, *, lead: str = "", figures: Sequence[tuple[str, Json]] = ()) -> Json:
    """A paragraph; `lead` is set in bold before it; `figures` are the (name, figure) pairs that it quotes."""
    return {"type": "text", "lead": lead, "text": sentence, "figures": [{"name": n, **f} for n, f in figures]}


def table(
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    total: Sequence[Cell] | None = None,
    note: str = "",
    empty: str = "无",
) -> Json:
    """A table; `total` is its last row; `empty` is the sentence printed instead of a table without rows."""
    wrong = [row for row in (*rows, *([total] if total else [])) if len(row) != len(columns)]
    if wrong:
        raise ValueError(f"the table {title!r} has {len(columns)} columns but a row of {len(wrong[0])} cells")
    return {
        "type": "table",
        "title": title,
        "columns": [_column(column, [row[at] for row in rows]) for at, column in enumerate(columns)],
        "rows": [list(row) for row in rows],
        "total": list(total) if total else None,
        "note": note,
        "empty": empty,
    }


def _column(column: Column, cells: Sequence[Cell]) -> Json:
    """The column, with the `times` of its cells (ISO 8601 UTC) where it is one of times."""
    said: Json = {
        "title": column.title, "width": column.width, "align": column.align, "group": column.group, "whole": column.whole,
    }  # fmt: skip
    if any(isinstance(value, Moment) for value in cells):
        said["times"] = [value.at.astimezone(UTC).isoformat() if isinstance(value, Moment) else None for value in cells]
    return said


def form(rows: Sequence[tuple[str, str]]) -> Json:
    """A form of labelled boxes; an empty box is left for a hand to fill."""
    return {"type": "form", "rows": [{"label": label, "text": words} for label, words in rows]}


def items(entries: Sequence[tuple[str, Sequence[str], Sequence[str]]], *, empty: str = "无") -> Json:
    """Things one by one: (heading, lines, record keys) each."""
    return {
        "type": "items",
        "items": [{"head": head, "lines": list(lines), "r": list(keys)} for head, lines, keys in entries],
        "empty": empty,
    }


ChartKind = Literal["lines", "bars", "stacked", "across"]


def chart(
    title: str,
    kind: ChartKind,
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[float | None]]],
    *,
    note: str = "",
) -> Json:
    """One chart definition for every renderer: each series has one value a label (None: a gap, not zero).

    `lines` and upright `bars` over the labels, `stacked` bars that add up, `across`: lying bars with long labels beside them.
    """
    if wrong := [name for name, values in series if len(values) != len(labels)]:
        raise ValueError(f"the series {wrong[0]!r} of the chart {title!r} does not have one value a label")
    return {
        "type": "chart", "kind": kind, "title": title, "labels": list(labels), "note": note,
        "series": [{"name": name, "values": list(values)} for name, values in series],
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """One numbered section. `scope` is the line that says what its figures cover, printed beside them.

    `new_page`: what stands before it is a page of its own.
    """

    key: str
    title: str
    scope: str
    blocks: tuple[Json, ...] = field(default_factory=tuple)
    new_page: bool = False

    def to_dict(self) -> Json:
        return {
            "key": self.key,
            "title": self.title,
            "scope": self.scope,
            "new_page": self.new_page,
            "blocks": list(self.blocks),
        }


def figures_of(content: Any) -> Iterable[Json]:
    """Every figure anywhere in `content`."""
    if isinstance(content, dict):
        if "v" in content and "r" in content:
            yield content
        for value in content.values():
            yield from figures_of(value)
    elif isinstance(content, list):
        for value in content:
            yield from figures_of(value)
