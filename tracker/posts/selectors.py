"""Reading posts and events: the analyst's queue, one event with everything about it."""

from __future__ import annotations

from django.db.models import QuerySet

from tracker.posts.models import Decision, Event, Post


def queue() -> QuerySet[Event]:
    """Events awaiting a verdict, most harmful first: what was flagged, and the blind samples that nothing sets apart."""
    return Event.objects.filter(queued=True, decision=Decision.PENDING).order_by("-harm", "id")


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
