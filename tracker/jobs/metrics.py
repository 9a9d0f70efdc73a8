"""`/metrics` for Prometheus: what waits, what stands where, which sources are blind, how far the ledger has grown.

Read from the store when asked, so that the figures are the same whichever process answers. No figure names a person, a post or a
place. To whoever may not ask it does not exist: only loopback (without a proxy in between) or a key of an auditor or administrator.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from crawlers.api import CatalogueError
from tracker.accounts.models import Role
from tracker.accounts.tokens import bearer
from tracker.intake.known import known_sources
from tracker.intake.selectors import coverage
from tracker.jobs.models import JobRun
from tracker.ledger.services import ledger_head
from tracker.outward.models import Delivery
from tracker.posts.selectors import queue
from tracker.privacy.models import Check
from tracker.risks.lifecycle import OPEN
from tracker.risks.models import Risk
from tracker.risks.selectors import overdue

_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


@require_safe
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures of this moment, in Prometheus' text format."""
    now = timezone.now()
    if not (_local(request) or _keyed(request, now)):
        raise Http404
    registry = CollectorRegistry()
    registry.register(_Figures(now))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _local(request: HttpRequest) -> bool:
    """True for a program on this machine. What a proxy passes on comes from loopback too, so any sign of one counts as outside."""
    return request.META.get("REMOTE_ADDR") in _LOOPBACK and not any(name in request.META for name in _FORWARDED)


def _keyed(request: HttpRequest, now: datetime) -> bool:
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    found = bearer(text.strip(), now) if scheme.lower() == "bearer" else None
    return found is not None and found.actor.has(Role.AUDITOR, Role.ADMIN) and not found.actor.scope


class _Figures(Collector):
    """Every figure, each from one query."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        """One family after the other."""
        risks = GaugeMetricFamily("yidan_risks", "Items of the sheet.", labels=["state", "level"])
        for row in Risk.objects.values("state", "level").annotate(n=Count("id")).order_by():
            risks.add_metric([row["state"], str(row["level"])], row["n"])
        yield risks
        yield _one(
            "yidan_risks_overdue", "Open items past their deadline.", overdue(Risk.objects.all(), self.now).count()
        )
        yield _one("yidan_risks_unanswered_late", "Open items whose public answer is late.", _unanswered(self.now))
        yield _one("yidan_queue_events", "Events that await a verdict.", queue().count())
        yield _one("yidan_ledger_entries", "Number of the newest entry of the ledger.", ledger_head()[0])
        yield _one(
            "yidan_spool_batches", "Sealed batches that await intake.", len(list(settings.ENV.spool.glob("*.jsonl")))
        )
        yield from self._sources()
        yield from self._jobs()
        waiting = Delivery.objects.filter(delivered_at=None, given_up_at=None).count()
        yield _one("yidan_webhooks_waiting", "Webhook messages that have not arrived yet.", waiting)
        lost = Delivery.objects.exclude(given_up_at=None).filter(hook__ended_at=None).count()
        yield _one("yidan_webhooks_given_up", "Webhook messages that never arrived.", lost)
        check = Check.objects.first()
        yield _one(
            "yidan_privacy_well",
            "1 when the last privacy self-check held, 0 otherwise.",
            int(bool(check and check.well)),
        )

    def _sources(self) -> Iterator[Metric]:
        """Sources that cannot be told count as blind: no figure here may look better than what we know."""
        try:
            found = coverage(known_sources(), self.now)
            due, blind = found.due, found.blind
        except (CatalogueError, OSError):
            due, blind = 0, 1
        yield _one("yidan_sources_due", "Sources that are switched on.", due)
        yield _one("yidan_sources_blind", "Sources switched on from which we see nothing.", blind)

    def _jobs(self) -> Iterator[Metric]:
        age = GaugeMetricFamily("yidan_job_age_seconds", "Since the last start of a job.", labels=["job"])
        well = GaugeMetricFamily("yidan_job_well", "1 when its last run did not fail.", labels=["job"])
        # Crawls are named after their sources; one figure for all of them would hide the one that fails.
        for job, started, outcome in JobRun.objects.values_list("job", "started_at", "outcome"):
            age.add_metric([job], (self.now - started).total_seconds())
            well.add_metric([job], int(outcome in ("", "ok", "not due yet")))
        yield age
        yield well


def _unanswered(now: datetime) -> int:
    return Risk.objects.filter(state__in=OPEN, answered_at=None, answer_due__lt=now).count()


def _one(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=value)
