"""Papers reach those who asked for them: once though tried twice, with what went wrong to be seen."""

from __future__ import annotations

import dataclasses
import smtplib
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header

import pytest

from tests.factories import make_desk, make_risk
from tracker.accounts.models import Grant
from tracker.env import EnvironmentUnusable, read
from tracker.ledger.models import Entry
from tracker.reports.mail import (
    WAITS,
    MailRefused,
    deliveries_make,
    delivery_retry,
    delivery_see,
    message,
    papers_send,
    subscription_end,
    subscription_set,
)
from tracker.reports.models import Delivery, DeliveryState
from tracker.reports.services import paper_make
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk

pytestmark = pytest.mark.django_db

END = datetime(2026, 11, 22, 16, tzinfo=UTC)
LATER = END + timedelta(hours=9)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def office(settings):
    """An office with a mail server, a manager who asked for the weekly report, and one item in the week."""
    settings.ENV = dataclasses.replace(settings.ENV, mail={"host": "localhost"})
    settings.DEFAULT_FROM_EMAIL = "desk@office.example"
    desk = make_desk()
    make_risk(desk, State.HANDLING, now=END - timedelta(days=2), level=3)
    ask(desk)
    return desk


def ask(desk, who="manager", address="lead@office.example", formats=("docx", "xlsx"), now=END):
    return subscription_set(kind="weekly", formats=formats, address=address, actor=desk.actor(who), now=now)


def freeze(now=LATER):
    paper_make(kind="weekly", period="2026-W47", now=now, sources={})
    return deliveries_make(now=now)


def refuse(_message):
    raise smtplib.SMTPServerDisconnected("the server hung up")


def test_a_frozen_paper_goes_out_once_with_its_attachments(office, mailoutbox):
    assert freeze() == 1
    assert freeze() == 0
    assert papers_send(now=LATER) == 1
    assert papers_send(now=LATER + timedelta(days=1)) == 0
    (mail,) = mailoutbox
    assert mail.to == ["lead@office.example"]
    assert "2026-W47" in mail.subject
    assert "隐患。本周新列单隐患1件" in mail.body
    assert [name for name, _body, _type in mail.attachments] == ["weekly-2026-W47.docx", "weekly-2026-W47.xlsx"]
    assert all(body.startswith(b"PK") for _name, body, _type in mail.attachments)
    entry = Entry.objects.get(act="paper.send")
    assert '"to":"manager"' in entry.data
    assert "office.example" not in entry.data


def test_a_sender_that_died_sends_again_under_the_same_id(office, mailoutbox):
    freeze()

    def sent_and_killed(mail):
        mail.send()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        papers_send(now=LATER, send=sent_and_killed)
    assert papers_send(now=LATER + MINUTE) == 0
    assert papers_send(now=LATER + 11 * MINUTE) == 1
    ids = {mail.extra_headers["Message-ID"] for mail in mailoutbox}
    assert len(mailoutbox) == 2
    assert len(ids) == 1


def test_two_senders_never_take_the_same_one(office, mailoutbox):
    freeze()

    def meanwhile(mail):
        assert papers_send(now=LATER) == 0
        mail.send()

    assert papers_send(now=LATER, send=meanwhile) == 1
    assert len(mailoutbox) == 1


def test_a_failure_is_kept_tried_again_and_in_the_end_shown(office, mailoutbox):
    freeze()
    now = LATER
    for wait in WAITS:
        assert papers_send(now=now, send=refuse) == 0
        row = Delivery.objects.get()
        assert row.state == DeliveryState.WAITING
        assert "the server hung up" in row.problem
        assert row.next_at == now + wait * MINUTE
        now = row.next_at
    papers_send(now=now, send=refuse)
    row = Delivery.objects.get()
    assert (row.state, row.attempts) == (DeliveryState.FAILED, len(WAITS) + 1)
    assert papers_send(now=now + timedelta(days=9)) == 0
    delivery_retry(delivery=row.pk, actor=office.actor("analyst"), now=now)
    assert papers_send(now=now) == 0
    delivery_retry(delivery=row.pk, actor=office.actor("manager"), now=now)
    assert papers_send(now=now) == 1
    assert len(mailoutbox) == 1


def test_a_revision_is_a_mail_of_its_own_that_names_what_differs(office, mailoutbox):
    freeze()
    papers_send(now=LATER)
    Risk.objects.update(problem="改过的题目")
    assert freeze(LATER + timedelta(days=1)) == 1
    assert papers_send(now=LATER + timedelta(days=1)) == 1
    first, second = mailoutbox
    assert "更正" not in first.subject
    assert "第2版，更正" in second.subject
    assert "改过的题目" in second.body
    assert first.extra_headers["Message-ID"] != second.extra_headers["Message-ID"]


def test_without_a_server_or_an_address_papers_wait_on_the_desk(office, settings, mailoutbox):
    ask(office, "analyst", address="")
    settings.ENV = dataclasses.replace(settings.ENV, mail={})
    assert freeze() == 2
    assert papers_send(now=LATER) == 0
    assert {row.recipient: row.state for row in Delivery.objects.all()} == dict.fromkeys(("manager", "analyst"), "desk")
    assert "没有设置邮件服务器" in Delivery.objects.get(recipient="manager").problem
    paper = Delivery.objects.first().paper_id
    delivery_see(paper=paper, actor=office.actor("analyst"), now=LATER)
    assert Delivery.objects.get(recipient="analyst").state == DeliveryState.SEEN
    assert Delivery.objects.get(recipient="manager").state == DeliveryState.DESK


def test_nothing_from_before_and_nothing_to_who_may_no_longer_read(office, mailoutbox):
    freeze()
    ask(office, "auditor", now=LATER + MINUTE)
    assert freeze() == 0
    Grant.objects.filter(user=office.user("manager")).delete()
    assert papers_send(now=LATER + MINUTE) == 0
    assert Delivery.objects.get().state == DeliveryState.FAILED
    assert not mailoutbox


def test_unsubscribing_drops_what_waits(office):
    freeze()
    subscription_end(kind="weekly", actor=office.actor("manager"), now=LATER)
    assert not Delivery.objects.exists()
    assert freeze() == 0


@pytest.mark.parametrize(
    ("who", "kind", "formats", "address"),
    [
        ("handler", "weekly", ["docx"], ""),
        ("manager", "daily", ["docx"], ""),
        ("manager", "weekly", [], ""),
        ("manager", "weekly", ["exe"], ""),
        ("manager", "weekly", ["docx"], "no address"),
        ("manager", "weekly", ["docx"], "a@b.example\nBcc: c@d.example"),
    ],
)
def test_a_wish_that_cannot_be_met_is_a_sentence(office, who, kind, formats, address):
    with pytest.raises(MailRefused):
        subscription_set(kind=kind, formats=formats, address=address, actor=office.actor(who), now=LATER)


def test_a_hostile_title_cannot_add_a_header(office):
    freeze()
    row = Delivery.objects.get()
    row.paper.content["title"] = "周报\r\nBcc: victim@office.example"
    sent = message(row).message()
    assert "Bcc" not in sent
    assert "Bcc: victim" in str(make_header(decode_header(sent["Subject"])))


@pytest.mark.parametrize(
    ("url", "sender", "expected"),
    [
        ("smtp://mail.example", "a@b.example", (25, False, False)),
        ("smtps://u%40x:p%2F@mail.example", "a@b.example", (465, True, False)),
        ("smtp+tls://mail.example:2525", "Desk <a@b.example>", (2525, False, True)),
    ],
)
def test_the_mail_server_is_set_by_its_address(url, sender, expected):
    mail = read({"YIDAN_MAIL_URL": url, "YIDAN_MAIL_FROM": sender}).mail
    assert (mail["port"], mail["ssl"], mail["tls"]) == expected
    assert mail["host"] == "mail.example"
    assert read({}).mail == {}


@pytest.mark.parametrize(
    ("url", "sender"), [("http://x", "a@b"), ("smtp://", "a@b"), ("smtp://x:y", "a@b"), ("smtp://x", "")]
)
def test_a_wrong_mail_server_is_one_sentence(url, sender):
    with pytest.raises(EnvironmentUnusable, match="YIDAN_MAIL_URL needs"):
        read({"YIDAN_MAIL_URL": url, "YIDAN_MAIL_FROM": sender})


def test_the_page_offers_the_wish_shows_what_waits_and_what_failed(office, client, web):
    client.force_login(office.user("analyst"))
    page = client.post("/papers/weekly/subscribe/", {"formats": ["docx"], "address": ""}, follow=True).content.decode()
    assert "已订阅周报" in page
    freeze(datetime.now(UTC))
    page = client.get("/papers/").content.decode()
    assert "等您查看的文书" in page
    client.get("/papers/weekly/2026-W47/")
    assert "等您查看的文书" not in client.get("/papers/").content.decode()
    Delivery.objects.filter(recipient="manager").update(state=DeliveryState.FAILED, problem="连不上 mail.example")
    client.force_login(office.user("admin"))
    assert "连不上 mail.example" in client.get("/papers/").content.decode()
    client.force_login(office.user("manager"))
    page = client.get("/papers/").content.decode()
    assert "重新发送" in page
    row = Delivery.objects.get(recipient="manager")
    client.post(f"/papers/deliveries/{row.pk}/retry/")
    row.refresh_from_db()
    assert row.state == DeliveryState.WAITING
    assert "已退订" in client.post("/papers/weekly/subscribe/", {"end": "1"}, follow=True).content.decode()
