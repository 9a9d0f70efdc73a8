"""Watching for drift: once a day the last week beside the weeks before it, of what comes in and of what the model says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from analysis.api import Analyser, Drift, drift
from analysis.records import Text
from tracker.learning.models import DriftReading
from tracker.posts.models import Post
from tracker.risks.clocks import SHANGHAI

WEEK: Final = timedelta(days=7)
BEFORE: Final = timedelta(days=56)
SCORES: Final = 5000  # posts a side whose stored figures are compared
READ: Final = 400  # posts a side that are read again for their words


def drift_watch(*, now: datetime, model: Analyser) -> list[DriftReading]:
    """Compare and keep the readings of today; a second call on the same day replaces them.

    Scores are compared among posts that this very model assessed: another model's scores differ without any drift.
    """
    day = now.astimezone(SHANGHAI).date()
    found = [_scores(now, model.version), _lengths(now), _unknown(now, model)]
    with transaction.atomic():
        DriftReading.objects.filter(day=day).delete()
        return DriftReading.objects.bulk_create(
            DriftReading(
                day=day, name=d.name, state=d.state, psi=d.psi, now=d.now, before=d.before, count_now=d.count_now,
                count_before=d.count_before,
            )
            for d in found
        )  # fmt: skip


def _sides(now: datetime) -> tuple[QuerySet[Post], QuerySet[Post]]:
    """(the weeks before, the last week), newest first."""
    week = now - WEEK
    posts = Post.objects.order_by("-id")
    before = posts.filter(discovered_at__gte=week - BEFORE, discovered_at__lt=week)
    return before, posts.filter(discovered_at__gte=week, discovered_at__lt=now)


def _scores(now: datetime, version: str) -> Drift:
    before, last = (list(side.filter(model=version).values_list("risk", flat=True)[:SCORES]) for side in _sides(now))
    return drift("score", before, last)


def _lengths(now: datetime) -> Drift:
    before, last = (
        [float(len(title) + len(body)) for title, body in side.values_list("title", "body")[: SCORES // 5]]
        for side in _sides(now)
    )
    return drift("length", before, last)


def _unknown(now: datetime, model: Analyser) -> Drift:
    before, last = (
        [model.unknown_share(Text("", title, body)) for title, body in side.values_list("title", "body")[:READ]]
        for side in _sides(now)
    )
    return drift("unknown", before, last)


def latest() -> list[DriftReading]:
    """The readings of the last day on which there are any."""
    last = DriftReading.objects.order_by("-day").first()
    return list(DriftReading.objects.filter(day=last.day).order_by("id")) if last else []
