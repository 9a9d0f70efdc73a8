"""A clock that jumps: the chain and the sheet hold, nothing is given twice, and what was put off under the wrong time is sent all the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.test_outbox import Outside, put, robot
from tests.factories import NOW, advance, make_desk, make_event, make_risk
from tracker.jobs.leader import Deposed, term_begin, term_hold
from tracker.jobs.schedule import first_run, jobs
from tracker.ledger.services import ledger_verify
from tracker.notify.models import Outgoing
from tracker.notify.outbox import outgoing_send
from tracker.outward.hooks import deliveries_queue, deliveries_send, hook_add
from tracker.outward.models import Delivery
from tracker.risks.audit import sheet_verify
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk

pytestmark = pytest.mark.django_db
AHEAD = NOW + timedelta(days=400)
BACK = NOW - timedelta(days=3)


@pytest.fixture
def desk():
    return make_desk()


def test_acts_under_any_time_leave_the_books_whole(desk):
    risk = make_risk(desk, now=NOW)
    for step, now in (
        ("assign", BACK), ("sign", AHEAD), ("attach", NOW), ("submit", AHEAD), ("send_back", BACK), ("submit", NOW), ("verify", BACK),
    ):  # fmt: skip
        risk = advance(desk, risk, step, now=now)
    assert risk.state == State.CLOSED
    for number, now in enumerate((AHEAD, NOW, AHEAD, BACK)):
        make_risk(desk, event=make_event(f"{number}号桥", now=now), now=now)
    assert ledger_verify() is None
    assert list(sheet_verify()) == []
    numbers = sorted(Risk.objects.values_list("number", flat=True))
    assert numbers == ["YD-2026-00001", "YD-2026-00002", "YD-2026-00003", "YD-2027-00001", "YD-2027-00002"]


def test_what_failed_under_a_clock_that_ran_ahead_is_sent_when_it_is_right_again(desk):
    robot(desk)
    put(level=3)
    assert outgoing_send(now=AHEAD, send=Outside(error=OSError("no route"))) == 0
    assert Outgoing.objects.get().next_at > AHEAD
    assert outgoing_send(now=NOW, send=Outside()) == 1


def test_a_webhook_too(desk, settings):
    from tracker.accounts.actors import system_actor

    hook_add(name="city", url="https://city.example/news", by=system_actor("tests"), now=NOW)
    make_risk(desk)
    deliveries_queue(now=AHEAD)
    assert deliveries_send(clock=lambda: AHEAD, send=lambda *_: 500) == 0
    assert Delivery.objects.get().next_at > AHEAD
    assert deliveries_send(clock=lambda: NOW, send=lambda *_: 204) == 1


def test_a_leader_is_known_by_its_number_and_not_by_the_time():
    first = term_begin(now=AHEAD)
    second = term_begin(now=BACK)
    assert second == first + 1
    term_hold(number=second, now=NOW)
    with pytest.raises(Deposed):
        term_hold(number=first, now=AHEAD)


@pytest.mark.parametrize("job", [job for job in jobs({}) if job.at_once], ids=lambda job: job.name)
def test_a_job_that_ran_in_the_future_waits_for_its_next_time_only(job):
    now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    assert first_run(job, AHEAD, now) is None
    following = job.trigger.get_next_fire_time(None, now)
    assert following is not None
    assert following - now < timedelta(days=8)
