"""What must happen to incoming posts: which are new, which are known and changed, which are known from elsewhere.

A post is known by (source, key); the same words at the same time on another board are one more sighting of the same post.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from crawlers.records import Post as Record
from tracker.posts.models import Sighting


@dataclass(slots=True)
class Work:
    """The posts of one source in one batch, sorted by what must happen to them."""

    new: list[Record] = field(default_factory=list)
    changed: list[tuple[Record, Sighting]] = field(default_factory=list)
    elsewhere: list[tuple[Record, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Twin:
    """A stored post with the words of an incoming one, and where it has been seen."""

    post: int
    revision: str
    sources: set[str] = field(default_factory=set)


def sort(posts: Sequence[Record]) -> Work:
    """Compare `posts`, all of one source, with the store; reads only."""
    known = {(s.source, s.key): s for s in _sightings(posts)}
    twins = _twins(posts)
    work, here = Work(), set(known)
    for post in posts:
        name = (post.source, post.key)
        if name in known:
            if known[name].revision != post.revision:
                work.changed.append((post, known[name]))
        elif name not in here:
            here.add(name)
            if twin := _twin_of(post, twins.get(post.digest, [])):
                twin.sources.add(post.source)
                work.elsewhere.append((post, twin.post))
            else:
                work.new.append(post)
    return work


def _twin_of(post: Record, twins: Sequence[_Twin]) -> _Twin | None:
    """The stored post with the same words that this source has not shown yet, if possible the one with the same answer too."""
    free = [twin for twin in twins if post.source not in twin.sources]
    return next((twin for twin in free if twin.revision == post.revision), free[0] if free else None)


def _sightings(posts: Sequence[Record]) -> Iterable[Sighting]:
    by_source: dict[str, list[str]] = {}
    for post in posts:
        by_source.setdefault(post.source, []).append(post.key)
    for source, keys in by_source.items():
        yield from Sighting.objects.filter(source=source, key__in=keys)


def _twins(posts: Sequence[Record]) -> dict[str, list[_Twin]]:
    """Digest → stored posts of it, each with the sources it has been seen at: a board may hold the same words twice."""
    found: dict[str, dict[int, _Twin]] = {}
    rows = Sighting.objects.filter(post__digest__in={p.digest for p in posts}).order_by("post_id")
    for digest, pk, revision, source in rows.values_list("post__digest", "post_id", "post__revision", "source"):
        found.setdefault(digest, {}).setdefault(pk, _Twin(pk, revision)).sources.add(source)
    return {digest: list(by_post.values()) for digest, by_post in found.items()}
