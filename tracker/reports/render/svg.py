"""A chart block as SVG: presentation attributes and classes only, so that it stands in a page under a strict CSP and in print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from tracker.reports.paper import Json
from tracker.reports.render.words import clean

WIDTH, HEIGHT = 640, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 16, 34, 30
COLOURS = ("#1f4e79", "#c05621", "#4a7c59", "#7a5195", "#8a6d3b")
_DASHES = ("", "6 4", "2 3", "8 3 2 3", "1 3")


def ceiling(highest: int) -> int:
    """The top of the axis: four round steps, at or above `highest` (4, 8, 12, 20, 40, 80, 120, 200 …)."""
    quarter = max(highest / 4, 1.0)
    scale: int = 10 ** math.floor(math.log10(quarter))
    return 4 * next(step * scale for step in (1, 2, 3, 5, 10) if step * scale >= quarter)


def svg(chart: Json) -> str:
    """The drawing, with its figures as text for those who do not see it."""
    values = [v for series in chart["series"] for v in series["values"] if v is not None]
    top = ceiling(max(values, default=0))
    draw = _bars if chart["kind"] == "bars" else _lines
    parts = [
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-size="12"',
        f' aria-label="{escape(clean(_spoken(chart)))}">',
        *_axes(chart["labels"], top),
        *_legend([s["name"] for s in chart["series"]]),
        *draw(chart["series"], len(chart["labels"]), top),
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


def _axes(labels: Sequence[str], top: int) -> list[str]:
    parts = []
    for step in range(5):
        value = top * step // 4
        y = _y(value, top)
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#8884" />'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="currentColor">{value}</text>'
        )
    every = math.ceil(len(labels) / 14)
    for index, label in enumerate(labels):
        if index % every == 0:
            parts.append(
                f'<text x="{_x(index, len(labels)):.1f}" y="{HEIGHT - 10}" text-anchor="middle" fill="currentColor">'
                f"{escape(clean(label))}</text>"
            )
    return parts


def _legend(names: Sequence[str]) -> list[str]:
    parts, x = [], _LEFT
    for index, name in enumerate(names):
        colour = COLOURS[index % len(COLOURS)]
        parts.append(
            f'<line x1="{x}" x2="{x + 22}" y1="14" y2="14" stroke="{colour}" stroke-width="3" '
            f'stroke-dasharray="{_DASHES[index % len(_DASHES)]}" />'
            f'<text x="{x + 28}" y="18" fill="currentColor">{escape(clean(name))}</text>'
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
    width = slot * 0.7 / max(len(series), 1)
    parts = []
    for index, one in enumerate(series):
        colour = COLOURS[index % len(COLOURS)]
        for i, value in enumerate(one["values"]):
            if value is not None:
                x, y = _x(i, count) - slot * 0.35 + index * width, _y(value, top)
                parts.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{HEIGHT - _BOTTOM - y:.1f}" fill="{colour}" />'
                )
    return parts
