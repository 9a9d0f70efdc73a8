"""News all the way out: from the person's page over a real mail server and real receivers on loopback, with what goes wrong there."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.factories import NOW, make_event, make_risk
from tests.fakes.outside import MailServer, Receiver, running
from tracker.ledger.models import Entry
from tracker.notify import addresses, services
from tracker.notify.channels import CHANNELS, Message, dingtalk, feishu, wecom
from tracker.notify.models import Address, Notice, Outgoing
from tracker.notify.outbox import outgoing_put, outgoing_send
from tracker.risks.errors import Incomplete
from tracker.risks.lifecycle import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]
NIGHT = NOW.replace(hour=15)  # 23:00 in Shanghai
SATURDAY = NOW + timedelta(days=5)
MAILBOX = "handler@office.example"
ROBOTS = {
    "dingtalk": (dingtalk, "https://oapi.dingtalk.com/robot/send?access_token=abc", "/robot/send?access_token=abc"),
    "wecom": (wecom, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc", "/cgi-bin/webhook/send?key=abc"),
    "feishu": (feishu, "https://open.feishu.cn/open-apis/bot/v2/hook/abc", "/open-apis/bot/v2/hook/abc"),
}


@pytest.fixture
def mail(web, settings):
    """A mail server, and an office that sends through it."""
    with running(MailServer()) as server:
        reached = {"host": "127.0.0.1", "port": server.server_address[1], "user": "", "password": "", "ssl": False,
                   "tls": False, "sender": "desk@office.example"}  # fmt: skip
        settings.ENV = replace(settings.ENV, mail=reached)
        yield server


@pytest.fixture
def receiver(web, settings):
    """A receiver of JSON, which the operator has named."""
    with running(Receiver()) as server:
        settings.ENV = replace(settings.ENV, hook_hosts=frozenset({"127.0.0.1"}))
        server.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield server


def own_mail(desk, mail):
    """The handler's own mailbox, set and confirmed."""
    row = addresses.address_set(owner="handler", channel="email", target=MAILBOX, actor=desk.actor("handler"), now=NOW)
    outgoing_send(now=NOW)
    mail.got.clear()
    return addresses.address_confirm(channel="email", code=addresses.code_of(row), actor=desk.actor("handler"), now=NOW)


class TestMyOwn:
    def test_it_is_used_when_the_code_that_arrived_there_was_typed(self, desk, person, mail):
        page = person("handler")
        assert page.post("/account/addresses/", {"channel": "email", "target": MAILBOX}).status_code == 303
        text = page.get("/account/").content.decode()
        assert "待确认" in text
        assert MAILBOX not in text
        outgoing_put(Message("k", "题", "文"), ["handler"], level=3, now=NOW)
        moment = Address.objects.get().set_at
        outgoing_send(now=moment)
        (sent,) = mail.got
        assert (sent["To"], sent["From"]) == (MAILBOX, "desk@office.example")
        (code,) = re.findall(r"\d{6}", mail.told()[0])
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        assert page.post("/account/addresses/confirm/", {"channel": "email", "code": wrong}).status_code == 422
        assert page.post("/account/addresses/confirm/", {"channel": "email", "code": f" {code} "}).status_code == 303
        assert "在用" in page.get("/account/").content.decode()
        outgoing_put(Message("k", "题目", "正文"), ["handler"], level=3, now=NOW)
        assert outgoing_send(now=moment) == 1
        assert mail.got[1]["X-Yidan-Key"] == "k"
        assert "正文" in mail.told()[1]
        said = [(e.act, e.actor, e.data) for e in Entry.objects.filter(subject="address:handler").order_by("seq")]
        data = '{"channel":"email"}'
        assert said == [("address.set", "handler", data), ("address.confirm", "handler", data)]
        page.post("/account/addresses/end/", {"channel": "email"})
        assert not Address.objects.exists()

    def test_a_code_ends_after_an_hour_and_after_five_wrong_ones(self, desk, mail):
        actor, call = desk.actor("handler"), {"owner": "handler", "channel": "email", "target": MAILBOX}
        row = addresses.address_set(**call, actor=actor, now=NOW)
        good = addresses.code_of(row)
        for _ in range(addresses.TRIES):
            with pytest.raises(Incomplete, match="确认码不对"):
                addresses.address_confirm(channel="email", code="x", actor=actor, now=NOW)
        with pytest.raises(Incomplete, match="重新设置"):
            addresses.address_confirm(channel="email", code=good, actor=actor, now=NOW)
        later = NOW + timedelta(minutes=5)
        row = addresses.address_set(**call, actor=actor, now=later)
        assert addresses.code_of(row) != good
        with pytest.raises(Incomplete, match="过期"):
            addresses.address_confirm(
                channel="email", code=addresses.code_of(row), actor=actor, now=later + timedelta(hours=1, seconds=1)
            )
        assert Address.objects.get().confirmed_at is None

    def test_nobodys_mailbox_is_filled_and_what_is_not_confirmed_gets_nothing_else(self, desk, mail):
        actor = desk.actor("handler")
        call = {"owner": "handler", "channel": "email", "actor": actor}
        for n in range(addresses.CODES_AN_HOUR):
            moment = NOW + timedelta(seconds=n)
            addresses.address_set(**call, target=f"x{n}@a.example", now=moment)
            outgoing_send(now=moment)
        with pytest.raises(Incomplete, match="太多"):
            addresses.address_set(**call, target="y@a.example", now=NOW + timedelta(minutes=59))
        assert len(mail.got) == addresses.CODES_AN_HOUR
        # Put in while the old address was still in use, sent when the new one is not confirmed yet.
        Outgoing.objects.create(
            key="late", owner="handler", channel="email", title="题", body="文", level=3, made_at=NOW, next_at=NOW
        )
        assert outgoing_send(now=NOW) == 0
        assert Outgoing.objects.get(key="late").problem == "地址还没有确认"
        assert len(mail.got) == addresses.CODES_AN_HOUR

    def test_what_an_administrator_sets_for_others_needs_no_code_and_own_ones_do(self, desk, mail):
        admin = desk.actor("admin")
        for owner, asked in (("handler", False), ("admin", True)):
            row = addresses.address_set(owner=owner, channel="email", target=MAILBOX, actor=admin, now=NOW)
            assert (row.confirmed_at is None) is asked


def test_mail_that_is_refused_is_seen_and_tried_again_under_the_same_key(desk, person, mail):
    own_mail(desk, mail)
    risk = make_risk(desk, State.HANDLING)
    services.step_switch(code="treat-75", on=True, actor=desk.actor("admin"), now=NOW)
    moment = risk.treat_due - timedelta(hours=1)
    mail.troubles.append("451 the queue is full")
    services.notices_send(now=moment)
    assert outgoing_send(now=moment) == 0
    assert "对方没有接收" in person("handler").get("/account/").content.decode()
    assert "其中 1 条正在重试" in person("admin").get("/office/outgoing/").content.decode()
    assert outgoing_send(now=moment + timedelta(minutes=1)) == 1
    (sent,) = mail.got
    assert sent["X-Yidan-Key"] == Notice.objects.get().key
    assert risk.number in mail.told()[0]
    assert outgoing_send(now=moment + timedelta(days=1)) == 0
    assert "对方没有接收" not in person("handler").get("/account/").content.decode()


def test_a_receiver_that_took_it_and_fell_silent_gets_it_again_under_the_same_key(desk, receiver):
    admin = desk.actor("admin")
    addresses.address_set(
        owner="unit:road", channel="webhook", target=f"{receiver.url}/in?room=7", actor=admin, now=NOW
    )
    outgoing_put(Message("treat|YD-1", "题", "文"), ["unit:road"], level=3, now=NOW)
    receiver.answers.extend([None, (500, {}), (302, {"to": f"{receiver.url}/elsewhere"})])
    moments = [NOW, *(NOW + timedelta(minutes=m) for m in (1, 6, 21))]
    assert [outgoing_send(now=moment) for moment in moments] == [0, 0, 0, 1]
    assert {path for path, _headers, _sent in receiver.got} == {"/in?room=7"}, "no redirect is followed"
    assert [headers["Idempotency-Key"] for _path, headers, _sent in receiver.got] == ["treat|YD-1"] * 4
    assert receiver.got[-1][2]["message"] == "文"


@pytest.mark.parametrize("channel", ROBOTS)
def test_a_robot_that_refuses_with_a_friendly_status_has_not_taken_it(desk, person, receiver, monkeypatch, channel):
    module, address, path = ROBOTS[channel]
    monkeypatch.setattr(module, "ROBOT", module.ROBOT.replace(f"https://{module.HOST}", receiver.url))
    addresses.address_set(owner="unit:road", channel=channel, target=address, actor=desk.actor("admin"), now=NOW)
    outgoing_put(Message("k", "题目", "正文"), ["unit:road"], level=3, now=NOW)
    number, words = ("code", "msg") if channel == "feishu" else ("errcode", "errmsg")
    receiver.answers.extend([(200, {number: 310000, words: "keywords not in content"}), (429, {}), (200, {"ok": 1})])
    receiver.usual = (200, {number: 0, words: "ok"})
    assert outgoing_send(now=NOW) == 0
    assert Outgoing.objects.get().problem == "对方没有接收（310000 keywords not in content）"
    for minutes, why in ((1, "429"), (6, "回答里没有结果")):
        assert outgoing_send(now=NOW + timedelta(minutes=minutes)) == 0
        assert Outgoing.objects.get().problem == f"对方没有接收（{why}）"
    assert outgoing_send(now=NOW + timedelta(minutes=21)) == 1
    assert receiver.got[-1][0] == path
    assert "题目" in str(receiver.got[-1][2])
    assert "abc" not in person("admin").get("/office/outgoing/").content.decode()


def test_where_nobody_listens_it_is_given_up_in_sight_and_can_be_sent_again(desk, person, receiver):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        nowhere = f"http://127.0.0.1:{gone.getsockname()[1]}"
    addresses.address_set(owner="unit:road", channel="webhook", target=nowhere, actor=desk.actor("admin"), now=NOW)
    outgoing_put(Message("k", "无人接听", "文"), ["unit:road"], level=3, now=NOW)
    moment = NOW
    for _ in range(6):
        assert outgoing_send(now=moment) == 0
        moment += timedelta(hours=4)
    page = person("admin").get("/office/outgoing/").content.decode()
    assert "无人接听" in page
    assert "重新发送" in page
    url = CHANNELS["webhook"].url(nowhere, "k")
    assert CHANNELS["webhook"].send(url, Message("k", "题", "文")) == "对方没有接收"


def test_nobody_is_disturbed_at_night_or_on_a_free_day_but_for_level_three(desk, mail):
    own_mail(desk, mail)
    grave, slight = (make_risk(desk, State.ASSIGNED, level=level, event=make_event(f"{level} 级")) for level in (3, 1))
    for code in ("sign-75", "sign-late"):
        services.step_switch(code=code, on=True, actor=desk.actor("admin"), now=NOW)
    for moment in (NIGHT, SATURDAY, SATURDAY + timedelta(hours=9)):
        services.notices_send(now=moment)
        outgoing_send(now=moment)
    assert mail.got
    assert all(grave.number in text and slight.number not in text for text in mail.told())
    opens = (SATURDAY + timedelta(days=2)).replace(hour=0, minute=30)
    services.notices_send(now=opens)
    outgoing_send(now=opens)
    assert any(slight.number in text for text in mail.told())


def test_an_hour_brings_no_more_than_its_cap_and_the_next_one_the_rest(desk, mail, monkeypatch):
    monkeypatch.setattr(services, "MOST_AN_HOUR", 3)
    own_mail(desk, mail)
    risks = [make_risk(desk, State.ASSIGNED, event=make_event(f"第{n}处")) for n in range(4)]
    services.step_switch(code="sign-75", on=True, actor=desk.actor("admin"), now=NOW)
    moment = risks[0].sign_due - timedelta(minutes=90)
    for minutes, heard in ((0, 3), (30, 3), (61, 4)):
        services.notices_send(now=moment + timedelta(minutes=minutes))
        outgoing_send(now=moment + timedelta(minutes=minutes))
        assert len(mail.got) == heard
    assert all(any(risk.number in text for text in mail.told()) for risk in risks)
