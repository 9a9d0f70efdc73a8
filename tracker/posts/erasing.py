"""The words of posts go, the fact that they were there stays: their digest, so that no crawl brings them back.

On SQLite a changed row leaves its old bytes in the file; the store is told to overwrite them, and the log is emptied after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from tracker.posts.models import Decision, Event, Post
from tracker.posts.services import event_refresh

CHUNK = 500
# What stands where the title stood; the store keeps Chinese, as everywhere.
EXPIRED, REQUESTED = "［原文已按期清除］", "［原文已应要求删除］"


# Posts that no risk on the sheet stands on.
STRAY = Q(event=None) | ~Q(event__decision=Decision.CONFIRMED)


def off_the_sheet(before: datetime) -> QuerySet[Post]:
    """Posts discovered before `before` that no risk on the sheet stands on and whose words are still there."""
    return Post.objects.filter(STRAY, discovered_at__lt=before, erased_at=None)


def posts_erase(posts: Iterable[int], *, note: str, now: datetime, only: Q | None = None) -> int:
    """Remove the words of `posts`, a few hundred in a transaction; returns how many. Their events are called by `note` then.

    An event on the sheet keeps its problem, which is the department's own description. `only` is asked again behind the lock of the
    events: what an analyst lists while this runs keeps its words.
    """
    overwrite()
    done, keys = 0, iter(posts)
    while chunk := list(islice(keys, CHUNK)):
        with transaction.atomic():
            events = set(Post.objects.filter(pk__in=chunk).exclude(event=None).values_list("event", flat=True))
            list(Event.objects.select_for_update().filter(pk__in=events).order_by("pk").values_list("pk", flat=True))
            going = Post.objects.filter(only or Q(), pk__in=chunk, erased_at=None)
            titles = dict(going.values_list("pk", "title"))
            done += Post.objects.filter(pk__in=titles).update(
                title=note, body="", reply="", reply_by="", why=[], signature=b"", voice="", erased_at=now
            )
            event_refresh(events)
            _rename(events, set(titles.values()), note)
    return done


def _rename(events: Iterable[int], titles: set[str], note: str) -> None:
    """Events that bear the words of a post that is gone: on the sheet the problem's description, elsewhere the note."""
    cut = {title[:200] for title in titles}
    for event in Event.objects.filter(pk__in=list(events), title__in=cut):
        risk = event.risk_item.order_by("-pk").first()
        Event.objects.filter(pk=event.pk).update(title=(risk.problem[:200] if risk else note))


def overwrite() -> None:
    """Before the transaction that erases: SQLite overwrites the bytes of what is gone."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")


def settle() -> None:
    """After erasing: nothing of what is gone stays behind in the log of the store."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def by_link(url: str) -> Iterator[Post]:
    """The posts that were seen at the public address `url`, written with or without a slash at its end."""
    plain = url.strip().rstrip("/")
    yield from Post.objects.filter(sightings__url__in=[plain, f"{plain}/"]).distinct()
