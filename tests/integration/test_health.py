"""Alive and ready are two things, and ready says what is missing."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

import pytest

from crawlers.api import seal
from tests.integration.test_intake import post
from tracker.jobs.health import unready
from tracker.jobs.models import JobRun

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.mark.django_db
def test_a_stranger_may_ask_and_learns_nothing_else(client, web):
    assert client.get("/healthz").json() == {"alive": True}
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["The scheduler has started no job within three minutes."]
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize(("ago", "ready"), [(10, True), (179, True), (181, False)])
def test_the_scheduler_must_have_been_seen(tmp_path, ago, ready):
    JobRun.objects.create(job="clocks", started_at=NOW - timedelta(seconds=ago))
    assert (unready(NOW, tmp_path) == []) is ready


@pytest.mark.django_db
def test_a_spool_that_does_not_drain_is_not_ready(tmp_path):
    JobRun.objects.create(job="clocks", started_at=NOW)
    (path,) = seal([post(1)], "a", tmp_path)
    assert unready(NOW, tmp_path) == []
    os.utime(path, (time.time() - 700, time.time() - 700))
    assert "waiting in the spool" in unready(NOW, tmp_path)[0]
