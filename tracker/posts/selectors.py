"""Reading posts and events: the analyst's queue, one event with everything about it."""

from __future__ import annotations

import json

from django.db.models import QuerySet

from tracker.ledger.models import Entry
from tracker.posts.models import Decision, Event, Post


def queue() -> QuerySet[Event]:
    """Flagged events awaiting a verdict, most harmful first."""
    return Event.objects.filter(flagged=True, decision=Decision.PENDING).order_by("-harm", "id")


def after_in_queue(event: Event) -> Event | None:
    """The event that follows `event` in the queue, or the first one left."""
    later = queue().exclude(pk=event.pk).filter(harm__lte=event.harm).first()
    return later or queue().exclude(pk=event.pk).first()


def posts_of(event: Event) -> QuerySet[Post]:
    """The posts of `event`, gravest first, with where each was seen."""
    return Post.objects.filter(event=event).order_by("-level", "-risk", "id").prefetch_related("sightings")


def owed(event: int) -> QuerySet[Post]:
    """The posts of `event` to which no department has publicly replied yet: one answer owed each, however they came here."""
    return Post.objects.filter(event=event, reply="").order_by("published_at", "id").prefetch_related("sightings")


def regrouped_since(seq: int) -> tuple[int, list[tuple[int, int]]]:
    """(newest entry, [(post, event it stands in now)]) of what people moved after ledger entry `seq`.

    For whoever keeps events in memory: later posts near a moved one follow it.
    """
    entries = list(
        Entry.objects.filter(act__in=("event.merge", "event.unmerge", "event.split"), seq__gt=seq).order_by("seq")
    )
    posts = {post for entry in entries for post in json.loads(entry.data)["posts"]}
    rows = Post.objects.filter(pk__in=posts, event__isnull=False).order_by("pk").values_list("pk", "event_id")
    return (entries[-1].seq if entries else seq), [(post, event) for post, event in rows if event is not None]
