"""An empty answer closes nothing unless a person says why it may, twice over; and outcome words lead on to where it went."""

from __future__ import annotations

import json

import pytest

from tests.contract.acts import SUBMISSION
from tests.contract.test_acts import refused_and_nothing_written
from tests.factories import NOW, advance, make_desk, make_event, make_risk
from tracker.ledger.models import Entry
from tracker.risks import services
from tracker.risks.audit import sheet_verify
from tracker.risks.errors import Incomplete
from tracker.risks.lifecycle import Outcome, State

pytestmark = pytest.mark.django_db
EMPTY = "已经知道了，谢谢您的来信，祝生活愉快！"


@pytest.fixture
def desk():
    return make_desk()


@pytest.fixture
def risk(desk):
    return advance(desk, make_risk(desk, State.HANDLING), "attach")


def submit(desk, risk, **over):
    return services.risk_submit(
        risk=risk.pk, version=risk.version, actor=desk.actor("handler"), now=NOW, **(SUBMISSION | over)
    )


def verify(desk, risk, **over):
    return services.risk_verify(
        risk=risk.pk, version=risk.version, actor=desk.actor("verifier"), now=NOW, **({"reason": "看过"} | over)
    )


def last(risk):
    return json.loads(Entry.objects.filter(subject=risk.subject).order_by("-seq")[0].data)


def test_an_answer_that_says_something_passes_and_the_verdict_is_kept(desk, risk):
    submit(desk, risk)
    assert last(risk)["reply_check"]["verdict"] in ("answered", "partial")
    assert "overrule" not in last(risk)


def test_an_empty_one_is_refused_with_what_is_missing(desk, risk):
    for overrule in ("", "  "):
        said = refused_and_nothing_written(Incomplete, submit, desk, risk, answer=EMPTY, overrule=overrule)
        assert "查了什么" in said


def test_a_person_overrules_it_with_a_reason_that_stays_and_the_verifier_must_do_so_too(desk, risk):
    risk = submit(desk, risk, answer=EMPTY, overrule="来信本身只是致谢")
    assert (last(risk)["reply_check"]["verdict"], last(risk)["overrule"]) == ("empty", "来信本身只是致谢")
    refused_and_nothing_written(Incomplete, verify, desk, risk)
    assert verify(desk, risk, overrule="已电话说明").state == State.CLOSED
    assert last(risk)["overrule"] == "已电话说明"
    assert list(sheet_verify()) == []


def test_where_an_outcome_leads_is_kept_with_that_outcome_only(desk, risk):
    other = make_risk(desk, event=make_event("同一处"))
    both = {"referred_to": "市城管局", "duplicate_of": other.number}
    kept = {Outcome.NOT_OURS: ("市城管局", ""), Outcome.DUPLICATE: ("", other.number), Outcome.FIXED: ("", "")}
    for outcome, expected in kept.items():
        risk = submit(desk, risk, outcome=outcome, **both)
        assert (risk.referred_to, risk.duplicate_of) == expected
        risk = services.risk_send_back(
            risk=risk.pk, version=risk.version, actor=desk.actor("verifier"), now=NOW, reason="再核"
        )
    assert list(sheet_verify()) == []


def test_nothing_ends_as_the_duplicate_of_a_duplicate(desk, risk):
    """Chains would close into rings: three items, each the duplicate of the next, and nobody's problem."""
    second, third = (
        advance(desk, make_risk(desk, State.HANDLING, event=make_event(title)), "attach")
        for title in ("同一处", "又一处")
    )
    submit(desk, second, outcome="duplicate", duplicate_of=third.number)
    said = refused_and_nothing_written(Incomplete, submit, desk, risk, outcome="duplicate", duplicate_of=second.number)
    assert third.number in said
    submit(desk, risk, outcome="duplicate", duplicate_of=third.number)


def test_two_items_are_not_each_others_duplicate(desk, risk):
    other = advance(desk, make_risk(desk, State.HANDLING, event=make_event("同一处")), "attach")
    submit(desk, other, outcome="duplicate", duplicate_of=risk.number)
    said = refused_and_nothing_written(Incomplete, submit, desk, risk, outcome="duplicate", duplicate_of=other.number)
    assert other.number in said


def test_a_withdrawn_item_is_nobodys_original(desk, risk):
    other = make_risk(desk, State.WITHDRAWN, event=make_event("列错的"))
    refused_and_nothing_written(Incomplete, submit, desk, risk, outcome="duplicate", duplicate_of=other.number)
