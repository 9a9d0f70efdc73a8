"""What a crawl hands over: frozen records with a schema number, standard library only.

There is no author field, on purpose: the subject is the problem, never the person (docs/adr/0003).
Every text in a `Post` has been masked before the record exists outside the crawling process.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

SCHEMA = 2
READABLE = (1, 2)  # 1 had no voice


def _utc(value: datetime | None, name: str) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"{name} must carry a time zone, got the naive {value.isoformat()}")
    return value.astimezone(UTC).isoformat()


def _when(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class FetchInfo:
    """How a post came in: when, from which address, in which run.

    `fetched_at` is aware UTC; `run` names the crawl run; `status` is the HTTP status (0 when none was made, as for push).
    """

    fetched_at: datetime
    url: str
    run: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """A department's public answer found under a post: masked text, organisation, aware time if the page gives one."""

    text: str
    organisation: str = ""
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """One public post, as published and masked.

    `key` is the post's own identifier at `source` (the pair is unique); `url` is the public page a person can open.
    `published_at` is aware, or None when the page gives no readable time. `counts` holds public figures such as likes.
    `voice` is equal for two posts that one person wrote at one host in one week, empty where that is not known (`crawlers.voices`).
    """

    source: str
    key: str
    url: str
    title: str
    body: str
    published_at: datetime | None
    fetch: FetchInfo
    reply: Reply | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    voice: str = ""

    @property
    def digest(self) -> str:
        """Hex sha256 of what was said and when, whatever the source: two boards carrying one post share it.

        White space does not count, so that the same words in another layout agree.
        """
        parts = ["".join(self.title.split()), "".join(self.body.split()), _utc(self.published_at, "published_at") or ""]
        return sha256("\x1f".join(parts).encode()).hexdigest()

    @property
    def revision(self) -> str:
        """Hex sha256 of everything a reader can see; changes when the post is edited or answered."""
        reply = self.reply.text if self.reply else ""
        return sha256(f"{self.digest}\x1f{''.join(reply.split())}".encode()).hexdigest()

    def to_json(self) -> str:
        """One line of JSON, times as ISO 8601 UTC; ValueError on a naive time."""
        row: dict[str, Any] = {
            name: getattr(self, name) for name in _POST
        }  # asdict copies deeply, at six times the cost
        row["counts"] = dict(self.counts)
        row["published_at"] = _utc(self.published_at, "published_at")
        row["fetch"] = {name: getattr(self.fetch, name) for name in _FETCH}
        row["fetch"]["fetched_at"] = _utc(self.fetch.fetched_at, "fetched_at")
        if self.reply:
            row["reply"] = {name: getattr(self.reply, name) for name in _REPLY}
            row["reply"]["published_at"] = _utc(self.reply.published_at, "reply.published_at")
        return json.dumps({"schema": SCHEMA, **row}, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, line: str) -> Post:
        """The post in `line`; ValueError with one sentence when it is not one this version can read."""
        try:
            row = json.loads(line)
            if row.pop("schema") not in READABLE:
                raise ValueError(
                    f"post schema is none of {READABLE}; upgrade yidan on the machine that reads the spool"
                )
            row["published_at"] = _when(row["published_at"])
            row["fetch"] = FetchInfo(**{**row["fetch"], "fetched_at": _when(row["fetch"]["fetched_at"])})
            if row["reply"]:
                row["reply"] = Reply(**{**row["reply"], "published_at": _when(row["reply"]["published_at"])})
            return cls(**row)
        except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
            raise ValueError(f"not a post: {type(error).__name__} {error}") from error


_POST, _FETCH, _REPLY = (tuple(spec.name for spec in dataclasses.fields(cls)) for cls in (Post, FetchInfo, Reply))
