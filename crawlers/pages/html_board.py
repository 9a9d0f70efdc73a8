"""Reads boards that answer in HTML: rows and posts found by the catalogue's CSS selectors.

Where a selector matches several nodes of a post (paragraphs of a reply, say) they are one text, a node a line.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from crawlers.causes import cause
from crawlers.pages.article import extract
from crawlers.pages.charset import decode
from crawlers.pages.parts import ListPage, PageError, Parts, Row, WallError, row_digest
from crawlers.pages.text import node_text
from crawlers.pages.times import parse_time
from crawlers.pages.tree import parse_html
from crawlers.pages.walls import wall
from crawlers.records import Reply
from crawlers.sources import Source
from crawlers.voices import Voice


def parse_list(body: bytes, url: str, source: Source, content_type: str = "", voice: Voice | None = None) -> ListPage:
    """The rows of one list page; PageError when it has none, since an HTML list gives no other sign of a changed layout.

    Rows whose link leads to another host or has no key are passed over: advertisements stand in lists too.
    """
    text = decode(body, content_type)
    tree = parse_html(text)
    found = tree.css(source.list.rows)
    rows = tuple(row for node in found if (row := _row(node, url, source, voice)) is not None)
    if not rows:
        _refuse_wall(text)
        what = cause("nothing-in-rows", n=len(found)) if found else cause("matches-nothing")
        raise PageError("no-rows", rule=repr(source.list.rows), what=what)
    following = tree.css_first(source.list.next) if source.list.next else None
    return ListPage(rows, next_url=_link(following, url, source))


def _row(node: Any, url: str, source: Source, voice: Voice | None) -> Row | None:
    rules = source.list
    anchor = node.css_first(rules.link) or (node if node.tag == "a" else None)
    address = _link(anchor, url, source)
    match = re.search(rules.key, address) if address else None
    if match is None or not match[1]:
        return None
    title = _first(node, rules.title) if rules.title else node_text(anchor)
    when = _first(node, rules.published_at)
    watched = [_first(node, selector) for selector in rules.watch]
    digest = row_digest(match[1], title, when, *watched)
    published = parse_time(when, source.zone)
    spoken = voice(_first(node, rules.voice), published) if voice and rules.voice else ""
    return Row(match[1], address, title, published, digest, voice=spoken)


def _link(node: Any, url: str, source: Source) -> str:
    """The absolute address a link leads to, or nothing when it leaves the source's host."""
    target = (node.attributes.get("href") or "").strip() if node is not None else ""
    try:
        address = urldefrag(urljoin(url, target)).url if target else ""
        inside = urlsplit(address).netloc == urlsplit(source.base_url).netloc
    except ValueError:
        return ""
    return address if inside and urlsplit(address).scheme in ("http", "https") else ""


def parse_post(body: bytes, source: Source, content_type: str = "", voice: Voice | None = None) -> Parts:
    """The post on its own page, by selectors or, where the catalogue gives none, by where its main text is.

    WallError or PageError when it has no body there.
    """
    if not source.post.body:
        return _article(body, source, content_type)
    text = decode(body, content_type)
    tree, rules = parse_html(text), source.post
    prose = _all(tree, rules.body)
    if not prose:
        _refuse_wall(text)
        raise PageError("no-text", rule=repr(rules.body))
    published = parse_time(_first(tree, rules.published_at), source.zone)
    return Parts(
        title=_first(tree, rules.title).replace("\n", " "),
        body=prose,
        published_at=published,
        reply=_reply(tree, source),
        counts=_counts(tree, source),
        voice=voice(_first(tree, rules.voice), published) if voice and rules.voice else "",
    )


def _article(body: bytes, source: Source, content_type: str) -> Parts:
    found = extract(body, source.zone, content_type)
    if found.kind == "list":
        raise PageError("no-main-text")
    return Parts(found.title, found.text, found.published_at)


def _reply(tree: Any, source: Source) -> Reply | None:
    rules = source.post
    text = _all(tree, rules.reply)
    if not text:
        return None
    when = parse_time(_first(tree, rules.reply_published_at), source.zone)
    return Reply(text, _first(tree, rules.reply_organisation), when)


def _counts(tree: Any, source: Source) -> dict[str, int]:
    found = {name: re.search(r"\d{1,12}", _first(tree, css)) for name, css in source.post.counts.items()}
    return {name: int(match[0]) for name, match in found.items() if match}


def _refuse_wall(text: str) -> None:
    asked = wall(text)
    if asked:
        raise WallError(asked)


def _first(tree: Any, selector: str) -> str:
    node = tree.css_first(selector) if selector else None
    return node_text(node) if node is not None else ""


def _all(tree: Any, selector: str) -> str:
    return "\n".join(filter(None, map(node_text, tree.css(selector)))) if selector else ""
