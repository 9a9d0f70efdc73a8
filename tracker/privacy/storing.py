"""A self-check is kept, and said in the ledger: that it was made, by whom, and whether all promises held."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import transaction

from tracker.accounts.actors import Actor
from tracker.accounts.entries import entry_append
from tracker.privacy.check import OnProgress, examine, kept
from tracker.privacy.models import Check

KEPT = 60


def check_run(
    *, home: Path, actor: Actor, now: datetime, rows: int | None = None, on_progress: OnProgress | None = None
) -> Check:
    """Make a self-check (`rows`: of the newest of each column only) and keep it with the last few."""
    findings = examine(home=home, now=now, rows=rows, on_progress=on_progress)
    with transaction.atomic():
        check = Check.objects.create(
            at=now, by=actor.username, whole=rows is None, well=all(f.well for f in findings), findings=kept(findings)
        )
        Check.objects.exclude(pk__in=list(Check.objects.values_list("pk", flat=True)[:KEPT])).delete()
        data = {"well": check.well, "whole": check.whole, "failed": [f.code for f in findings if not f.well]}
        entry_append(act="privacy.check", subject="privacy:check", actor=actor, now=now, data=data)
    return check
