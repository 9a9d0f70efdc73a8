"""What parsing a page gives: rows of a list, the parts of a post, or the sentence that says why it could not be read.

None of these has a place for an author, so an author's name has no way out of a parser; `voice` is a hash made there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from crawlers.causes import cause
from crawlers.records import Reply


class PageError(Exception):
    """A page that could not be read as the catalogue describes it: a cause, without any text of the page."""

    def __init__(self, code: str, /, **facts: object) -> None:
        self.cause = cause(code, **facts)
        super().__init__(self.cause.say())


class WallError(PageError):
    """A page that asks for a captcha or a login instead of answering; nothing here ever tries to pass one."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The facts of one post as its page gives them, unmasked: they live in memory only."""

    title: str
    body: str
    published_at: datetime | None
    reply: Reply | None = None
    counts: dict[str, int] = field(default_factory=dict)
    voice: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list: `digest` changes when the list says something new about the post.

    `parts` holds the whole post when the list carries it; `wrong` says why it could not be read from there.
    """

    key: str
    url: str
    title: str
    published_at: datetime | None
    digest: str
    parts: Parts | None = None
    wrong: PageError | None = None
    voice: str = ""


@dataclass(frozen=True, slots=True)
class ListPage:
    """The rows of one list page and where the next one is: an address, a cursor, or nothing; an index leads to `more` lists."""

    rows: tuple[Row, ...]
    next_url: str = ""
    cursor: str = ""
    more: tuple[str, ...] = ()


def row_digest(*values: object) -> str:
    """Hex sha256 of what a list row says, given without its author."""
    return sha256("\x1f".join(map(str, values)).encode()).hexdigest()
