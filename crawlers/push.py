"""Pushed posts: rows of JSON become posts one by one, so that a wrong row is named and costs nobody else anything.

Fields are taken by name and there is none for an author: whatever else a row says is left behind, and only the names of such fields
are told. A time that cannot be read costs the post its time, not the post.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from crawlers.causes import Cause, cause
from crawlers.delivery import delivery
from crawlers.pages.text import tidy
from crawlers.pages.times import parse_time
from crawlers.records import FetchInfo, Post, Reply
from crawlers.reports import CrawlReport
from crawlers.sources import Source

MOST_ROWS: Final = 10_000  # rows of one push
LONGEST_KEY: Final = 200
LONGEST_TITLE: Final = 500
LONGEST_TEXT: Final = 100_000
BATCH: Final = 1000
FIELDS: Final = frozenset({"key", "title", "body", "published_at", "url", "reply", "counts"})
REPLY_FIELDS: Final = frozenset({"text", "organisation", "published_at"})


class Wrong(Exception):
    """A row that cannot be taken; its cause says what about it."""

    def __init__(self, code: str, /, **facts: object) -> None:
        self.cause = cause(code, **facts)
        super().__init__(self.cause.say())


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken: its place in the push, counted from 0, its key when it has one, and why."""

    row: int
    key: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of a push: the report of the source, the rows refused, and the names of the fields that were left behind."""

    report: CrawlReport
    accepted: int
    refused: tuple[Refused, ...]
    left_behind: tuple[str, ...]


def take(rows: Sequence[Any], source: Source, *, spool: Path, state: Path, now: datetime | None = None) -> Pushed:
    """Take `rows` of `source` into the spool; they are on the disk when it returns.

    CrawlError when nothing could be taken: the source is switched off, or the spool cannot be written.
    """
    refused: list[Refused] = []
    left_behind: set[str] = set()
    when = now or datetime.now(UTC)
    with delivery(source, spool=spool, state=state, now=now) as door:
        for start in range(0, len(rows), BATCH):
            posts = []
            for number, row in enumerate(rows[start : start + BATCH], start):
                try:
                    posts.append(read(row, source, door.run.name, when))
                    left_behind.update(map(str, row.keys() - FIELDS))
                except Wrong as wrong:
                    refused.append(Refused(number, _key_of(row), wrong.cause))
            door.offer(posts)
        door.refused = len(refused)
        report = door.finish()
    return Pushed(report, len(rows) - len(refused), tuple(refused), tuple(sorted(left_behind)))


def read(row: Any, source: Source, run: str, now: datetime) -> Post:
    """The post in one row, unmasked; Wrong when it is none."""
    if not isinstance(row, Mapping):
        raise Wrong("not-an-object")
    key = _word(row, "key", LONGEST_KEY)
    if not key:
        raise Wrong("field-missing", field="key")
    title, body = _word(row, "title", LONGEST_TITLE).replace("\n", " "), _word(row, "body", LONGEST_TEXT)
    if not (title or body):
        raise Wrong("field-missing", field="body")
    return Post(
        source=source.name,
        key=key,
        url=_address(row, source, key),
        title=title or body[:40],
        body=body or title,
        published_at=parse_time(row.get("published_at"), source.zone),
        fetch=FetchInfo(now, "", run, 0),
        reply=_reply(row.get("reply"), source),
        counts=_counts(row.get("counts")),
    )


def _word(row: Mapping[str, Any], name: str, longest: int) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Wrong("field-not-text", field=name)
    text = tidy(str(value))
    if len(text) > longest:
        raise Wrong("field-too-long", field=name, n=len(text), limit=longest)
    return text


def _address(row: Mapping[str, Any], source: Source, key: str) -> str:
    url = _word(row, "url", 2000)
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise Wrong("field-no-address", field="url")
    return url or source.public_url(key, "")


def _reply(value: Any, source: Source) -> Reply | None:
    if value is None or value == "":
        return None
    row = {"text": value} if isinstance(value, str) else value
    if not isinstance(row, Mapping):
        raise Wrong("field-not-text", field="reply")
    text = _word(row, "text", LONGEST_TEXT)
    when = parse_time(row.get("published_at"), source.zone)
    return Reply(text, _word(row, "organisation", LONGEST_KEY), when) if text else None


def _counts(value: Any) -> dict[str, int]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Wrong("field-not-a-table", field="counts")
    return {str(name)[:40]: count for name, count in value.items() if type(count) is int and 0 <= count < 2**31}


def _key_of(row: Any) -> str:
    """The key of a refused row, for whoever has to find it; nothing else of such a row is repeated."""
    key = row.get("key") if isinstance(row, Mapping) else None
    return str(key)[:LONGEST_KEY] if isinstance(key, str | int) and not isinstance(key, bool) else ""
