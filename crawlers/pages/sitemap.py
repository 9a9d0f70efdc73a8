"""Reads sitemaps and sitemap indexes: the pages that are posts by the catalogue's pattern, each with its last change."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from crawlers.pages.feed import name_of, parse_xml
from crawlers.pages.parts import ListPage, PageError, Row, row_digest
from crawlers.pages.times import parse_time
from crawlers.sources import Source


def parse_sitemap(body: bytes, source: Source, content_type: str = "") -> ListPage:
    """A row per page on the source's host whose address has a key; an index gives the addresses of its sitemaps instead."""
    root = parse_xml(body, content_type)
    kind = name_of(root)
    if kind not in ("urlset", "sitemapindex"):
        raise PageError("not-a-sitemap")
    entries = [{name_of(child): (child.text or "").strip() for child in node} for node in root]
    own = [entry for entry in entries if urlsplit(entry.get("loc", "")).netloc == urlsplit(source.base_url).netloc]
    if kind == "sitemapindex":
        return ListPage((), more=tuple(entry["loc"] for entry in own))
    rows = (_row(entry, source) for entry in own)
    return ListPage(tuple(row for row in rows if row is not None))


def _row(entry: dict[str, Any], source: Source) -> Row | None:
    match = re.search(source.list.key, entry["loc"])
    if match is None or not match[1]:
        return None
    changed = entry.get("lastmod", "")
    return Row(match[1], entry["loc"], "", parse_time(changed, source.zone), row_digest(match[1], changed))
