"""What differs between two computations of one paper, figure by figure, in words: a revision is marked, never silent. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tracker.reports.definitions import redefined, version_of
from tracker.reports.paper import Json

_SHOWN = 20


def corrections(old: Json, new: Json) -> list[str]:
    """`differences`, after the sentence that says which definitions changed in between."""
    changed = redefined(version_of(old)) if version_of(old) < version_of(new) else ""
    return [f"{changed}。"] * bool(changed) + differences(old, new)


def differences(old: Json, new: Json) -> list[str]:
    """One line for each figure, cell, row or sentence that differs, at most twenty and then how many more; empty when `same`."""
    before = {s["key"]: s for s in [*old["sections"], *old["annex"]]}
    after = {s["key"]: s for s in [*new["sections"], *new["annex"]]}
    found: list[str] = []
    for key in dict.fromkeys([*after, *before]):
        was, now = before.get(key, {"blocks": []}), after.get(key, {"blocks": []})
        title = after.get(key, was)["title"]
        lines = [line for pair in _pairs(was["blocks"], now["blocks"]) for line in _block(*pair)]
        found += [f"{title}：{line}" if title else line for line in lines]
    if not found and not same(old, new):
        return [f"{_WORDS}，数字没有不同"]
    more = len(found) - _SHOWN
    return found[:_SHOWN] + ([f"另有{more}处不同。"] if more > 0 else [])


def in_words_only(line: str) -> bool:
    """True for a difference of `differences` that touches no figure."""
    return _WORDS in line


_WORDS = "文字有改动"
# When and how far a paper was computed, and by which definitions: not what it states.
_CIRCUMSTANCES = frozenset({"computed_at", "revision", "changes", "digest", "ledger", "draft", "definitions"})
# How a table is laid out, and its times beside the words that state them.
_LAYOUT = frozenset({"width", "align", "group", "whole", "times", "new_page", "empty"})


def same(old: Json, new: Json) -> bool:
    """True when both state the same, however it is laid out."""
    return bool(_stated(old, _CIRCUMSTANCES) == _stated(new, _CIRCUMSTANCES))


def _stated(value: Any, without: frozenset[str] = _LAYOUT) -> Any:
    if isinstance(value, dict):
        return {key: _stated(part) for key, part in value.items() if key not in without}
    return [_stated(part) for part in value] if isinstance(value, list) else value


def _pairs(old: list[Json], new: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Blocks of the same kind and name side by side, {} where one has no counterpart."""
    before = dict(zip(_names(old), old, strict=True))
    after = dict(zip(_names(new), new, strict=True))
    for name in dict.fromkeys([*after, *before]):
        yield before.get(name, {}), after.get(name, {})


def _names(blocks: list[Json]) -> list[tuple[str, str, int]]:
    """Kind, title without its count, and which of that name it is."""
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for block in blocks:
        name = (block["type"], str(block.get("title", "")).partition("（")[0])
        found.append((*name, seen[name]))
        seen[name] += 1
    return found


def _block(was: Json, now: Json) -> Iterator[str]:
    if _stated(was) == _stated(now):
        return
    if now.get("type") == was.get("type") == "table":
        yield from _rows(was, now)
    elif now.get("type") == was.get("type") == "text":
        old = {f["name"]: f for f in was["figures"]}
        changed = [f for f in now["figures"] if f != old.get(f["name"])]
        yield from (_figure(f["name"], old.get(f["name"]), f) for f in changed)
        if not changed:
            yield _WORDS
    elif now.get("type") == was.get("type") == "form":
        yield from _boxes(was, now)
    else:
        yield f"“{now.get('title') or was.get('title') or '条目'}”有改动"


def _figure(name: str, was: Any, now: Any) -> str:
    if was is not None and shown(was) == shown(now):
        return f"{name}仍为{shown(now)}，所依据的记录不同"
    return f"{name}由{shown(was)}改为{shown(now)}"


def _boxes(was: Json, now: Json) -> Iterator[str]:
    old = {row["label"]: row["text"] for row in was["rows"]}
    new = {row["label"]: row["text"] for row in now["rows"]}
    for label in dict.fromkeys([*new, *old]):
        if old.get(label, "") != new.get(label, ""):
            yield f"“{label}”由“{old.get(label, '')}”改为“{new.get(label, '')}”"


def _rows(was: Json, now: Json) -> Iterator[str]:
    old, new = _labelled(was), _labelled(now)
    titles = [column["title"] for column in now["columns"]]
    for label, row in new.items():
        if label not in old:
            yield f"新增“{label}”"
        else:
            cells = zip(titles, old[label], row, strict=False)
            yield from (_cell(label, title, a, b) for title, a, b in cells if a != b)
    yield from (f"去掉“{label}”" for label in old if label not in new)
    if old == new:
        yield _WORDS


def _cell(label: str, title: str, was: Any, now: Any) -> str:
    if shown(was) == shown(now):
        return f"“{label}”的{title}仍为{shown(now)}，所依据的记录不同"
    return f"“{label}”的{title}由{shown(was)}改为{shown(now)}"


def _labelled(block: Json) -> dict[str, list[Any]]:
    """Each row by its leading texts, which name it; a second of the same name is numbered."""
    found: dict[str, list[Any]] = {}
    seen: Counter[str] = Counter()
    for row in [*block["rows"], *([block["total"]] if block["total"] else [])]:
        name = " ".join(cell for cell in row[:2] if isinstance(cell, str)) or "数据行"
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name}（第{seen[name]}行）"] = row
    return found


def shown(cell: Any) -> str:
    """A cell or figure as one word."""
    if cell is None or (isinstance(cell, dict) and cell["v"] is None):
        return "无数据"
    if isinstance(cell, dict):
        return f"{cell['v'] * 100:.1f}%（{cell['n']}/{cell['of']}）" if "of" in cell else str(cell["v"])
    return str(cell)
