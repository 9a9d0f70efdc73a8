"""Reading posts and events: the analyst's queue, one event with everything about it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

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


def opened(since: datetime, until: datetime) -> QuerySet[Event]:
    """Events whose first post was discovered in [since, until): each event belongs to one day."""
    seen = Post.objects.filter(event__isnull=False, discovered_at__gte=since, discovered_at__lt=until)
    earlier = Post.objects.filter(event=OuterRef("pk"), discovered_at__lt=since)
    return Event.objects.filter(~Exists(earlier), pk__in=seen.values("event"))


def owed(event: int) -> QuerySet[Post]:
    """The posts of `event` to which no department has publicly replied yet: one answer owed each, however they came here."""
    return Post.objects.filter(event=event, reply="").order_by("published_at", "id").prefetch_related("sightings")
