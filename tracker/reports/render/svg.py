"""A chart block as SVG: presentation attributes and classes only, so that it stands in a page under a strict CSP and in print."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

from tracker.reports.paper import Json
from tracker.reports.render.words import clean

WIDTH, HEIGHT = 640, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 16, 34, 30
# Lying bars: room for a label of fourteen characters, and a line each.
_NAMES, _LINE = 190, 30
COLOURS = ("#1f4e79", "#c05621", "#4a7c59", "#7a5195", "#8a6d3b")
_DASHES = ("", "6 4", "2 3", "8 3 2 3", "1 3")
MOST_LABELS = 15


def ceiling(highest: float) -> int:
    """The top of the axis: four round steps, at or above `highest` (4, 8, 12, 20, 40, 80, 100, 120, 200 …)."""
    quarter = max(highest / 4, 1.0)
    scale: int = 10 ** math.floor(math.log10(quarter))
    # Twenty-fives, so that a share of 100 % fills its axis; two and a half is no number of things.
    steps = (1, 2, 3, 5, 10) if scale == 1 else (1, 2, 2.5, 3, 5, 10)
    return 4 * next(int(step * scale) for step in steps if step * scale >= quarter)


def highest(chart: Json) -> float:
    """The greatest value that the axis must hold: of stacked bars their sums."""
    columns = [[s["values"][at] or 0 for s in chart["series"]] for at in range(len(chart["labels"]))]
    tops = [sum(column) if chart["kind"] == "stacked" else max(column, default=0) for column in columns]
    return max(tops, default=0)


def svg(chart: Json) -> str:
    """The drawing, with its figures as text for those who do not see it."""
    top = ceiling(highest(chart))
    lying = chart["kind"] == "across"
    height = _TOP + _LINE * len(chart["labels"]) + 14 if lying else HEIGHT
    parts = [
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-size="12"',
        f' aria-label="{escape(clean(_spoken(chart)))}">',
        *(_names(chart["labels"]) if lying else _axes(chart["labels"], top)),
        *_legend([s["name"] for s in chart["series"]]),
        *_DRAW[chart["kind"]](chart["series"], len(chart["labels"]), top),
        "</svg>",
    ]
    return "".join(parts)


def _spoken(chart: Json) -> str:
    said = [
        f"{s['name']}："
        + "，".join(f"{x} {'无数据' if v is None else v}" for x, v in zip(chart["labels"], s["values"], strict=True))
        for s in chart["series"]
    ]
    return f"{chart['title']}。" + "；".join(said)


def _x(index: int, count: int) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * (index + 0.5) / count


def _y(value: float, top: int) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * value / top


def _text(x: float, y: float, words: object, anchor: str = "start") -> str:
    place = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}"{place} fill="currentColor">{escape(clean(words))}</text>'


def _rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}" />'


def _axes(labels: Sequence[str], top: int) -> list[str]:
    parts = []
    for step in range(5):
        value = top * step // 4
        y = _y(value, top)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#8884" />'
            + _text(_LEFT - 8, y + 4, value, "end")
        )
    every = math.ceil(len(labels) / MOST_LABELS)
    room = (WIDTH - _LEFT - _RIGHT) / max(len(labels), 1) * every / 12
    for index, label in enumerate(labels):
        if index % every == 0:
            short = label if len(label) <= room or label.isascii() else label[: max(int(room), 2)]
            parts.append(_text(_x(index, len(labels)), HEIGHT - 10, short, "middle"))
    return parts


def _names(labels: Sequence[str]) -> list[str]:
    return [_text(_NAMES - 8, _TOP + _LINE * (at + 0.5) + 4, label, "end") for at, label in enumerate(labels)]


def _legend(names: Sequence[str]) -> list[str]:
    parts, x = [], _LEFT
    for index, name in enumerate(names):
        colour = COLOURS[index % len(COLOURS)]
        parts.append(
            f'<line x1="{x}" x2="{x + 22}" y1="14" y2="14" stroke="{colour}" stroke-width="3" '
            f'stroke-dasharray="{_DASHES[index % len(_DASHES)]}" />' + _text(x + 28, 18, name)
        )
        x += 48 + 13 * len(name)
    return parts


def _lines(series: Sequence[Json], count: int, top: int) -> list[str]:
    parts = []
    for index, one in enumerate(series):
        colour, dash = COLOURS[index % len(COLOURS)], _DASHES[index % len(_DASHES)]
        points = [(_x(i, count), _y(v, top)) if v is not None else None for i, v in enumerate(one["values"])]
        for run in _runs(points):
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
            parts.append(
                f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}" />'
            )
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}" />' for x, y in run]
    return parts


def _runs(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """The unbroken stretches: a day without data is a gap in the line, not a zero."""
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]


def _bars(series: Sequence[Json], count: int, top: int) -> list[str]:
    slot = (WIDTH - _LEFT - _RIGHT) / count
    width = min(slot * 0.7 / max(len(series), 1), 40)
    parts = []
    for index, one in enumerate(series):
        colour = COLOURS[index % len(COLOURS)]
        for i, value in enumerate(one["values"]):
            if value is not None:
                x, y = _x(i, count) + (index - len(series) / 2) * width, _y(value, top)
                parts.append(_rect(x, y, width, HEIGHT - _BOTTOM - y, colour))
    return parts


def _stacked(series: Sequence[Json], count: int, top: int) -> list[str]:
    """One bar a label, the first series at the foot, its sum written above it."""
    width = min((WIDTH - _LEFT - _RIGHT) / count * 0.6, 48)
    parts = []
    for i in range(count):
        x, below = _x(i, count), 0.0
        for index, one in enumerate(series):
            value = one["values"][i] or 0
            if value:
                y = _y(below + value, top)
                parts.append(_rect(x - width / 2, y, width, _y(below, top) - y, COLOURS[index % len(COLOURS)]))
            below += value
        parts.append(_text(x, _y(below, top) - 4, f"{below:g}", "middle"))
    return parts


def _across(series: Sequence[Json], count: int, top: int) -> list[str]:
    """Lying bars, each with its figure at the end."""
    height, parts = _LINE * 0.7 / max(len(series), 1), []
    for index, one in enumerate(series):
        for i in range(count):
            value = one["values"][i]
            if value is not None:
                y = _TOP + _LINE * (i + 0.15) + index * height
                long = (WIDTH - _NAMES - 60) * value / top
                parts.append(_rect(_NAMES, y, long, height - 1, COLOURS[index % len(COLOURS)]))
                parts.append(_text(_NAMES + long + 5, y + height / 2 + 4, f"{value:g}"))
    return parts


_DRAW: dict[str, Callable[[Sequence[Json], int, int], list[str]]] = {
    "lines": _lines, "bars": _bars, "stacked": _stacked, "across": _across,
}  # fmt: skip
