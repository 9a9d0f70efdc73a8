"""Reads boards that answer in JSON: rows and posts found by the catalogue's JMESPath expressions."""

from __future__ import annotations

import json
from typing import Any

import jmespath

from crawlers.pages.charset import decode
from crawlers.pages.parts import ListPage, PageError, Parts, Row, WallError, row_digest
from crawlers.pages.text import html_to_text, tidy
from crawlers.pages.times import parse_time
from crawlers.pages.walls import wall
from crawlers.records import Reply
from crawlers.sources import Source
from crawlers.voices import Voice


def load(body: bytes, content_type: str = "") -> Any:
    """The document in `body`; WallError or PageError when it is something else."""
    text = decode(body, content_type)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        asked = wall(text)
        if asked:
            raise WallError(asked) from error
        raise PageError("not-json") from error


def parse_list(document: Any, source: Source, voice: Voice | None = None) -> ListPage:
    """The rows of one list answer; PageError when there is no list where the catalogue says."""
    found = jmespath.search(source.list.rows, document)
    if not isinstance(found, list):
        raise PageError("no-json-list", rule=repr(source.list.rows))
    rows = tuple(_row(item, source, voice) for item in found)
    cursor = _text(source.list.cursor, found[-1]) if found and source.list.cursor else ""
    return ListPage(rows, cursor=cursor)


def _row(item: Any, source: Source, voice: Voice | None) -> Row:
    rules = source.list
    key, title, when = _text(rules.key, item), _text(rules.title, item), _find(rules.published_at, item)
    if not key:
        raise PageError("no-key", rule=repr(rules.key))
    watched = [_find(expression, item) for expression in rules.watch]
    parts, wrong = (None, None) if source.detail else _inline(item, source, voice)
    published = parse_time(when, source.zone)
    said = [parts.body, parts.reply.text if parts.reply else ""] if parts else []
    return Row(
        key=key,
        url=source.detail_url(key),
        title=title,
        published_at=published,
        digest=row_digest(key, title, when, *watched, *said),
        parts=parts,
        wrong=wrong,
        voice=voice(_text(rules.voice, item), published) if voice and rules.voice else "",
    )


def _inline(item: Any, source: Source, voice: Voice | None) -> tuple[Parts | None, PageError | None]:
    try:
        return parse_post(item, source, voice), None
    except PageError as error:
        return None, error


def parse_post(document: Any, source: Source, voice: Voice | None = None) -> Parts:
    """The post in a detail answer or a row; PageError when it has no body there."""
    rules = source.post
    body = _prose(rules.body, document, source)
    if not body:
        raise PageError("no-json-text", rule=repr(rules.body))
    published = parse_time(_find(rules.published_at, document), source.zone)
    return Parts(
        title=tidy(_text(rules.title, document)).replace("\n", " "),
        body=body,
        published_at=published,
        reply=_reply(document, source),
        counts=_counts(document, source),
        voice=voice(_text(rules.voice, document), published) if voice and rules.voice else "",
    )


def _reply(document: Any, source: Source) -> Reply | None:
    rules = source.post
    text = _prose(rules.reply, document, source)
    if not text:
        return None
    when = parse_time(_find(rules.reply_published_at, document), source.zone)
    return Reply(text, _text(rules.reply_organisation, document), when)


def _counts(document: Any, source: Source) -> dict[str, int]:
    found = {name: _find(expression, document) for name, expression in source.post.counts.items()}
    return {name: value for name, value in found.items() if type(value) is int}


def _prose(expression: str, document: Any, source: Source) -> str:
    text = _text(expression, document)
    return html_to_text(text) if source.post.text == "html" else tidy(text)


def _find(expression: str, document: Any) -> Any:
    return jmespath.search(expression, document) if expression else None


def _text(expression: str, document: Any) -> str:
    value = _find(expression, document)
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
