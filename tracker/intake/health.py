"""How runs of sources ended: each kept once, with what its source looks like since, its alarms, and the posts it no longer has."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db import transaction

from crawlers.api import HEALTHY, CrawlReport
from tracker.intake.models import CrawlRun, SourceAlarm, SourceState
from tracker.posts.models import Sighting


@transaction.atomic
def crawl_record(*, report: CrawlReport) -> None:
    """Keep how a run ended, once; a report that comes again, or later than a newer one, changes nothing of its source."""
    causes = [cause.to_dict() for cause in report.causes]
    _run, first = CrawlRun.objects.get_or_create(
        # A child that was killed before it could name its run still ended somehow: that is a run of its own.
        run=report.run or uuid4().hex,
        source=report.source,
        defaults={
            "state": report.state,
            "reason": report.reason,
            "started_at": report.started_at,
            "finished_at": report.finished_at,
            "fetched": report.fetched,
            "new": report.new,
            "unchanged": report.unchanged,
            "failed": report.failed,
            "causes": causes,
            "page": report.page,
        },
    )
    if not first:
        return
    gone = Sighting.objects.filter(source=report.source, key__in=report.gone, gone_at=None)
    gone.update(gone_at=report.finished_at)
    if SourceState.objects.filter(source=report.source, last_run__gt=report.finished_at).exists():
        return
    last: dict[str, Any] = {"state": report.state, "reason": report.reason, "last_run": report.finished_at}
    last |= {"causes": causes, "page": report.page}
    if report.state != "skipped":
        last |= {"day_new": report.day_new, "day_usual": report.day_usual}
    if report.state in HEALTHY:
        last["last_success"] = report.finished_at
    SourceState.objects.update_or_create(source=report.source, defaults=last)
    _alarms_keep(report)


def _alarms_keep(report: CrawlReport) -> None:
    """Raise what is new, go on with what lasts, and clear everything once the source is healthy again."""
    if report.state in HEALTHY:
        SourceAlarm.objects.filter(source=report.source, cleared_at=None).update(cleared_at=report.finished_at)
        return
    for alarm in report.alarms:
        said = {"cause": alarm.cause.to_dict(), "last_at": report.finished_at}
        said |= {"page": report.page} if report.page else {}
        SourceAlarm.objects.update_or_create(
            source=report.source,
            kind=alarm.kind,
            cleared_at=None,
            defaults=said,
            create_defaults={**said, "raised_at": report.finished_at},
        )
