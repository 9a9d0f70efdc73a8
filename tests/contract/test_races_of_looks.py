"""Acts that look before they write: what was looked at is still true when it is acted upon, whoever else is at it."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial

import pytest

from tests.contract.acts import SUBMISSION, race
from tests.factories import NOW, advance, make_desk, make_event, make_risk
from tracker.accounts.actors import system_actor
from tracker.accounts.models import SecondFactor, User
from tracker.accounts.second_factor import FAILURES, Locked, factor_check, factor_start
from tracker.accounts.services import AccountRefused, user_create
from tracker.learning.errors import LearningRefused
from tracker.learning.models import ModelVersion, Promotion
from tracker.learning.services import model_promote
from tracker.ledger.models import Entry
from tracker.ledger.services import ledger_verify
from tracker.notify.addresses import CODES_AN_HOUR, address_set
from tracker.notify.models import Outgoing
from tracker.outward.hooks import deliveries_queue, hook_add, hook_end
from tracker.outward.models import Delivery
from tracker.posts.erasing import EXPIRED
from tracker.posts.grouping import event_merge, event_unmerge
from tracker.posts.models import Decision, Event, Post
from tracker.posts.services import VerdictConflict, event_dismiss, event_refresh
from tracker.posts.statements import in_force, statement_set
from tracker.privacy.services import retention_run, rule_set
from tracker.risks import services
from tracker.risks.audit import sheet_verify
from tracker.risks.errors import Conflict, Incomplete
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk
from tracker.risks.tables import period_set

pytestmark = pytest.mark.django_db(transaction=True)
ROBOT = "https://oapi.dingtalk.com/robot/send?access_token=abc"
WRONG = "000000"


@pytest.fixture
def desk():
    return make_desk()


def failed(results: list) -> list:
    return [result for result in results if isinstance(result, Exception)]


def test_two_items_do_not_end_as_duplicates_of_each_other(desk):
    one, other = (
        advance(desk, make_risk(desk, State.HANDLING, event=make_event(title)), "attach")
        for title in ("桥栏杆断了", "桥上护栏缺了")
    )
    results = race(*(
        partial(services.risk_submit, risk=risk.pk, version=risk.version, actor=desk.actor("handler"), now=NOW,
                **SUBMISSION | {"outcome": "duplicate", "duplicate_of": of.number})
        for risk, of in ((one, other), (other, one))
    ))  # fmt: skip
    (refused,) = failed(results)
    assert isinstance(refused, Incomplete), results
    assert sorted(Risk.objects.values_list("state", flat=True)) == [State.HANDLING, State.SUBMITTED]


def test_a_deadline_that_is_moved_meanwhile_is_not_recorded_as_missed(desk):
    """The job has seen the old deadline; the manager grants more time at the same moment."""
    risk = make_risk(desk, State.HANDLING)
    asked = services.risk_extend(
        risk=risk.pk, version=risk.version, actor=desk.actor("handler"), now=NOW, days=3, reason="等备件"
    )
    late = risk.treat_due + timedelta(minutes=1)
    grant = partial(services.risk_grant, risk=risk.pk, version=asked.version, actor=desk.actor("manager"), now=late)
    breach = partial(services.risk_breach, risk=risk.pk, purpose="treat", now=late)
    granted, missed = race(grant, breach)
    assert not failed([granted, missed])
    acts = list(Entry.objects.filter(subject=risk.subject).order_by("seq").values_list("act", flat=True))
    # Either it was missed first and then granted, or granted and not missed.
    assert acts[-2:] == (["risk.breach", "risk.grant"] if missed else ["risk.extend", "risk.grant"])
    assert list(sheet_verify()) == []


def test_taking_a_merge_back_and_merging_on_leave_every_post_with_an_event_that_counts_it(desk):
    one, two, three = make_event("一处塌方"), make_event("路面塌方"), make_event("省道塌方")
    common = {"actor": desk.actor("analyst"), "now": NOW, "reason": "同一处"}
    event_merge(event=one.pk, version=one.version, into=two.pk, **common)
    one.refresh_from_db()
    two.refresh_from_db()
    results = race(
        partial(event_unmerge, event=one.pk, version=one.version, **common),
        partial(event_merge, event=two.pk, version=two.version, into=three.pk, **common),
    )
    assert all(isinstance(error, VerdictConflict) for error in failed(results)), results
    for event in Event.objects.all():
        held = event.posts.count()
        assert held == (0 if event.decision == Decision.MERGED else event.posts_count), event.pk
    assert Post.objects.exclude(event=None).count() == 3


def test_words_of_what_is_listed_meanwhile_stay(desk, tmp_path):
    event, late = make_event("隧道渗水", ("隧道顶上一直滴水。",)), NOW + timedelta(days=400)
    confirm = partial(
        services.risk_list, event=event.pk, version=event.version, actor=desk.actor("analyst"), now=late, level=2,
        topic="road", need="complain",
    )  # fmt: skip
    assert not failed(race(confirm, partial(retention_run, home=tmp_path, actor=system_actor("retention"), now=late)))
    # Listed first it keeps its words; expired first, the sheet can only say so.
    assert (Post.objects.get().title == EXPIRED) == (Risk.objects.get().problem == EXPIRED)


def test_the_verdict_keeps_what_the_machine_said_when_it_was_given(desk):
    event = make_event("桥面塌陷", level=3)
    Event.objects.filter(pk=event.pk).update(level=1, risk=0.1)
    dismiss = partial(
        event_dismiss, event=event.pk, version=event.version, actor=desk.actor("analyst"), now=NOW, reason="不是交通"
    )
    assert not failed(race(dismiss, partial(event_refresh, [event.pk])))
    event.refresh_from_db()
    machine = json.loads(Entry.objects.get(act="event.dismissed").data)["machine"]
    assert machine["level"] == event.level


def test_one_secret_however_often_the_page_is_asked_for(desk):
    user = desk.user("manager")
    uris = race(*[partial(factor_start, user=user, now=NOW)] * 4)
    assert not failed(uris)
    assert len(set(uris)) == 1
    assert SecondFactor.objects.count() == 1


def test_nine_wrong_codes_at_once_are_five_tries(desk):
    user = desk.user("manager")
    factor_start(user=user, now=NOW)
    SecondFactor.objects.update(confirmed_at=NOW)
    results = race(*[partial(factor_check, user=user, code=WRONG, now=NOW)] * 9)
    assert results.count(False) == FAILURES
    assert [type(error) for error in failed(results)] == [Locked] * (9 - FAILURES)


def test_one_name_however_it_is_written(desk):
    by = {"by": system_actor("tests"), "now": NOW, "password": None, "roles": ["auditor"]}
    results = race(*(partial(user_create, username=name, **by) for name in ("Lan", "lan", "LAN")))
    assert [type(error) for error in failed(results)] == [AccountRefused] * 2
    assert User.objects.filter(username__iexact="lan").count() == 1


def test_five_codes_an_hour_are_the_most_however_they_are_asked_for(desk):
    actor = desk.actor("handler")
    setting = [
        partial(address_set, owner="handler", channel="dingtalk", target=f"{ROBOT}{n}", actor=actor, now=NOW + timedelta(seconds=n))
        for n in range(8)
    ]  # fmt: skip
    for call in setting[:4]:
        call()
        Outgoing.objects.update(sent_at=NOW)
    results = race(*setting[4:])
    assert [type(error) for error in failed(results)] == [Incomplete] * 3, results
    assert Outgoing.objects.count() == CODES_AN_HOUR


def test_a_webhook_that_is_ended_hears_nothing_more(desk):
    by = {"by": desk.actor("admin"), "now": NOW}
    hook_add(name="city", url="https://city.example/in", **by)
    make_risk(desk, State.HANDLING)
    assert not failed(race(partial(deliveries_queue, now=NOW), partial(hook_end, name="city", **by)))
    assert not Delivery.objects.filter(given_up_at=None).exists()


def test_news_is_queued_once_however_many_look(desk):
    hook_add(name="city", url="https://city.example/in", by=desk.actor("admin"), now=NOW)
    make_risk(desk, State.HANDLING)
    queued = race(*[partial(deliveries_queue, now=NOW)] * 3)
    assert sorted(queued) == [0, 0, 3]
    assert Delivery.objects.count() == 3


def changes(desk, what: str):
    """Two changes of one setting, and the act of their entries."""
    common = {"actor": desk.actor("admin"), "now": NOW, "reason": "试行"}
    if what == "period":
        row = {"purpose": "treat", "kind": "ask", "level": 0, "unit": "working days", "source": "x"}
        return [partial(period_set, **row, amount=n, **common) for n in (4, 6)], "period.set", "amount"
    if what == "retention":
        return [partial(rule_set, what="posts", days=n, **common) for n in (90, 120)], "privacy.rule", "days"
    values = in_force("audit")
    calls = [partial(statement_set, kind="audit", values=values | {"a_day": n}, **common) for n in (41, 42)]
    return calls, "rule.set", "now"


@pytest.mark.parametrize("what", ["period", "retention", "statement"])
def test_the_second_change_says_what_the_first_has_set(desk, what):
    calls, act, value = changes(desk, what)
    assert not failed(race(*calls))
    first, second = (
        json.loads(data) for data in Entry.objects.filter(act=act).order_by("seq").values_list("data", flat=True)
    )
    was = second["was"] if what != "period" else second["was"][value]
    assert was == first[value]


def test_a_model_compared_with_one_that_works_no_longer_is_not_promoted(desk, monkeypatch):
    monkeypatch.setattr("tracker.learning.services.objections", lambda _sets: [])
    monkeypatch.setattr("tracker.learning.champion.load", lambda _at: None)
    for version in ("m1", "m2"):
        ModelVersion.objects.create(version=version, digest="", champion="", rows=1, comparison={}, by="admin", at=NOW)
    common = {"actor": desk.actor("admin"), "now": NOW, "reason": "更好"}
    results = race(*(partial(model_promote, version=version, **common) for version in ("m1", "m2")))
    assert [type(error) for error in failed(results)] == [LearningRefused]
    assert Promotion.objects.count() == 1
    assert ledger_verify() is None


def test_of_an_item_moved_and_breached_nobody_is_told_of_a_conflict(desk):
    """A missed deadline makes no open form stale, however close they fall."""
    risk = make_risk(desk, State.ASSIGNED)
    late = NOW + timedelta(days=9)
    sign = partial(services.risk_sign, risk=risk.pk, version=risk.version, actor=desk.actor("handler"), now=late)
    results = race(sign, partial(services.risk_breach, risk=risk.pk, purpose="sign", now=late))
    assert not [error for error in results if isinstance(error, Conflict)], results
    assert Risk.objects.get().state == State.HANDLING
