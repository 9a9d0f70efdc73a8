"""The clock's part of learning: samples, drift, and a challenger only where the department wants one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.integration.test_learning_store import below, decide_many
from tracker.jobs.tasks import TASKS
from tracker.learning.champion import champion
from tracker.learning.models import Draw, DriftReading, ModelVersion
from tracker.posts.statements import in_force, statement_set

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]


def test_the_samples_of_yesterday_are_drawn_once():
    for n in range(8):
        below(f"小事{n}", 0.01, day=timezone.now() - timedelta(days=1))
    assert TASKS["audit"]("")
    assert not TASKS["audit"]("")
    assert Draw.objects.count() == 5


def test_drift_is_read_every_day_and_says_when_there_is_too_little():
    assert not TASKS["drift"]("")
    assert {r.state for r in DriftReading.objects.all()} == {"few"}


def test_a_challenger_is_built_only_where_it_is_wanted_and_never_promoted(desk):
    decide_many()
    assert not TASKS["retrain"]("")
    statement_set(
        kind="retrain", values={**in_force("retrain"), "on": True}, actor=desk.actor("admin"), now=timezone.now(),
        reason="研判够多了",
    )  # fmt: skip
    assert TASKS["retrain"]("")
    assert ModelVersion.objects.get().by == "system:retrain"
    assert champion() == ""


def test_too_few_verdicts_are_no_failure_of_the_job(desk):
    statement_set(
        kind="retrain", values={**in_force("retrain"), "on": True}, actor=desk.actor("admin"), now=timezone.now(),
        reason="先开着",
    )  # fmt: skip
    assert not TASKS["retrain"]("")
    assert not ModelVersion.objects.exists()
