"""Figures for Prometheus: to whom, which, and that none names anybody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from tests.factories import make_event, make_risk
from tracker.accounts.actors import system_actor
from tracker.accounts.tokens import token_make
from tracker.jobs.models import JobRun
from tracker.ledger.services import ledger_head
from tracker.risks.lifecycle import State

pytestmark = pytest.mark.django_db


def key(name: str, role: str, **over) -> dict[str, str]:
    now = timezone.now()
    _row, text = token_make(
        user=name, name="prometheus", roles=[role], until=now + timedelta(days=1), by=system_actor("t"), now=now, **over
    )
    return {"Authorization": f"Bearer {text}"}


def figures(answer) -> dict[str, float]:
    return {
        sample.name + "".join(f"|{value}" for _label, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_the_figures_are_those_of_the_store(desk, web):
    make_risk(desk, State.HANDLING)
    make_risk(desk, State.CLOSED, level=1)
    make_event()
    JobRun.objects.create(job="intake", started_at=timezone.now() - timedelta(seconds=90), outcome="OSError: disk full")
    found = figures(Client().get("/metrics"))
    assert (found["yidan_risks|2|handling"], found["yidan_risks|1|closed"]) == (1, 1)
    assert found["yidan_queue_events"] == 1
    assert found["yidan_ledger_entries"] == ledger_head()[0]
    assert found["yidan_job_well|intake"] == 0
    assert 89 < found["yidan_job_age_seconds|intake"] < 120
    assert found["yidan_privacy_well"] == 0, "never checked is not well"


def test_no_figure_names_anybody(desk, web):
    risk = make_risk(desk, State.HANDLING)
    text = Client().get("/metrics").content.decode()
    for word in (risk.number, risk.problem, risk.place, "handler", desk.bureau.code):
        assert word not in text.replace('state="handling"', "")


@pytest.mark.parametrize(
    "meta",
    [{"REMOTE_ADDR": "10.0.0.9"}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, {"HTTP_FORWARDED": "for=127.0.0.1"},
     {"HTTP_X_REAL_IP": "127.0.0.1"}],
    ids=str,
)  # fmt: skip
def test_from_outside_it_does_not_exist_without_a_key(desk, web, meta):
    assert Client().get("/metrics", **meta).status_code == 404
    for name, role, expected in (("auditor", "auditor", 200), ("admin", "admin", 200), ("manager", "manager", 404)):
        assert Client().get("/metrics", headers=key(name, role), **meta).status_code == expected, name
    assert Client().get("/metrics", headers=key("auditor", "auditor", unit=desk.bureau), **meta).status_code == 404
    assert Client().get("/metrics", headers={"Authorization": "Bearer yd_x"}, **meta).status_code == 404
