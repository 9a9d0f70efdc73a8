"""Finds the title and the time of a page nobody has written selectors for.

A page says its title twice, in its head and in its text; what both agree on is the title, without the site's name. Its time stands in
declared data, else beside the title, else in its scripts.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from datetime import datetime, tzinfo
from typing import Any, Final

from crawlers.pages.text import node_text
from crawlers.pages.times import parse_time

_HEADINGS: Final = "h1,h2,h3,h4,h5,[class*=title],[class*=Title],[id*=title],[class*=bt],[class*=head]"
_SITE: Final = re.compile(r"\s{0,9}(?:_|--|—|\||｜(?=[^｜]{0,12}$)|\s-\s|-(?=[^-]{2,20}$))\s{0,9}")
_META_TIME: Final = re.compile(
    r"^(?:article:published_time|og:(?:release_date|published_time|time)|weibo:\s?article:create_at|pub-?date|publish-?(?:date|time)|"
    r"publication-?date|date-?published|datepublished|dateupdate|dc\.date.*|sailthru\.date|parsely-pub-date)$",
    re.IGNORECASE,
)
_DAY: Final = (
    r"(?:19|20)\d{2}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}(?:\s?日)?(?:[T\s\u3000]{1,6}\d{1,2}[:：]\d{2}(?::\d{2})?)?"
)
_VISIBLE: Final = re.compile(rf"(?<!\d){_DAY}")
_SCRIPT: Final = re.compile(
    rf"(?:pub(?:lish)?_?(?:date|time)|news_?time|p_?time|create_?time|datePublished|\bct\b|\btime)[\"']?\s{{0,3}}[:=]\s{{0,3}}[\"']"
    rf"({_DAY}|\d{{10}}(?:\d{{3}})?)",
    re.IGNORECASE,
)
_CALLED: Final = re.compile(r"(?:时间|日期|发布|发表|发布于|更新)[:：\s]{0,3}$")
NEAR: Final = 400  # characters after the title in which its time may stand
LONGEST: Final = 120
SHORTEST: Final = 6


def headline(tree: Any) -> str:
    """The title: the longest text of a heading that the page's head also has, else the head's without the site's name."""
    head = _head_title(tree)
    folded = _fold(head)
    best = ""
    for node in tree.css(_HEADINGS):
        text = _short_text(node)
        if _is_title(_fold(text), folded) and len(text) > len(best):
            best = text
    if best:
        return best
    cut = _SITE.split(head)[0].strip()
    return cut if len(cut) >= SHORTEST else _first_heading(tree) or cut or head


def _short_text(node: Any) -> str:
    """The text of a heading on one line; nothing for a block that only calls itself a title, which is found out cheaply."""
    if len(node.text(deep=True)) > 10 * LONGEST:
        return ""
    return node_text(node).replace("\n", " ")


def _is_title(text: str, head: str) -> bool:
    """The head begins with it, or consists mostly of it; a part further back is a section or the site."""
    if not SHORTEST <= len(text) <= LONGEST or text not in head:
        return False
    return head.startswith(text) or len(text) >= len(head) / 2


def _head_title(tree: Any) -> str:
    node = tree.css_first("title")
    title = " ".join(node.text(deep=True).split()) if node is not None else ""
    if title:
        return title
    meta = tree.css_first('meta[property="og:title"],meta[name="og:title"]')
    return (meta.attributes.get("content") or "").strip() if meta is not None else ""


def _first_heading(tree: Any) -> str:
    """The first heading long enough to be a title, for pages whose head names only the site."""
    for selector in ("h1", "h2,h3,h4,h5", "[class*=title],[class*=bt]"):
        for node in tree.css(selector):
            text = _short_text(node)
            if 2 * SHORTEST <= len(text) <= LONGEST:
                return text
    return ""


def published(tree: Any, html: str, title: str, zone: tzinfo) -> datetime | None:
    """The page's own time, aware, or None."""
    text = re.sub(r"\s+", " ", node_text(tree.body)) if tree.body is not None else ""
    for value in (*_declared(tree), *_beside(text, title), *_SCRIPT.findall(html), *_VISIBLE.findall(text)[:1]):
        when = parse_time(value, zone)
        if when is not None:
            return when
    return None


def _declared(tree: Any) -> list[str]:
    found = []
    for meta in tree.css("meta"):
        name = meta.attributes.get("property") or meta.attributes.get("name") or meta.attributes.get("itemprop") or ""
        if _META_TIME.match(name.strip()):
            found.append(meta.attributes.get("content") or "")
    return found


def _beside(text: str, title: str) -> list[str]:
    """The dates that stand shortly after the title or are called the date of publication, best first.

    Best is what is called a date, then what has a time of day, then what is nearest.
    """
    sought = " ".join(title.split())
    places = [match.end() for match in re.finditer(re.escape(sought), text)] if sought else []
    found: list[tuple[int, int, str]] = []
    for match in _VISIBLE.finditer(text):
        called = _CALLED.search(text[max(0, match.start() - 8) : match.start()]) is not None
        before = bisect_right(places, match.start())
        away = match.start() - places[before - 1] if before else len(text)
        if away <= NEAR or called:
            found.append((-2 * called - (":" in match[0] and away <= NEAR), away, match[0]))
    return [date for _, _, date in sorted(found)]


def _fold(text: str) -> str:
    return "".join(text.split())
