"""Parses markup, but not markup that is nested beyond all reason: trees that deep cost quadratic time and serve nobody."""

from __future__ import annotations

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser

from crawlers.pages.parts import PageError

DEEPEST: Final = 4000  # browsers stop at 512; here 4,000 cost milliseconds, 60,000 five seconds
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_CLOSE_THEMSELVES: Final = frozenset(
    [
        *[
            "area",
            "base",
            "br",
            "col",
            "embed",
            "hr",
            "img",
            "input",
            "link",
            "meta",
            "param",
            "source",
            "track",
            "wbr",
        ],
        *["a", "button", "p", "li", "td", "th", "tr", "dt", "dd", "option", "thead", "tbody", "tfoot"],
    ]
)


def parse_html(text: str, deepest: int = DEEPEST) -> LexborHTMLParser:
    """The tree of `text`; PageError when it is nested deeper than `deepest`."""
    if text.count("<") > deepest and _depth(text) > deepest:
        raise PageError("too-deep", n=deepest)
    return LexborHTMLParser(text)


def _depth(text: str) -> int:
    """How deep the tags nest, an upper bound: elements whose end may be left out do not count."""
    depth = deepest = 0
    for closing, name in _TAG.findall(text):
        if name.lower() in _CLOSE_THEMSELVES:
            continue
        depth = max(0, depth - 1) if closing else depth + 1
        deepest = max(deepest, depth)
    return deepest
