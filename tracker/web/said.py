"""A public post as a page shows it: masked text with its reasons, where it was published, never who wrote it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from tracker.posts.blind import leanings
from tracker.posts.models import Post
from tracker.web.marks import Run, clipped, found_runs, marked

SHOWN: Final = 1200  # characters of a body on a page; the rest is one click away
TITLE: Final = 300  # of a title; a board that puts everything there is read with the body
POSTS_SHOWN: Final = 20
AROUND: Final = 45  # characters before the first word found in a body


@dataclass(frozen=True, slots=True)
class Said:
    """`links` are (source, address) of the places it was seen at; `rest` is what did not fit."""

    id: int
    title: list[Run]
    body: list[Run]
    rest: str
    published_at: datetime | None
    likes: int
    links: tuple[tuple[str, str], ...]
    reply: str
    reply_by: str
    gone: bool


@dataclass(frozen=True, slots=True)
class Brief:
    """A post in a list of what was found: the words are marked, and of the body what stands around the first of them."""

    post: Post
    title: list[Run]
    body: list[Run]
    links: tuple[tuple[str, str], ...]


def brief(posts: Iterable[Post], words: str) -> list[Brief]:
    """`posts` (with their sightings prefetched) as they were found by `words`."""
    return [_brief(post, words.split()) for post in posts]


def _brief(post: Post, words: list[str]) -> Brief:
    near = min((at for word in words if (at := post.body.lower().find(word.lower())) >= 0), default=0)
    start = max(near - AROUND, 0)
    cut = post.body[start : start + 4 * AROUND]
    body = f"{'…' if start else ''}{cut}{'…' if start + len(cut) < len(post.body) else ''}"
    links = tuple((s.source, safe_link(s.url)) for s in post.sightings.all())
    return Brief(post, found_runs(post.title[:TITLE], words), found_runs(body, words), links)


def safe_link(url: str) -> str:
    """`url` when it is plain http or https with a host, else nothing: no other scheme is ever linked."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


def said(posts: Iterable[Post], *, whole: bool = False, blind: bool = False) -> list[Said]:
    """`posts` (with their sightings prefetched) for a page; `whole` prints each to its end, `blind` before the verdict (`posts.blind`)."""
    return [_said(post, len(post.body) if whole else SHOWN, blind=blind) for post in posts]


def _said(post: Post, limit: int, *, blind: bool) -> Said:
    title, body = marked(post.title, post.body, leanings(post.why) if blind else post.why)
    sightings = post.sightings.all()
    links = tuple((s.source, safe_link(s.url)) for s in sightings)
    shown = clipped(body, limit)
    title = clipped(title, TITLE)
    return Said(
        id=post.pk,
        title=title,
        body=shown,
        rest=post.body[sum(len(run.text) for run in shown) :],
        published_at=post.published_at,
        likes=post.likes,
        links=links,
        gone=bool(sightings) and all(s.gone_at for s in sightings),
        reply=post.reply,
        reply_by=post.reply_by,
    )
