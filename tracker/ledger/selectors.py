"""Reading the ledger: the timeline of one subject, the entries of a period."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db.models import QuerySet

from tracker.ledger.models import Entry


def timeline(subject: str) -> QuerySet[Entry]:
    """The entries of `subject`, oldest first."""
    return Entry.objects.filter(subject=subject).order_by("seq")


def between(since: datetime, until: datetime) -> QuerySet[Entry]:
    """The entries of [since, until), oldest first. ISO 8601 UTC text sorts as time does."""
    low, high = (moment.astimezone(UTC).isoformat() for moment in (since, until))
    return Entry.objects.filter(at__gte=low, at__lt=high).order_by("seq")
