"""APScheduler, wired: jobs from `schedule`, work on the engine, the last run of each in the store."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from django.db import close_old_connections

from crawlers.api import CatalogueError, Source
from tracker.intake.known import known_sources
from tracker.jobs.engine import Engine
from tracker.jobs.leader import Deposed, term_hold
from tracker.jobs.models import JobRun
from tracker.jobs.schedule import Job, first_run, jobs
from tracker.jobs.tasks import perform
from tracker.logs import bound
from tracker.risks.clocks import SHANGHAI

log = logging.getLogger("yidan.jobs")
# Crawls wait for the network, so several at once; the engine limits what computes.
THREADS = 6
CATALOGUE = "catalogue"
LOOK_SECONDS = 30
ASKED = "wishes"  # has a thread of its own, so that what people start waits for no scheduled crawl


def run_job(job: Job, engine: Engine, term: int) -> None:
    """One run of `job` in this `term`, remembered before and after; a failure is remembered as its sentence and harms nothing else.

    A term that is over starts nothing any more, however long its process has slept.
    """
    close_old_connections()
    try:
        term_hold(number=term, now=datetime.now(UTC))
    except Deposed as over:
        log.info("job %s is not started: %s", job.name, over)
        close_old_connections()
        return
    JobRun.objects.update_or_create(
        job=job.name, defaults={"started_at": datetime.now(UTC), "finished_at": None, "outcome": ""}
    )
    outcome = "ok"
    try:
        # A crawl waits for a process it starts itself: here it must not hold the one worker; a cluster has room, and is meant to do it.
        run = perform if job.own_process and engine.local else engine.run
        run(job.task, job.argument)
    except Exception as error:
        outcome = f"{type(error).__name__}: {error}"
        with bound(job=job.name):
            log.exception("job %s failed", job.name)
    JobRun.objects.filter(job=job.name).update(finished_at=datetime.now(UTC), outcome=outcome)
    close_old_connections()


def start(sources: Mapping[str, Source], engine: Engine, term: int) -> BackgroundScheduler:
    """A running scheduler that starts jobs in this `term`. A job whose time passed while the machine was off runs once, now."""
    scheduler = BackgroundScheduler(
        timezone=SHANGHAI,
        executors={"default": ThreadPoolExecutor(THREADS), ASKED: ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    last = dict(JobRun.objects.values_list("job", "started_at"))
    now = datetime.now(UTC)
    for job in jobs(sources):
        _add(scheduler, job, engine, term, first_run(job, last.get(job.name), now))
        if job.name not in last and not job.at_once:
            JobRun.objects.create(job=job.name, started_at=now, finished_at=now, outcome="not due yet")
    scheduler.add_job(
        _look_at_catalogue, "interval", seconds=LOOK_SECONDS, args=[scheduler, engine, term], id=CATALOGUE
    )
    scheduler.start()
    return scheduler


def _add(scheduler: BackgroundScheduler, job: Job, engine: Engine, term: int, first: datetime | None) -> None:
    extra: dict[str, Any] = {"next_run_time": first} if first else {}
    if job.task == ASKED:
        extra["executor"] = ASKED
    scheduler.add_job(run_job, job.trigger, args=[job, engine, term], id=job.name, name=job.name, **extra)


def _look_at_catalogue(scheduler: BackgroundScheduler, engine: Engine, term: int) -> None:
    """While a file of the catalogue is wrong, what was scheduled before goes on: a slip must not end every crawl."""
    try:
        follow(scheduler, known_sources(), engine, term)
    except CatalogueError as error:
        log.warning("the schedule stays as it was: %s", error)


def follow(scheduler: BackgroundScheduler, sources: Mapping[str, Source], engine: Engine, term: int) -> None:
    """Bring the scheduled crawls in line with the catalogue as it is now; those that did not change keep their time."""
    wanted = {job.name: job for job in jobs(sources) if job.task == "crawl"}
    held = {row.id: row for row in scheduler.get_jobs() if row.id.startswith("crawl:")}
    for name in held.keys() - wanted.keys():
        held[name].remove()
    for name, job in wanted.items():
        if name not in held:
            last = JobRun.objects.filter(job=name).values_list("started_at", flat=True).first()
            _add(scheduler, job, engine, term, first_run(job, last, datetime.now(UTC)))
        elif held[name].trigger.interval != job.trigger.interval:  # type: ignore[attr-defined] # a crawl's is one
            held[name].reschedule(job.trigger)
