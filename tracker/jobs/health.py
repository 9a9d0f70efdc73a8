"""Two addresses for whoever watches the service: `/healthz` says it is alive, `/readyz` that it does its work.

Ready means: the schema is this program's, the scheduler has started a job within three minutes, and no sealed batch has been
waiting in the spool for more than ten. Both answer in JSON and tell nothing of the public's words or of people.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import Max
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from tracker.jobs.models import JobRun

SCHEDULER_SILENT = timedelta(minutes=3)
SPOOL_WAITS = 600.0


@require_safe
@login_not_required
def healthz(_request: HttpRequest) -> JsonResponse:
    """Alive: this process answers."""
    return JsonResponse({"alive": True})


@require_safe
@login_not_required
def readyz(_request: HttpRequest) -> JsonResponse:
    """Ready: 200, or 503 with one sentence for each thing that is not."""
    problems = unready(datetime.now(UTC), settings.ENV.spool)
    return JsonResponse({"ready": not problems, "problems": problems}, status=503 if problems else 200)


def unready(now: datetime, spool: Path) -> list[str]:
    """A sentence for each reason why the service does not do its work; empty when it does."""
    try:
        loader = MigrationLoader(connection)
        if set(loader.disk_migrations) - set(loader.applied_migrations):
            return ["The store's schema is older than this program."]
        seen = JobRun.objects.aggregate(seen=Max("started_at"))["seen"]
    except DatabaseError:
        return ["The store does not answer."]
    problems = []
    if seen is None or now - seen > SCHEDULER_SILENT:
        problems.append("The scheduler has started no job within three minutes.")
    if waiting := _longest_wait(spool):
        problems.append(f"A batch has been waiting in the spool for {waiting:.0f} s.")
    return problems


def _longest_wait(spool: Path) -> float:
    """Seconds the oldest sealed batch has waited, 0 when that is within bounds."""
    oldest = min((path.stat().st_mtime for path in spool.glob("*.jsonl")), default=time.time())
    waited = time.time() - oldest
    return waited if waited > SPOOL_WAITS else 0.0
