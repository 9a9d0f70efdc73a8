"""The tasks of learning: what is drawn for the blind audit, drift, and the weekly challenger where the department wants one."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

log = logging.getLogger("yidan.jobs")


def audit(_argument: str = "") -> bool:
    """Yesterday's blind samples, into the queue."""
    from tracker.learning.audit import audit_draw
    from tracker.learning.costs import threshold_now

    return audit_draw(now=datetime.now(UTC), threshold=threshold_now()) > 0


def drift(_argument: str = "") -> bool:
    """The last week beside the weeks before it."""
    from tracker.learning.champion import load, working
    from tracker.learning.drifting import drift_watch

    found = drift_watch(now=datetime.now(UTC), model=load(working()))
    for reading in found:
        if reading.state in ("some", "much"):
            log.warning("drift of %s: PSI %s over %s posts", reading.name, reading.psi, reading.count_now)
    return any(reading.count_now for reading in found)


def retrain(_argument: str = "") -> bool:
    """A challenger from the verdicts, compared and not promoted; nothing where the department has not switched it on."""
    from tracker.accounts.actors import system_actor
    from tracker.learning.errors import LearningRefused
    from tracker.learning.services import challenger_build
    from tracker.posts.statements import in_force

    if not in_force("retrain")["on"]:
        return False
    try:
        made = challenger_build(actor=system_actor("retrain"), now=datetime.now(UTC))
    except LearningRefused as refused:
        log.info("no challenger this week: %s", refused)
        return False
    log.info("challenger %s built from %s verdicts", made.version, made.rows)
    return True
