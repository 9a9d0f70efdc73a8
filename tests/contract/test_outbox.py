"""News out of the house: put in once, sent at least once under one key, tried again, given up in sight; never at night."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.contract.acts import race
from tests.factories import NOW, make_desk, make_event, make_risk, make_user
from tracker.ledger.models import Entry
from tracker.notify import services as notify
from tracker.notify.addresses import address_end, address_set
from tracker.notify.channels import Message
from tracker.notify.digest import digests_put, duties
from tracker.notify.models import Address, LadderStep, Outgoing
from tracker.notify.outbox import (
    WAITS,
    given_up,
    outgoing_put,
    outgoing_retry,
    outgoing_send,
    waiting,
)  # fmt: skip
from tracker.risks.errors import Incomplete, NotYours
from tracker.risks.lifecycle import State

pytestmark = pytest.mark.django_db
ROBOT = "https://oapi.dingtalk.com/robot/send?access_token=abc123"


class Outside:
    """The other side: it takes what it is given, or fails."""

    def __init__(self, *, takes: bool = True, error: Exception | None = None) -> None:
        self.takes, self.error = takes, error
        self.heard: list[tuple[str, Message]] = []

    def __call__(self, url: str, message: Message) -> str:
        self.heard.append((url, message))
        if self.error:
            raise self.error
        return "" if self.takes else "没有接收"


@pytest.fixture
def desk():
    return make_desk()


def robot(desk, owner="handler"):
    return address_set(owner=owner, channel="dingtalk", target=ROBOT, actor=desk.actor("admin"), now=NOW)


def put(owner="handler", key="k", level=1, now=NOW):
    return outgoing_put(Message(key, "题", "文"), [owner], level=level, now=now)


def test_put_in_once_and_sent_once(desk):
    robot(desk)
    outside = Outside()
    assert [put(), put()] == [1, 0]
    assert [outgoing_send(now=NOW, send=outside) for _ in range(2)] == [1, 0]
    assert [(url, m.key) for url, m in outside.heard] == [(ROBOT, "k")]


def test_without_an_address_nothing_waits(desk):
    assert put() == 0


@pytest.mark.parametrize("outside", [Outside(takes=False), Outside(error=OSError("no route"))])
def test_a_failure_is_kept_tried_again_and_at_last_given_up_in_sight(desk, outside):
    robot(desk)
    put(level=3)
    now = NOW
    for minutes in WAITS:
        assert outgoing_send(now=now, send=outside) == 0
        assert Outgoing.objects.get().problem
        assert outgoing_send(now=now + timedelta(minutes=minutes, seconds=-1), send=outside) == 0
        now += timedelta(minutes=minutes)
    assert not given_up().exists()
    outgoing_send(now=now, send=outside)
    assert len(outside.heard) == len(WAITS) + 1
    assert {m.key for _url, m in outside.heard} == {"k"}
    row = given_up().get()
    assert not waiting().exists()
    with pytest.raises(NotYours):
        outgoing_retry(outgoing=row.pk, actor=desk.actor("handler"), now=now)
    outgoing_retry(outgoing=row.pk, actor=desk.actor("admin"), now=now)
    assert outgoing_send(now=now, send=Outside()) == 1


def test_nothing_is_sent_at_night_except_about_level_three(desk):
    robot(desk)
    night = NOW.replace(hour=15)
    put(key="low", level=2, now=night)
    put(key="high", level=3, now=night)
    outside = Outside()
    assert outgoing_send(now=night, send=outside) == 1
    assert outside.heard[0][1].key == "high"
    assert outgoing_send(now=night + timedelta(hours=10), send=outside) == 1


def test_a_sender_that_died_after_taking_it_leaves_it_to_be_sent_again(desk):
    robot(desk)
    put(level=3)

    def dies(_url, _message):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outgoing_send(now=NOW, send=dies)
    outside = Outside()
    assert outgoing_send(now=NOW + timedelta(minutes=9), send=outside) == 0
    assert outgoing_send(now=NOW + timedelta(minutes=10), send=outside) == 1


@pytest.mark.django_db(transaction=True)
def test_two_senders_send_it_once(desk):
    robot(desk)
    put()
    outside = Outside()
    results = race(*[lambda: outgoing_send(now=NOW, send=outside)] * 4)
    assert sorted(results) == [0, 0, 0, 1]
    assert len(outside.heard) == 1


class TestAddresses:
    def test_people_set_their_own_mail_and_an_administrator_the_robots(self, desk, settings):
        handler = desk.actor("handler")
        for call in ({"owner": "handler", "channel": "webhook"}, {"owner": "verifier", "channel": "email"}):
            with pytest.raises(NotYours):
                address_set(**call, target=ROBOT, actor=handler, now=NOW)
        with pytest.raises(Incomplete, match="没有设置邮件服务器"):
            address_set(owner="handler", channel="email", target="a@example.org", actor=handler, now=NOW)
        robot(desk, "unit:road")
        for owner in ("unit:none", "stranger"):
            with pytest.raises(Incomplete):
                robot(desk, owner)
        entry = Entry.objects.get(act="address.set")
        assert "abc123" not in entry.data
        assert not Outgoing.objects.exists()

    def test_an_ended_address_takes_what_waits_with_it(self, desk):
        robot(desk)
        put()
        address_end(owner="handler", channel="dingtalk", actor=desk.actor("handler"), now=NOW)
        assert not waiting().exists()
        assert not Address.objects.exists()


class TestNotices:
    def test_what_cannot_wait_goes_out_with_its_entry_and_to_the_units_group(self, desk):
        for owner in ("handler", "unit:road"):
            robot(desk, owner)
        risk = make_risk(desk, State.HANDLING)
        notify.step_switch(code="treat-75", on=True, actor=desk.actor("admin"), now=NOW - timedelta(days=1))
        for _ in range(2):
            notify.notices_send(now=risk.treat_due - timedelta(hours=1))
        assert sorted(Outgoing.objects.values_list("owner", flat=True)) == ["handler", "unit:road"]

    def test_what_can_wait_does_not(self, desk):
        robot(desk)
        risk = make_risk(desk, State.HANDLING)
        LadderStep.objects.filter(code="treat-late").update(enabled_since=NOW)
        assert notify.notices_send(now=risk.treat_due + timedelta(days=2, hours=-1)) == 1
        assert not Outgoing.objects.exists()


class TestDigest:
    def test_one_a_working_day_with_only_what_is_ones_own_to_do(self, desk):
        for owner in ("handler", "other_handler", "verifier", "auditor"):
            robot(desk, owner)
        mine, submitted = make_risk(desk, State.HANDLING), make_risk(desk, State.SUBMITTED, event=make_event("另一处"))
        morning = NOW.replace(hour=0, minute=35) + timedelta(days=1)
        assert digests_put(now=morning) == 2
        assert digests_put(now=morning + timedelta(hours=3)) == 0
        said = {row.owner: row.body for row in Outgoing.objects.all()}
        assert set(said) == {"handler", "verifier"}
        assert mine.number in said["handler"]
        assert submitted.number not in said["handler"]
        assert submitted.number in said["verifier"]
        assert Entry.objects.filter(act="notice.digest").count() == 2

    def test_none_at_night_on_a_free_day_or_for_one_who_has_nothing_to_do(self, desk):
        robot(desk)
        make_risk(desk, State.HANDLING)
        for moment in (NOW.replace(hour=15), NOW + timedelta(days=5), NOW - timedelta(days=1)):
            assert digests_put(now=moment) == 0

    def test_a_long_list_is_cut_and_counted(self, desk):
        for n in range(14):
            make_risk(desk, State.HANDLING, event=make_event(str(n)))
        lines = list(duties(desk.actor("handler"), NOW))
        assert len(lines) == 13
        assert "另有 2 件" in lines[-1]

    def test_nobody_verifies_what_they_handled(self, desk):
        make_user("both", ["handler", "verifier"], desk.bureau)
        desk.users["both"] = desk.users["handler"].__class__.objects.get(username="both")
        make_risk(desk, State.SUBMITTED)
        assert list(duties(desk.actor("both"), NOW)) == []
