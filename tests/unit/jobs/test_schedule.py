"""What was missed while the machine was off runs once at start, and nothing runs early."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from hypothesis import given
from hypothesis import strategies as st

from tracker.jobs.schedule import Job, first_run, jobs
from tracker.jobs.tasks import TASKS
from tracker.risks.clocks import SHANGHAI

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
EVERY_MINUTE = Job("clocks", "clocks", IntervalTrigger(seconds=60, timezone=SHANGHAI))
MORNINGS = Job("weekly", "weekly", CronTrigger(hour=8, minute=30, timezone=SHANGHAI), at_once=False)


def test_a_job_that_never_ran_starts_at_once_or_waits_for_its_time():
    assert first_run(EVERY_MINUTE, None, NOW) == NOW
    assert first_run(MORNINGS, None, NOW) is None


@pytest.mark.parametrize(("off_for", "runs_now"), [(timedelta(seconds=5), False), (timedelta(hours=5), True)])
def test_an_interval_that_passed_while_off_runs_once(off_for, runs_now):
    assert (first_run(EVERY_MINUTE, NOW - off_for, NOW) == NOW) is runs_now


def test_a_morning_that_passed_while_off_runs_once():
    last = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)  # Friday 09:00 in Shanghai, after its time
    assert first_run(MORNINGS, last, datetime(2026, 11, 20, 10, tzinfo=UTC)) is None
    assert first_run(MORNINGS, last, NOW) == NOW  # Monday 10:00: three mornings passed


@given(seconds=st.integers(0, 10**6))
def test_nothing_runs_before_its_interval_is_over(seconds):
    first = first_run(EVERY_MINUTE, NOW - timedelta(seconds=seconds), NOW)
    assert (first is not None) is (seconds >= 60)


def test_every_job_has_its_task():
    assert {job.task for job in jobs({})} <= set(TASKS)
    assert {job.name for job in jobs({})} == {
        "wishes", "intake", "texts", "clocks", "notices", "digests", "mail", "papers", "previews", "drift", "audit", "retrain", "webhooks", "privacy", "statistics", "ledger",
    }  # fmt: skip
