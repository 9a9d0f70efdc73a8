"""The schedule follows the catalogue while it runs: a card that was edited counts without a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from tracker.demo.seed import catalogue_write
from tracker.intake.known import known_sources
from tracker.jobs import scheduler as scheduling
from tracker.jobs.models import JobRun
from tracker.risks.clocks import SHANGHAI

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(web):
    (web / "catalogue").mkdir()
    catalogue_write(web / "catalogue", "http://127.0.0.1:9")
    return web / "catalogue"


def edit(folder, name, old, new):
    path = next(path for path in folder.glob("*.toml") if f'name = "{name}"' in path.read_text("utf-8"))
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def crawls(running):
    return {job.id: job.trigger.interval for job in running.get_jobs()}


def test_sources_come_go_and_change_their_interval(folder):
    running = BackgroundScheduler(timezone=SHANGHAI)
    follow = lambda: scheduling.follow(running, known_sources(), None, 1)  # noqa: E731 - said once, called five times
    follow()
    assert set(crawls(running)) == {"crawl:demo-api", "crawl:demo-pages"}
    edit(folder, "demo-api", "enabled = true", "enabled = false")
    edit(folder, "demo-pages", "every = ", "every = 4321 # ")
    follow()
    assert crawls(running) == {"crawl:demo-pages": timedelta(seconds=4321)}
    edit(folder, "demo-api", "every = ", "every = 4321 # ")
    asked = datetime.now(UTC) - timedelta(seconds=5)
    JobRun.objects.create(job="crawl:demo-api", started_at=asked, outcome="ok")
    edit(folder, "demo-api", "enabled = false", "enabled = true")
    follow()
    assert set(crawls(running)) == {"crawl:demo-api", "crawl:demo-pages"}
    again = running.get_job("crawl:demo-api")
    assert not hasattr(again, "next_run_time"), "off and on again asks the board no sooner"


def test_a_file_that_is_wrong_ends_no_crawl(folder, caplog):
    running = BackgroundScheduler(timezone=SHANGHAI)
    scheduling._look_at_catalogue(running, None, 1)
    before = crawls(running)
    edit(folder, "demo-api", "enabled = true", "enabeld = true")
    scheduling._look_at_catalogue(running, None, 1)
    assert crawls(running) == before
    assert "the schedule stays as it was" in caplog.text
