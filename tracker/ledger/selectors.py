"""Reading the ledger: the timeline of one subject, the entries of a period."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from tracker.ledger.models import Entry, moment_text


def timeline(subject: str) -> QuerySet[Entry]:
    """The entries of `subject`, oldest first."""
    return Entry.objects.filter(subject=subject).order_by("seq")


def between(since: datetime, until: datetime) -> QuerySet[Entry]:
    """The entries of [since, until), oldest first."""
    return Entry.objects.filter(at__gte=moment_text(since), at__lt=moment_text(until)).order_by("seq")
