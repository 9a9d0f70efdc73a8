"""Extensions, pauses, the early answer, the plan, and the rise of what is overdue for long."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tests.contract.test_acts import refused_and_nothing_written
from tests.factories import NOW, advance, make_desk, make_event, make_risk
from tests.unit.risks.test_clocks import slow_due
from tracker.accounts.actors import Actor
from tracker.ledger.models import Entry
from tracker.risks import services
from tracker.risks.audit import sheet_verify
from tracker.risks.calendars import official
from tracker.risks.errors import Incomplete, SameHands, WrongState
from tracker.risks.lifecycle import State
from tracker.risks.models import CalendarDay, DeadlineRule, Extension
from tracker.risks.selectors import awaiting_decision, past_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return make_desk()


@pytest.fixture
def risk(desk):
    return make_risk(desk, State.HANDLING)


def act(name, desk, risk, who, now=NOW, **arguments):
    service = getattr(services, f"risk_{name}")
    return service(risk=risk.pk, version=risk.version, actor=desk.actor(who), now=now, **arguments)


def extended(desk, risk, days, now=NOW):
    risk = act("extend", desk, risk, "handler", now, days=days, reason="备件未到")
    return act("grant", desk, risk, "manager", now)


class TestExtensions:
    def test_granted_days_are_added_to_the_days_given(self, desk, risk):
        given = risk.arithmetic["treat"]["given"]
        for total in (2, 5):
            risk = extended(desk, risk, total - sum(risk.arithmetic["treat"]["granted"]))
            assert risk.treat_due == slow_due(NOW, given + total, lambda d: official(d).working)
        assert risk.arithmetic["treat"]["amount"] == given + 5
        assert list(sheet_verify()) == []

    def test_the_start_stays_and_the_entry_holds_the_new_deadline(self, desk, risk):
        risk = extended(desk, risk, 3)
        assert datetime.fromisoformat(risk.arithmetic["treat"]["start"]) == NOW
        assert risk.treat_due.isoformat() in Entry.objects.get(act="risk.grant").data

    def test_a_request_alone_gives_no_time(self, desk, risk):
        asked = act("extend", desk, risk, "handler", days=3, reason="备件未到")
        assert asked.treat_due == risk.treat_due
        refused = act("deny", desk, asked, "manager", reason="可以先临时修复")
        assert refused.treat_due == risk.treat_due
        assert Extension.objects.get().granted is False

    def test_one_request_at_a_time(self, desk, risk):
        asked = act("extend", desk, risk, "handler", days=3, reason="备件未到")
        refused_and_nothing_written(Incomplete, act, "extend", desk, asked, "handler", days=1, reason="再要一天")

    def test_nothing_to_decide_without_a_request(self, desk, risk):
        refused_and_nothing_written(Incomplete, act, "grant", desk, risk, "manager")
        refused_and_nothing_written(Incomplete, act, "deny", desk, risk, "manager", reason="无")

    def test_all_extensions_together_stay_within_the_table(self, desk, risk):
        DeadlineRule.objects.filter(purpose="extend").update(amount=4)
        risk = extended(desk, risk, 3)
        refused_and_nothing_written(Incomplete, act, "extend", desk, risk, "handler", days=2, reason="还要")
        risk = extended(desk, risk, 1)
        refused_and_nothing_written(Incomplete, act, "extend", desk, risk, "handler", days=1, reason="还要")

    def test_too_late_to_ask_but_not_to_grant_what_was_asked_in_time(self, desk, risk):
        late = risk.treat_due + timedelta(minutes=1)
        refused_and_nothing_written(Incomplete, act, "extend", desk, risk, "handler", late, days=1, reason="还要")
        asked = act("extend", desk, risk, "handler", days=3, reason="备件未到")
        assert services.risk_breach(risk=risk.pk, purpose="treat", now=late)
        granted = act("grant", desk, asked, "manager", late)
        assert granted.treat_due > late
        assert granted.breaches == ""
        assert services.risk_breach(risk=risk.pk, purpose="treat", now=granted.treat_due + timedelta(1))

    def test_a_manager_of_the_handling_unit_does_not_decide(self, desk, risk):
        asked = act("extend", desk, risk, "handler", days=3, reason="备件未到")
        own = Actor("chief", "c", frozenset({"manager"}), desk.bureau.code, desk.bureau.path)
        call = {"risk": risk.pk, "version": asked.version, "now": NOW, "actor": own}
        refused_and_nothing_written(SameHands, services.risk_grant, **call)

    def test_managers_see_what_awaits_them_until_it_is_decided_or_lapses(self, desk, risk):
        act("extend", desk, risk, "handler", days=3, reason="备件未到")
        assert [row.risk for row in awaiting_decision(desk.actor("manager"))] == [risk]
        assert not awaiting_decision(desk.actor("other_handler")).exists()
        risk.refresh_from_db()
        act("withdraw", desk, risk, "manager", reason="列错")
        assert not awaiting_decision(desk.actor("manager")).exists()

    def test_a_request_of_the_last_cycle_has_lapsed_after_reopening(self, desk, risk):
        risk = act("extend", desk, risk, "handler", days=3, reason="备件未到")
        for step in ("attach", "submit", "verify"):
            risk = advance(desk, risk, step)
        later = NOW + timedelta(days=9)
        risk = act("reopen", desk, risk, "dispatcher", later, reason="又断了")
        refused_and_nothing_written(Incomplete, act, "grant", desk, risk, "manager", later)
        assert not awaiting_decision(desk.actor("manager")).exists()

    def test_it_goes_with_the_work_and_not_after_it(self, desk, risk):
        for step in ("attach", "submit"):
            risk = advance(desk, risk, step)
        refused_and_nothing_written(WrongState, act, "extend", desk, risk, "handler", days=1, reason="x")

    def test_hours_are_not_extended(self, desk):
        DeadlineRule.objects.filter(purpose="treat").update(unit="hours")
        risk = make_risk(desk, State.HANDLING)
        refused_and_nothing_written(Incomplete, act, "extend", desk, risk, "handler", days=1, reason="x")


class TestPauses:
    def test_paused_days_do_not_count_and_are_shown_with_who_and_why(self, desk, risk):
        until = date(2026, 12, 1)
        paused = act("pause", desk, risk, "manager", until=until, reason="等汛期过去")
        given = risk.arithmetic["treat"]["given"]
        assert paused.treat_due == slow_due(
            NOW, given, lambda d: official(d).working and not date(2026, 11, 23) <= d < until
        )
        whys = {why for day, why in paused.arithmetic["treat"]["skipped"] if day == "2026-11-30"}
        assert whys == {f"暂停（{desk.actor('manager').name}）：等汛期过去"}
        assert list(sheet_verify()) == []

    def test_resumed_early_the_days_count_from_tomorrow(self, desk, risk):
        paused = act("pause", desk, risk, "manager", until=date(2026, 12, 20), reason="等备件")
        later = NOW + timedelta(days=2)
        resumed = act("resume", desk, paused, "manager", later, reason="备件到了")
        given = risk.arithmetic["treat"]["given"]
        assert resumed.treat_due == slow_due(
            NOW, given, lambda d: official(d).working and not date(2026, 11, 23) <= d < date(2026, 11, 26)
        )
        refused_and_nothing_written(
            Incomplete, act, "resume", desk, resumed, "manager", NOW + timedelta(days=3), reason="再来"
        )

    def test_resuming_makes_nobody_late_by_itself(self, desk, risk):
        last = risk.treat_due - timedelta(minutes=5)
        paused = act("pause", desk, risk, "manager", last, until=date(2027, 1, 30), reason="等备件")
        evening = risk.treat_due + timedelta(hours=5)
        assert act("resume", desk, paused, "manager", evening, reason="到了").treat_due > evening

    def test_pauses_and_extensions_add_up(self, desk, risk):
        risk = act("pause", desk, risk, "manager", until=date(2026, 12, 1), reason="等备件")
        risk = extended(desk, risk, 2)
        given = risk.arithmetic["treat"]["given"]
        assert risk.treat_due == slow_due(
            NOW, given + 2, lambda d: official(d).working and not date(2026, 11, 23) <= d < date(2026, 12, 1)
        )

    def test_not_twice_at_once_and_not_after_the_deadline(self, desk, risk):
        late = risk.treat_due + timedelta(minutes=1)
        refused_and_nothing_written(
            Incomplete, act, "pause", desk, risk, "manager", late, until=date(2027, 1, 1), reason="x"
        )
        risk = act("pause", desk, risk, "manager", until=date(2026, 12, 1), reason="等备件")
        refused_and_nothing_written(
            Incomplete, act, "pause", desk, risk, "manager", until=date(2026, 12, 9), reason="x"
        )

    def test_the_public_answer_does_not_wait(self, desk, risk):
        due = risk.answer_due
        assert act("pause", desk, risk, "manager", until=date(2026, 12, 1), reason="等备件").answer_due == due

    def test_a_closed_items_arithmetic_is_frozen(self, desk):
        closed = make_risk(desk, State.CLOSED, event=make_event("另一处"))
        CalendarDay.objects.create(day=date(2026, 11, 25), working=False, note="停电")
        running = make_risk(desk, State.HANDLING, event=make_event("第三处"))
        before = closed.arithmetic
        closed.refresh_from_db()
        assert closed.arithmetic == before
        assert closed.treat_due < running.treat_due


class TestEarlyAnswer:
    def test_the_first_answer_stops_the_clock_and_the_last_words_stand(self, desk, risk):
        early, later = NOW + timedelta(hours=5), NOW + timedelta(hours=60)
        risk = act("answer", desk, risk, "handler", early, answer="已派人到场，三日内更换。")
        risk = advance(desk, risk, "attach", now=later)
        risk = advance(desk, risk, "submit", now=later)
        assert risk.answered_at == early
        assert "我们已于" in risk.answer
        assert (risk.pk, "answer") not in past_due(later)
        sent_back = advance(desk, risk, "send_back", now=later)
        assert sent_back.answered_at == early
        assert list(sheet_verify()) == []

    def test_an_answer_of_a_refused_application_reached_nobody(self, desk, risk):
        for step in ("attach", "submit", "send_back"):
            risk = advance(desk, risk, step)
        assert risk.answered_at is None
        assert (risk.pk, "answer") in past_due(NOW + timedelta(hours=49))


def test_a_plan_is_kept_and_may_be_mended(desk, risk):
    plan = {"responsibility": "养护科", "measures": "换护栏", "funds": "2 万元", "contingency": "设警示桩"}
    risk = act("plan", desk, risk, "handler", due=date(2026, 11, 26), **plan)
    assert risk.plan == plan | {"due": "2026-11-26"}
    risk = act("plan", desk, risk, "handler", due=date(2026, 11, 27), **plan | {"funds": "3 万元"})
    assert risk.plan["funds"] == "3 万元"
    assert Entry.objects.filter(act="risk.plan").count() == 2
    assert list(sheet_verify()) == []


class TestLongOverdue:
    def test_five_working_days_late_it_rises_one_level_once(self, desk, risk):
        due = risk.treat_due
        fifth = slow_due(due, 5, lambda d: official(d).working)
        assert (risk.pk, "overdue") not in past_due(fifth)
        late = fifth + timedelta(minutes=1)
        assert (risk.pk, "overdue") in past_due(late)
        for pk, purpose in past_due(late):
            assert services.risk_breach(risk=pk, purpose=purpose, now=late)
        risk.refresh_from_db()
        assert risk.level == 3
        assert past_due(late + timedelta(days=30)) == []
        assert list(sheet_verify()) == []

    def test_level_three_stays_level_three(self, desk):
        risk = make_risk(desk, State.HANDLING, level=3)
        assert services.risk_breach(risk=risk.pk, purpose="overdue", now=NOW + timedelta(days=60))
        assert not Entry.objects.filter(act="risk.relevel").exists()
        risk.refresh_from_db()
        assert risk.level == 3
