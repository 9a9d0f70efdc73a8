"""Two connections at once: exactly one wins, the other gets a Conflict with a sentence; numbers stay dense, the chain whole."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from tests.contract.acts import CASES, SUBMISSION, Case, race
from tests.factories import NOW, advance, make_desk, make_event, make_risk
from tracker.accounts.actors import system_actor
from tracker.accounts.services import AccountRefused, unit_create, user_create
from tracker.ledger.models import Entry
from tracker.ledger.services import ledger_append, ledger_verify
from tracker.posts.models import Event
from tracker.posts.services import VerdictConflict, event_dismiss, event_refresh
from tracker.risks import services
from tracker.risks.audit import sheet_verify
from tracker.risks.errors import Conflict
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk():
    return make_desk()


def one_won(results: list, conflict: type = Conflict) -> None:
    lost = [result for result in results if isinstance(result, Exception)]
    assert [type(error) for error in lost] == [conflict] * (len(results) - 1), results
    assert all(str(error) for error in lost)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.act))
def test_of_two_at_once_one_wins(desk, case: Case):
    risk, entries = case.ready(desk), Entry.objects.count()
    actor = desk.actor(case.who)
    one_won(race(*[partial(case.call, desk, risk, actor=actor, now=NOW)] * 2))
    assert Entry.objects.count() == entries + 1
    assert Risk.objects.get().version == risk.version + 1
    assert ledger_verify() is None
    assert list(sheet_verify()) == []


def test_of_two_different_acts_at_once_one_wins(desk):
    risk = advance(desk, make_risk(desk, State.HANDLING), "attach")
    call = {"risk": risk.pk, "version": risk.version, "now": NOW}
    submit = partial(services.risk_submit, **call, actor=desk.actor("handler"), **SUBMISSION)
    withdraw = partial(services.risk_withdraw, **call, actor=desk.actor("manager"), reason="列错")
    one_won(race(submit, withdraw, submit, withdraw))


def test_an_event_is_listed_once(desk):
    event, analyst = make_event(), desk.actor("analyst")
    call = {"event": event.pk, "version": event.version, "actor": analyst, "now": NOW}
    confirm = partial(services.risk_list, **call, level=2, topic="road", need="complain")
    dismiss = partial(event_dismiss, **call, reason="不是交通")
    one_won(race(confirm, confirm, dismiss, confirm), VerdictConflict)
    assert ledger_verify() is None


def test_a_missed_deadline_is_recorded_by_one_of_two_jobs(desk):
    risk = make_risk(desk, State.ASSIGNED)
    breach = partial(services.risk_breach, risk=risk.pk, purpose="sign", now=NOW + timedelta(days=9))
    assert sorted(race(breach, breach, breach)) == [False, False, True]
    assert Entry.objects.filter(act="risk.breach").count() == 1


def test_numbers_are_dense_and_single_when_many_list_at_once(desk):
    events = [make_event(f"第{n}座桥的栏杆") for n in range(8)]

    def listing(event: Event):
        return services.risk_list(
            event=event.pk,
            version=event.version,
            actor=desk.actor("analyst"),
            now=NOW,
            level=1,
            topic="road",
            need="ask",
        ).number

    def listing_that_fails(event: Event):
        with transaction.atomic():
            listing(event)
            raise ArithmeticError("the power went")

    calls = [partial(listing, event) for event in events]
    results = race(*calls, *(partial(listing_that_fails, make_event(f"第{n}条路")) for n in range(3)))
    assert sorted(results[:8]) == [f"YD-2026-{n:05d}" for n in range(1, 9)]
    assert all(isinstance(error, ArithmeticError) for error in results[8:])
    assert ledger_verify() is None


def test_the_chain_does_not_fork_when_many_append_at_once(desk):
    before = Entry.objects.count()

    def write(writer: int) -> None:
        for number in range(5):
            with transaction.atomic():
                ledger_append(
                    act="test.note", subject=f"writer:{writer}", actor=f"w{writer}", roles="", unit="", now=NOW,
                    data={"number": number},
                )  # fmt: skip

    assert race(*(partial(write, writer) for writer in range(6))) == [None] * 6
    assert ledger_verify() is None
    assert Entry.objects.count() == before + 30
    for writer in range(6):
        own = Entry.objects.filter(subject=f"writer:{writer}").order_by("seq").values_list("data", flat=True)
        assert list(own) == [f'{{"number":{n}}}' for n in range(5)]


def test_a_verdict_given_during_a_refresh_is_not_lost(desk):
    for round_ in range(5):
        event = make_event(f"第{round_}处塌陷")
        confirm = partial(
            services.risk_list, event=event.pk, version=event.version, actor=desk.actor("analyst"), now=NOW, level=3,
            topic="road", need="help",
        )  # fmt: skip
        refresh = partial(event_refresh, [event.pk])
        results = race(refresh, confirm, refresh)
        assert [r for r in results if isinstance(r, Exception)] == []
        event.refresh_from_db()
        assert (event.decision, event.level, event.version) == ("confirmed", 3, 2)


def test_a_unit_code_and_a_user_name_are_given_once(desk):
    by = {"by": system_actor("tests"), "now": NOW}
    unit = partial(unit_create, code="ferry", name="渡口", parent=desk.department, **by)
    user = partial(user_create, username="lan", password="a-ferry-on-the-river", roles=["auditor"], **by)
    one_won(race(unit, unit), AccountRefused)
    one_won(race(user, user), AccountRefused)
    assert ledger_verify() is None
