"""The page that shows why a run failed, kept as its outline: what stood where, and how long, but none of the public's words.

A list page is full of nicknames that no pattern can know, so text is kept only of a wall (it is small and nobody has written there but the
board) and of the page's own title, both masked. Classes and ids stay, since rules are written against them; addresses keep
their shape.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from crawlers.masking import mask
from crawlers.pages.charset import decode
from crawlers.pages.parts import PageError
from crawlers.pages.tree import parse_html
from crawlers.pages.walls import wall

MOST_LINES: Final = 400
MOST_CHILDREN: Final = 12  # of one parent that are drawn, then how many more there are
DEEPEST: Final = 40
MOST_BYTES: Final = 2_000_000
SAID: Final = 1500
_SKIPPED: Final = frozenset({"script", "style", "noscript", "svg", "-comment", "-undef"})


def portrait(body: bytes, content_type: str = "") -> str:
    """The outline of a page as plain text; never fails, whatever the page is."""
    text = decode(body[:MOST_BYTES], content_type)
    start = text.lstrip()[:1]
    if start in "{[" and start:
        try:
            return json.dumps(_shape(json.loads(text)), ensure_ascii=False, indent=1)[: MOST_LINES * 80]
        except (ValueError, RecursionError):
            return f"not JSON: {len(text)} characters"
    if start != "<":
        return f"not markup: {len(text)} characters, {len(body)} bytes"
    try:
        tree = parse_html(text)
    except PageError as error:
        return str(error)
    lines = [f"title: {mask(' '.join((node.text() or '').split()))[:200]}" for node in tree.css("title")[:1]]
    if wall(text):
        for node in tree.css("script,style"):
            node.decompose()
        lines.append(mask(" ".join(tree.text(separator=" ").split()))[:SAID])
    if tree.body is not None:
        lines += _outline(tree.body, 0)
    return "\n".join(lines[:MOST_LINES])


def _outline(node: Any, depth: int) -> Iterator[str]:
    """One line an element: its name, id and classes, the shape of its address, and how much text is its own."""
    if depth > DEEPEST:
        return
    yield f"{'  ' * depth}{_name(node)}{_own_text(node)}"
    children = [child for child in node.iter(include_text=False) if child.tag not in _SKIPPED]
    for child in children[:MOST_CHILDREN]:
        yield from _outline(child, depth + 1)
    if len(children) > MOST_CHILDREN:
        yield f"{'  ' * (depth + 1)}… {len(children) - MOST_CHILDREN} more"


def _name(node: Any) -> str:
    given = node.attributes
    marks = f"#{_plain(given['id'])}" if given.get("id") else ""
    marks += "".join(f".{_plain(name)}" for name in (given.get("class") or "").split()[:6])
    address = f" → {_address(given['href'])}" if given.get("href") else ""
    return f"{node.tag}{marks}{address}"


def _own_text(node: Any) -> str:
    count = len("".join((node.text(deep=False) or "").split()))
    return f" ({count})" if count else ""


def _plain(word: str) -> str:
    """A class or an id, of which only the pattern matters."""
    return re.sub(r"[^\x21-\x7e]", "?", re.sub(r"\d{3,}", "000", word))[:60]


def _address(url: str) -> str:
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "0", url))[:80]


def _shape(value: Any, depth: int = 0) -> Any:
    """A JSON value with what its leaves are instead of what they say."""
    if depth > DEEPEST:
        return "…"
    if isinstance(value, dict):
        return {_plain(str(name)): _shape(inner, depth + 1) for name, inner in list(value.items())[: 3 * MOST_CHILDREN]}
    if isinstance(value, list):
        return [f"{len(value)} ×", *[_shape(inner, depth + 1) for inner in value[:1]]] if value else []
    if isinstance(value, str):
        return f"text {len(value)}"
    return value if value is None or isinstance(value, bool) else "number"
