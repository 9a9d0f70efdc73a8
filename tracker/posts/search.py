"""Searching what the public said: newest first, a bounded share of the posts a page, so a common word costs no more than a rare one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from tracker.posts.fulltext import NEWEST, TextIndex
from tracker.posts.models import Post

POSTS: Final = TextIndex("posts_text", "posts_post", ("title", "body"))
_CANDIDATES: Final = (
    4  # candidates looked at for each post of a page: the index is exact but for words across punctuation
)


@dataclass(frozen=True, slots=True)
class Found:
    """`posts` with every word, newest first; `before` is the key to go on from, None at the end."""

    posts: tuple[Post, ...]
    before: int | None


def posts_with(words: str, *, before: int = NEWEST, limit: int = 30) -> Found:
    """At most `limit` posts below the key `before` that hold every one of `words` in title or body."""
    looked_at = limit * _CANDIDATES
    keys = POSTS.newest(words, before=before, limit=looked_at)
    rows = Post.objects.filter(pk__in=keys).select_related("event").prefetch_related("sightings").order_by("-pk")
    for word in words.split():
        rows = rows.filter(Q(title__icontains=word) | Q(body__icontains=word))
    found = tuple(rows[: limit + 1])
    if len(found) > limit:
        return Found(found[:limit], found[limit - 1].pk)
    return Found(found, keys[-1] if len(keys) == looked_at else None)
