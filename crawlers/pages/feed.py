"""Reads RSS 2.0, Atom and JSON Feed: each entry a row that usually carries the whole post.

Entities are not resolved and nothing is fetched by the parser, so a hostile feed is only a feed that cannot be read.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final
from urllib.parse import urljoin

from lxml import etree

from crawlers.pages.charset import decode
from crawlers.pages.parts import ListPage, PageError, Parts, Row, WallError, row_digest
from crawlers.pages.text import html_to_text, tidy
from crawlers.pages.times import parse_time
from crawlers.pages.walls import wall
from crawlers.sources import Source

_TAG = re.compile(r"<[A-Za-z/!]")
_PARSER: Final[dict[str, Any]] = {"resolve_entities": False, "no_network": True, "huge_tree": False, "recover": True}
KEYS: Final = ("guid", "id", "link")
LINKS: Final = ("link", "url", "external_url")
TIMES: Final = ("pubDate", "published", "date_published", "updated", "date_modified", "date")
BODIES: Final = ("encoded", "content", "content_html", "content_text", "description", "summary")


def parse_feed(body: bytes, url: str, source: Source, content_type: str = "") -> ListPage:
    """The entries as rows, with their posts unless the catalogue reads those from the linked pages; PageError if it is no feed."""
    entries = _json_entries(body, content_type) if body.lstrip()[:1] == b"{" else _xml_entries(body, content_type)
    rows = (_row(entry, url, source) for entry in entries)
    return ListPage(tuple(row for row in rows if row is not None))


def _row(entry: dict[str, str], url: str, source: Source) -> Row | None:
    """One entry; None when it has neither an id nor a link."""
    key, link = _any(entry, KEYS), urljoin(url, _any(entry, LINKS))
    if not key:
        return None
    title, when = plain(entry.get("title", "")).replace("\n", " "), parse_time(_any(entry, TIMES), source.zone)
    text = plain(_any(entry, BODIES))
    if source.post.body:
        return Row(key, link, title, when, row_digest(key, title, when, text))
    parts = Parts(title, text or title, when)
    return Row(key, link, title, when, row_digest(key, title, when, text), parts)


def plain(text: str) -> str:
    """Text that may or may not be markup: feeds do not say."""
    return html_to_text(text) if _TAG.search(text) else tidy(text)


def _any(entry: dict[str, str], names: tuple[str, ...]) -> str:
    return next((entry[name] for name in names if entry.get(name)), "")


def _json_entries(body: bytes, content_type: str) -> list[dict[str, str]]:
    try:
        items = json.loads(decode(body, content_type))["items"]
        return [{name: str(value) for name, value in item.items() if isinstance(value, str | int)} for item in items]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PageError("not-json-feed") from error


def _xml_entries(body: bytes, content_type: str) -> list[dict[str, str]]:
    root = parse_xml(body, content_type)
    found = [node for node in root.iter() if name_of(node) in ("item", "entry")]
    if not found and name_of(root) not in ("rss", "feed", "RDF"):
        raise PageError("not-a-feed")
    return [_entry(node) for node in found]


def _entry(node: Any) -> dict[str, str]:
    """The first value of each simple element; Atom's link stands in an attribute, and so does nothing of the author's."""
    entry: dict[str, str] = {}
    for child in node:
        name = name_of(child)
        if name == "link" and child.get("href"):
            if child.get("rel", "alternate") == "alternate":
                entry.setdefault(name, child.get("href"))
        elif name in {*KEYS, *LINKS, *TIMES, *BODIES, "title"}:
            entry.setdefault(name, _inner(child))
    return entry


def _inner(node: Any) -> str:
    """The text of an element, or its markup when it holds XHTML."""
    if len(node):
        return "".join(etree.tostring(child, encoding="unicode", method="html") for child in node).strip()
    return (node.text or "").strip()


def parse_xml(body: bytes, content_type: str = "") -> Any:
    """The root of an XML document; WallError or PageError when there is none. Wrong declarations are repaired by decoding."""
    text = decode(body, content_type)
    bare = re.sub(r"\A\s*<\?xml[^>]{0,200}\?>", "", text).lstrip()
    root = (
        etree.fromstring(bare.encode(), etree.XMLParser(encoding="utf-8", **_PARSER)) if bare.startswith("<") else None
    )
    if root is None or name_of(root) == "html":
        asked = wall(text)
        if asked:
            raise WallError(asked)
        raise PageError("not-xml")
    return root


def name_of(node: Any) -> str:
    """An element's name without its namespace; comments and the like have none."""
    return etree.QName(node).localname if isinstance(node.tag, str) else ""
