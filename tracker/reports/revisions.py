"""What differs between two computations of one paper, figure by figure, in words: a revision is marked, never silent. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from tracker.reports.paper import Json

_SHOWN = 20


def differences(old: Json, new: Json) -> list[str]:
    """One line for each figure, cell or row that differs, at most twenty and then how many more."""
    before = {s["key"]: s for s in [*old["sections"], *old["annex"]]}
    found: list[str] = []
    for section in [*new["sections"], *new["annex"]]:
        earlier = before.get(section["key"], {"blocks": []})
        pairs: Iterator[tuple[Json, Json]] = zip_longest(earlier["blocks"], section["blocks"], fillvalue={})
        for was, now in pairs:
            found += [f"{section['title']}：{line}" for line in _block(was, now)]
    more = len(found) - _SHOWN
    return found[:_SHOWN] + ([f"另有{more}处不同。"] if more > 0 else [])


def _block(was: Json, now: Json) -> Iterator[str]:
    if was == now:
        return
    if now.get("type") == was.get("type") == "table":
        yield from _rows(was, now)
    elif now.get("type") == was.get("type") == "text":
        old = {f["name"]: f for f in was["figures"]}
        changed = [f for f in now["figures"] if f != old.get(f["name"])]
        yield from (f"{f['name']}由{shown(old.get(f['name']))}改为{shown(f)}" for f in changed)
        if not changed:
            yield "文字有改动"
    else:
        yield f"“{now.get('title') or was.get('title') or '条目'}”有改动"


def _rows(was: Json, now: Json) -> Iterator[str]:
    old = {_label(row): row for row in _all_rows(was)}
    new = {_label(row): row for row in _all_rows(now)}
    titles = [column["title"] for column in now["columns"]]
    for label, row in new.items():
        if label not in old:
            yield f"新增“{label}”"
        else:
            pairs = zip(titles, old[label], row, strict=False)
            yield from (f"“{label}”的{t}由{shown(a)}改为{shown(b)}" for t, a, b in pairs if a != b)
    yield from (f"去掉“{label}”" for label in old if label not in new)


def _all_rows(block: Json) -> list[list[Any]]:
    return [*block["rows"], *([block["total"]] if block["total"] else [])]


def _label(row: list[Any]) -> str:
    """The leading texts of a row, which name it."""
    names = [cell for cell in row[:2] if isinstance(cell, str)]
    return " ".join(names) or "数据行"


def shown(cell: Any) -> str:
    """A cell or figure as one word."""
    if cell is None or (isinstance(cell, dict) and cell["v"] is None):
        return "无数据"
    if isinstance(cell, dict):
        return f"{cell['v'] * 100:.1f}%（{cell['n']}/{cell['of']}）" if "of" in cell else str(cell["v"])
    return str(cell)
