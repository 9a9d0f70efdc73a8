"""What runs when, as data: one spec a job, built anew at every start from the catalogue, so no job store can go stale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from crawlers.api import Source
from tracker.risks.clocks import SHANGHAI

INTAKE_SECONDS = 3
CLOCKS_SECONDS = 60
WEBHOOKS_SECONDS = 15
PAPERS_AT = "08:30"


class Trigger(Protocol):
    """The part of APScheduler's trigger that deciding needs."""

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        """The first time after `previous` (or from `now`, when there is none)."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job: its name, the task that does one unit of it, the task's argument and when it fires.

    `at_once` says what a job that has never run does at the first start: run, or wait for its time. `own_process` marks a task
    that only waits for a process it starts itself, so that it must not hold a worker meanwhile.
    """

    name: str
    task: str
    trigger: Trigger
    argument: str = ""
    at_once: bool = True
    own_process: bool = False


def jobs(sources: Mapping[str, Source]) -> list[Job]:
    """Every job of this installation: a crawl for each source that is switched on, intake, the text index, the clocks, the notices and digests, webhooks, privacy, statistics, ledger, the papers and their previews."""
    crawls = [
        Job(f"crawl:{name}", "crawl", _every(source.pace.every, jitter=source.pace.every * 0.1), name, own_process=True)
        for name, source in sorted(sources.items())
        if source.enabled and source.crawled
    ]
    hour, minute = PAPERS_AT.split(":")
    return [
        *crawls,
        Job("wishes", "wishes", _every(INTAKE_SECONDS), own_process=True),
        Job("intake", "intake", _every(INTAKE_SECONDS)),
        Job("texts", "texts", _every(INTAKE_SECONDS)),
        Job("clocks", "clocks", _every(CLOCKS_SECONDS)),
        Job("notices", "notices", _every(CLOCKS_SECONDS)),
        # When the office has just opened: the task itself knows that a free day has none.
        Job("digests", "digests", CronTrigger(hour=8, minute=35, timezone=SHANGHAI), at_once=False),
        Job("mail", "mail", _every(CLOCKS_SECONDS)),
        Job("webhooks", "webhooks", _every(WEBHOOKS_SECONDS)),
        # At night, when reading every text disturbs nobody.
        Job("privacy", "privacy", CronTrigger(hour=3, minute=20, timezone=SHANGHAI), at_once=False),
        # Also at the first start: without its statistics a store plans by guesses, and a large one then reads far too much.
        Job("statistics", "statistics", CronTrigger(hour=3, minute=50, timezone=SHANGHAI)),
        # What somebody wrote into the store behind the program is found by morning.
        Job("ledger", "ledger", CronTrigger(hour=4, minute=10, timezone=SHANGHAI), at_once=False),
        # Where computing takes long nobody waits for it in office hours; where not, the task has nothing to do.
        Job("previews", "previews", CronTrigger(hour="7-19", minute="*/10", timezone=SHANGHAI), at_once=False),
        # Every morning: the task itself knows which papers are ripe, and that a free day has none.
        Job("papers", "papers", CronTrigger(hour=hour, minute=minute, timezone=SHANGHAI), at_once=False),
        # Before the office opens: the samples of yesterday stand in the queue when the analyst comes.
        Job("drift", "drift", CronTrigger(hour=5, minute=30, timezone=SHANGHAI), at_once=False),
        Job("audit", "audit", CronTrigger(hour=6, minute=10, timezone=SHANGHAI), at_once=False),
        Job("retrain", "retrain", CronTrigger(day_of_week="sun", hour=3, timezone=SHANGHAI), at_once=False),
    ]


def _every(seconds: float, jitter: float = 0) -> Trigger:
    trigger: Trigger = IntervalTrigger(seconds=max(int(seconds), 1), jitter=int(jitter) or None, timezone=SHANGHAI)
    return trigger


def first_run(job: Job, last: datetime | None, now: datetime) -> datetime | None:
    """When `job` runs first after a start at `now`: at once if its time passed while the machine was off, else at its time.

    None leaves it to the trigger. However many runs were missed, it runs once.
    """
    if last is None:
        return now if job.at_once else None
    due = job.trigger.get_next_fire_time(last, last)
    return now if due is not None and due <= now else None
