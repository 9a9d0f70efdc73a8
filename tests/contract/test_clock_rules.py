"""What keeps a clock, what moves it, and what listed in error means: the rules of ADR 8, on the real store."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from tests.contract.test_acts import refused_and_nothing_written
from tests.factories import NOW, advance, make_desk, make_event, make_risk
from tests.unit.risks.test_clocks import slow_due
from tracker.ledger.models import Entry
from tracker.posts.models import Event, Verdict
from tracker.posts.services import VerdictRefused, event_restore
from tracker.risks import services
from tracker.risks.audit import sheet_verify
from tracker.risks.calendars import official
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk
from tracker.risks.selectors import overdue, past_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return make_desk()


def hazard(desk, state=State.HANDLING, level=1, title="护栏", **over):
    """Hazards of level 1, 2 and 3 have 15, 7 and 3 working days."""
    return make_risk(desk, state, level=level, event=make_event(title, signals="S"), **over)


def relevel(desk, risk, level, now, who="manager"):
    return services.risk_relevel(
        risk=risk.pk, version=risk.version, actor=desk.actor(who), now=now, level=level, reason="重估"
    )


def working_days(start, days):
    return slow_due(start, days, lambda day: official(day).working)


class TestAppliedInTime:
    def test_it_is_not_late_however_long_it_is_verified(self, desk):
        risk = hazard(desk, State.SUBMITTED)
        later = risk.treat_due + timedelta(days=30)
        assert not overdue(Risk.objects.all(), later).exists()
        assert [purpose for _risk, purpose in past_due(later)] == []
        for purpose in ("treat", "overdue"):
            assert not services.risk_breach(risk=risk.pk, purpose=purpose, now=later)

    def test_sent_back_it_is_as_late_as_if_nobody_had_applied(self, desk):
        risk = hazard(desk, State.SUBMITTED)
        later = risk.treat_due + timedelta(days=30)
        back = advance(desk, risk, "send_back", now=later)
        assert back.treat_due == risk.treat_due
        assert list(overdue(Risk.objects.all(), later)) == [back]
        assert {purpose for _risk, purpose in past_due(later)} >= {"treat", "overdue"}

    def test_applied_late_it_stays_late_until_it_is_struck_off(self, desk):
        risk = hazard(desk)
        late = risk.treat_due + timedelta(hours=1)
        risk = advance(desk, advance(desk, risk, "attach", now=late), "submit", now=late)
        assert overdue(Risk.objects.all(), late).exists()
        advance(desk, risk, "verify", now=late)
        assert not overdue(Risk.objects.all(), late).exists()


@pytest.mark.parametrize("purpose", ["sign", "treat", "answer", "overdue"])
def test_no_deadline_is_recorded_before_it_has_passed(desk, purpose):
    """Whoever looked earlier may have seen another deadline than the one that holds."""
    risk = make_risk(desk, State.ASSIGNED)
    assert not services.risk_breach(risk=risk.pk, purpose=purpose, now=NOW)
    assert services.risk_breach(risk=risk.pk, purpose=purpose, now=NOW + timedelta(days=60))


class TestLevelAndClock:
    def test_raised_the_new_period_counts_from_the_raise(self, desk):
        risk, now = hazard(desk), NOW + timedelta(days=4)
        raised = relevel(desk, risk, 3, now)
        assert raised.treat_due == working_days(now, 3) < risk.treat_due
        book = raised.arithmetic["treat"]
        assert datetime.fromisoformat(book["start"]) == NOW
        assert book["levels"] == [[now.isoformat(), 1, 3, risk.arithmetic["treat"]["due"]]]
        data = json.loads(Entry.objects.order_by("-seq")[0].data)
        assert datetime.fromisoformat(data["due"]["treat"]) == raised.treat_due
        assert datetime.fromisoformat(data["was_due"]["treat"]) == risk.treat_due
        assert list(sheet_verify()) == []

    def test_raised_shortly_before_the_end_no_time_is_given(self, desk):
        risk = hazard(desk)
        raised = relevel(desk, risk, 2, risk.treat_due - timedelta(hours=3))
        assert (raised.treat_due, raised.arithmetic) == (risk.treat_due, risk.arithmetic)

    def test_raised_and_lowered_again_it_ends_where_it_began(self, desk):
        risk, now = hazard(desk), NOW + timedelta(days=1)
        again = relevel(desk, relevel(desk, risk, 3, now), 1, now + timedelta(hours=1))
        assert again.treat_due == risk.treat_due
        assert "counted_from" not in again.arithmetic["treat"]
        assert list(sheet_verify()) == []

    def test_lowered_it_has_what_the_level_always_had(self, desk):
        risk = hazard(desk, level=3)
        assert relevel(desk, risk, 1, NOW + timedelta(days=1)).treat_due == working_days(NOW, 15)

    def test_time_that_has_run_out_is_not_given_back(self, desk):
        risk = hazard(desk, level=3)
        late = risk.treat_due + timedelta(minutes=1)
        services.risk_breach(risk=risk.pk, purpose="treat", now=late)
        lowered = relevel(desk, Risk.objects.get(), 1, late)
        assert (lowered.treat_due, lowered.breaches) == (risk.treat_due, "treat")

    def test_granted_days_and_pauses_stay(self, desk):
        risk = hazard(desk)
        call = {"risk": risk.pk, "now": NOW}
        asked = services.risk_extend(**call, version=risk.version, actor=desk.actor("handler"), days=2, reason="等备件")
        risk = services.risk_grant(**call, version=asked.version, actor=desk.actor("manager"))
        now = NOW + timedelta(days=1)
        raised = relevel(desk, risk, 2, now)
        assert raised.treat_due == working_days(now, 7 + 2)
        asked = services.risk_extend(
            risk=risk.pk, now=now, version=raised.version, actor=desk.actor("handler"), days=1, reason="再等"
        )
        more = services.risk_grant(risk=risk.pk, now=now, version=asked.version, actor=desk.actor("manager"))
        assert more.treat_due == working_days(now, 7 + 3)
        assert more.arithmetic["treat"]["levels"] == raised.arithmetic["treat"]["levels"]

    def test_an_applied_for_item_keeps_the_deadline_it_has_met(self, desk):
        risk = hazard(desk, State.SUBMITTED)
        assert relevel(desk, risk, 3, NOW + timedelta(days=1)).treat_due == risk.treat_due

    def test_while_it_waits_for_a_signature_that_clock_moves_too(self, desk):
        risk = hazard(desk, State.ASSIGNED)
        now = NOW + timedelta(minutes=10)
        raised = relevel(desk, risk, 3, now)
        assert raised.sign_due == now + timedelta(hours=4)
        assert list(sheet_verify()) == []

    def test_what_rises_by_rule_moves_by_the_same_rule(self, desk):
        risk = hazard(desk, State.SUBMITTED)
        now = NOW + timedelta(days=1)
        for step in ("send_back", "submit", "send_back"):
            risk = advance(desk, risk, step, now=now)
        assert (risk.level, risk.treat_due) == (2, working_days(now, 7))
        assert list(sheet_verify()) == []


class TestListedInError:
    def test_its_event_is_dismissed_and_can_be_listed_again_under_a_new_number(self, desk):
        risk = make_risk(desk, State.WITHDRAWN)
        event, analyst = Event.objects.get(), desk.actor("analyst")
        assert event.decision == "dismissed"
        assert Verdict.objects.order_by("-pk")[0].reason == "与另一事项重复列单"
        event = event_restore(event=event.pk, version=event.version, actor=analyst, now=NOW)
        again = make_risk(desk, event=event)
        assert (again.number, again.event) == ("YD-2026-00002", risk.event)
        assert list(sheet_verify()) == []

    def test_a_live_risk_still_holds_its_event(self, desk):
        risk = make_risk(desk)
        event = Event.objects.get()
        refused_and_nothing_written(
            VerdictRefused, event_restore, event=event.pk, version=event.version, actor=desk.actor("analyst"), now=NOW
        )
        assert risk.event == event
