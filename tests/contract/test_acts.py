"""Every act through its service: it moves the risk with one entry, and a refusal writes nothing at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.contract.acts import CASES, ELSEWHERE, SUBMISSION, Case, snapshot
from tests.factories import NOW, advance, make_desk, make_event, make_risk
from tracker.accounts.actors import Actor
from tracker.ledger.models import Entry
from tracker.ledger.services import ledger_verify
from tracker.posts.services import VerdictConflict, VerdictRefused, event_dismiss, event_refresh, event_restore
from tracker.risks import services
from tracker.risks.audit import sheet_verify
from tracker.risks.errors import Conflict, Incomplete, NotYours, Refused, SameHands, WrongState
from tracker.risks.lifecycle import Act, State
from tracker.risks.models import DeadlineRule, Risk

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=3)
LONG_AFTER = NOW + timedelta(days=9)
each_act = pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.act))


@pytest.fixture
def desk():
    return make_desk()


def refused_and_nothing_written(error: type, call, *args, **kwargs) -> str:
    before = snapshot()
    with pytest.raises(error) as caught:
        call(*args, **kwargs)
    assert snapshot() == before
    assert str(caught.value)
    return str(caught.value)


def test_no_act_is_left_out():
    assert {case.act for case in CASES} | ELSEWHERE == set(Act)


@each_act
def test_it_moves_the_risk_with_exactly_one_entry(desk, case: Case):
    risk, entries = case.ready(desk), Entry.objects.count()
    moved = case.call(desk, risk, actor=desk.actor(case.who), now=LATER)
    assert (moved.state, moved.version) == (case.after, risk.version + 1)
    assert Entry.objects.count() == entries + 1
    entry = Entry.objects.get(seq=entries + 1)
    assert (entry.act, entry.actor, entry.subject) == (f"risk.{case.act}", case.who, risk.subject)
    assert (entry.from_state, entry.to_state) == (case.state, case.after)
    assert list(sheet_verify()) == []
    assert ledger_verify() is None


@each_act
def test_a_stale_page_is_told_so_first_of_all(desk, case: Case):
    risk = case.ready(desk)
    for actor in (desk.actor(case.who), desk.actor("nobody")):
        refused_and_nothing_written(Conflict, case.call, desk, risk, actor=actor, now=LATER, version=risk.version + 1)


@each_act
def test_somebody_without_the_role_is_refused(desk, case: Case):
    risk = case.ready(desk)
    for name in ("nobody", "auditor", "admin", "other_handler"):
        refused_and_nothing_written(NotYours, case.call, desk, risk, actor=desk.actor(name), now=LATER)


@each_act
def test_from_another_state_it_is_refused(desk, case: Case):
    state = State.WITHDRAWN
    risk = make_risk(desk, state)
    refused_and_nothing_written(WrongState, case.call, desk, risk, actor=desk.actor(case.who), now=LATER)


@pytest.mark.parametrize(
    ("case", "over"),
    [(case, over) for case in CASES for over in case.incomplete],
    ids=lambda value: str(value.act) if isinstance(value, Case) else ",".join(value),
)
def test_what_is_missing_or_cannot_be_stored_is_asked_for(desk, case: Case, over):
    risk = case.ready(desk)
    refused_and_nothing_written(Incomplete, case.call, desk, risk, actor=desk.actor(case.who), now=LATER, **over)


class TestListing:
    def call(self, desk, event, **over):
        given = {
            "level": 2,
            "topic": "road",
            "need": "complain",
            "version": event.version,
            "actor": desk.actor("analyst"),
        }
        return services.risk_list(event=event.pk, now=LATER, **(given | over))

    def test_the_next_number_of_the_year_and_the_clock_since_discovery(self, desk):
        event = make_event()
        risk = self.call(desk, event)
        assert risk.number == "YD-2026-00001"
        assert risk.answer_due == NOW + timedelta(hours=48)
        assert self.call(desk, make_event("另一座桥")).number == "YD-2026-00002"

    def test_the_year_is_the_one_in_shanghai(self, desk):
        new_year = NOW.replace(month=12, day=31, hour=16)
        event = make_event()
        risk = services.risk_list(
            event=event.pk, version=1, actor=desk.actor("analyst"), now=new_year, level=1, topic="road", need="ask"
        )
        assert risk.number == "YD-2027-00001"

    @pytest.mark.parametrize(
        "over",
        [{"level": 0}, {"level": 4}, {"topic": "-"}, {"topic": "weather"}, {"need": "shout"}, {"place": "长" * 121},
         {"problem": "\x00"}],
    )  # fmt: skip
    def test_wrong_labels_are_refused_and_no_number_is_used(self, desk, over):
        event = make_event()
        refused_and_nothing_written(Incomplete, self.call, desk, event, **over)
        assert self.call(desk, event).number == "YD-2026-00001"

    def test_only_an_analyst_and_only_once(self, desk):
        event = make_event()
        refused_and_nothing_written(VerdictRefused, self.call, desk, event, actor=desk.actor("manager"))
        self.call(desk, event)
        refused_and_nothing_written(VerdictConflict, self.call, desk, event)
        event.refresh_from_db()
        refused_and_nothing_written(VerdictRefused, self.call, desk, event)

    def test_without_a_period_in_the_table_it_says_so(self, desk):
        DeadlineRule.objects.filter(purpose="answer").delete()
        refused_and_nothing_written(Refused, self.call, desk, make_event())


class TestVerdicts:
    def test_a_confirmed_event_is_not_dismissed(self, desk):
        risk = make_risk(desk)
        risk.event.refresh_from_db()
        refused_and_nothing_written(
            VerdictRefused, event_dismiss, event=risk.event_id, version=risk.event.version, reason="不是",
            actor=desk.actor("analyst"), now=LATER,
        )  # fmt: skip

    def test_a_dismissal_is_taken_back_and_then_listed(self, desk):
        event, analyst = make_event(), desk.actor("analyst")
        event = event_dismiss(event=event.pk, version=event.version, reason="非交通", actor=analyst, now=LATER)
        event = event_restore(event=event.pk, version=event.version, actor=analyst, now=LATER)
        risk = services.risk_list(
            event=event.pk, version=event.version, actor=analyst, now=LATER, level=1, topic="road", need="ask"
        )
        assert [e.act for e in Entry.objects.filter(subject=f"event:{event.pk}")] == [
            "event.dismissed",
            "event.pending",
        ]
        assert Risk.objects.get() == risk

    def test_a_refresh_keeps_what_an_analyst_decided(self, desk):
        risk = make_risk(desk, level=3)
        event_refresh([risk.event_id])
        risk.event.refresh_from_db()
        assert (risk.event.decision, risk.event.level, risk.event.version) == ("confirmed", 3, 2)


class TestSubmission:
    def submit(self, desk, risk, **over):
        return services.risk_submit(
            risk=risk.pk, version=risk.version, actor=desk.actor("handler"), now=LATER, **(SUBMISSION | over)
        )

    def test_with_everything_it_goes_to_the_verifier(self, desk):
        risk = advance(desk, make_risk(desk, State.HANDLING), "attach")
        risk = self.submit(desk, risk)
        assert (risk.state, risk.outcome, risk.answered_at) == ("submitted", "fixed", LATER)
        entry = Entry.objects.order_by("-seq")[0]
        assert '"evidence":["' in entry.data

    @pytest.mark.parametrize(
        "over",
        [{"outcome": ""}, {"outcome": "done"}, {"answer": " \n"}, {"outcome": "not_ours", "referred_to": " "},
         {"outcome": "duplicate", "duplicate_of": " "}, {"outcome": "duplicate", "duplicate_of": "YD-2026-99999"},
         {"outcome": "duplicate", "duplicate_of": "YD-2026-00001"}],
    )  # fmt: skip
    def test_without_outcome_or_answer_or_where_it_went_it_is_refused(self, desk, over):
        risk = advance(desk, make_risk(desk, State.HANDLING), "attach")
        refused_and_nothing_written(Incomplete, self.submit, desk, risk, **over)

    def test_without_evidence_it_is_refused(self, desk):
        sentence = refused_and_nothing_written(Incomplete, self.submit, desk, make_risk(desk, State.HANDLING))
        assert "凭证" in sentence

    def test_the_old_pictures_do_not_close_it_a_second_time(self, desk):
        risk = make_risk(desk, State.CLOSED)
        much_later = NOW + timedelta(days=20)
        risk = services.risk_reopen(
            risk=risk.pk, version=risk.version, actor=desk.actor("dispatcher"), now=much_later, reason="又断了"
        )
        risk = advance(desk, risk, "sign", now=much_later)
        refused_and_nothing_written(Incomplete, self.submit, desk, risk)

    def test_the_same_file_twice_is_a_conflict(self, desk):
        risk = advance(desk, make_risk(desk, State.HANDLING), "attach")
        refused_and_nothing_written(Conflict, advance, desk, risk, "attach")


class TestClosing:
    def test_the_handler_is_told_why_they_cannot_close(self, desk):
        risk = make_risk(desk, State.SUBMITTED)
        handler = desk.actor("handler")
        also_verifier = Actor(handler.username, handler.name, frozenset({"handler", "verifier"}), "port", "/dept/port/")
        call = {"risk": risk.pk, "version": risk.version, "now": LATER, "reason": "没问题"}
        assert "角色" in refused_and_nothing_written(NotYours, services.risk_verify, actor=handler, **call)
        assert "另一人" in refused_and_nothing_written(SameHands, services.risk_verify, actor=also_verifier, **call)

    def test_level_three_waits_for_another_persons_approval(self, desk):
        risk = make_risk(desk, State.APPROVING, level=3)
        assert risk.closed_at is None
        both = Actor("verifier", "v", frozenset({"verifier", "manager"}), "dept", "/dept/")
        call = {"risk": risk.pk, "version": risk.version, "now": LATER}
        refused_and_nothing_written(SameHands, services.risk_approve, actor=both, **call)
        assert services.risk_approve(actor=desk.actor("manager"), **call).closed_at == LATER

    def test_sent_back_twice_it_rises_one_level_by_rule_and_once(self, desk):
        risk = make_risk(desk, State.SUBMITTED, level=1)
        for level in (1, 2, 2):
            risk = advance(desk, risk, "send_back")
            assert risk.level == level
            risk = advance(desk, risk, "submit")
        assert list(sheet_verify()) == []
        assert Entry.objects.filter(act="risk.relevel", actor="system:rules").count() == 1

    def test_reopened_it_runs_on_a_new_clock_one_level_higher(self, desk):
        risk = make_risk(desk, State.CLOSED, level=2)
        frozen = risk.arithmetic
        later = NOW + timedelta(days=30)
        risk = services.risk_reopen(
            risk=risk.pk, version=risk.version, actor=desk.actor("manager"), now=later, reason="又断了"
        )
        assert (risk.level, risk.assigned_at, risk.outcome, risk.verified_by) == (3, later, "", "")
        assert risk.treat_due > later
        assert frozen["treat"]["due"] in Entry.objects.order_by("-seq")[0].data


class TestClocks:
    def test_neither_a_return_nor_another_unit_stops_the_clock(self, desk):
        risk = make_risk(desk, State.RETURNED)
        due, assigned = risk.treat_due, risk.assigned_at
        risk = services.risk_reassign(
            risk=risk.pk, version=risk.version, actor=desk.actor("dispatcher"), now=NOW + timedelta(days=2),
            unit=desk.port, reason="由港口办理",
        )  # fmt: skip
        assert (risk.treat_due, risk.assigned_at, risk.unit) == (due, assigned, desk.port)
        assert risk.sign_due > NOW + timedelta(days=2)

    def test_a_missed_deadline_is_recorded_once_and_makes_no_page_stale(self, desk):
        risk = make_risk(desk, State.ASSIGNED)
        assert services.risk_breach(risk=risk.pk, purpose="sign", now=LONG_AFTER)
        assert not services.risk_breach(risk=risk.pk, purpose="sign", now=LONG_AFTER)
        assert advance(desk, risk, "sign").state == State.HANDLING
        assert Entry.objects.filter(act="risk.breach").count() == 1

    def test_the_next_unit_can_be_late_in_signing_too(self, desk):
        risk = make_risk(desk, State.ASSIGNED)
        services.risk_breach(risk=risk.pk, purpose="sign", now=LONG_AFTER)
        risk = advance(desk, risk, "return")
        risk = services.risk_reassign(
            risk=risk.pk, version=risk.version, actor=desk.actor("dispatcher"), now=LATER, unit=desk.port, reason="转办"
        )
        assert services.risk_breach(risk=risk.pk, purpose="sign", now=LONG_AFTER)

    def test_nothing_is_late_once_it_is_over(self, desk):
        for state in (State.CLOSED, State.WITHDRAWN):
            risk = make_risk(desk, state, event=make_event(str(state)))
            assert not services.risk_breach(risk=risk.pk, purpose="treat", now=LATER)

    def test_a_changed_table_of_periods_does_not_touch_deadlines_already_given(self, desk):
        risk = make_risk(desk, State.HANDLING)
        DeadlineRule.objects.update(amount=1)
        assert advance(desk, risk, "progress").treat_due == risk.treat_due


def test_only_acts_of_words_go_through_the_note(desk):
    risk = make_risk(desk, State.HANDLING)
    with pytest.raises(ValueError, match="only adds words"):
        services.risk_note(
            act=Act.WITHDRAW, risk=risk.pk, version=risk.version, actor=desk.actor("manager"), now=NOW, reason="x"
        )
