"""Title, time and text of a page without selectors: for departments' news and boards whose layout nobody has described."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Literal

from crawlers.pages.charset import decode
from crawlers.pages.headline import headline, published
from crawlers.pages.mainbody import main_text
from crawlers.pages.parts import WallError
from crawlers.pages.tree import parse_html
from crawlers.pages.walls import wall

DEEPEST: Final = 256  # levels; every text is measured once a level, so this bounds the work by size times depth
FEW: Final = 0.1  # characters of one paragraph for each character of links, below which a page is a list


@dataclass(frozen=True, slots=True)
class Article:
    """What a page says, unmasked: title, aware time or None, and text of one paragraph a line; a list has no text of its own."""

    kind: Literal["detail", "list"]
    title: str
    published_at: datetime | None
    text: str


def extract(body: bytes, zone: tzinfo, content_type: str = "") -> Article:
    """The article in `body`; WallError when the page asks for something first, PageError when it is nested beyond reason.

    `zone` is that of times the page gives without one.
    """
    html = decode(body, content_type)
    tree = parse_html(html, DEEPEST)
    title = headline(tree)
    when = published(tree, html, title, zone)
    linked = sum(len(anchor.text(deep=True)) for anchor in tree.css("a"))
    text = main_text(tree)
    if _is_list(text, linked):
        asked = wall(html)
        if asked:
            raise WallError(asked)
        return Article("list", title, None, "")
    return Article("detail", title, when, text)


def _is_list(text: str, linked: int) -> bool:
    return not text or ("\n" not in text and len(text) < FEW * linked)
