"""Webhooks: each entry once under one key, tried again when it did not arrive, signed, never to private addresses, never a word of anybody."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from scripts.verify_webhook import Guard
from tests.factories import NOW, make_risk
from tracker.accounts.actors import system_actor
from tracker.ledger.models import Entry
from tracker.outward.hooks import WAITS, HookRefused, deliveries_queue, deliveries_send, hook_add, hook_end, secret
from tracker.outward.models import Delivery, Hook
from tracker.outward.signing import headers
from tracker.outward.wire import NotReached, post, public, usable
from tracker.risks.lifecycle import State

pytestmark = pytest.mark.django_db
BY = {"by": system_actor("tests"), "now": NOW}
SECRET = "s" * 64


class Receiver:
    """Another system: keeps what it took, answers what it is told to."""

    def __init__(self) -> None:
        self.took: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.took.append((dict(self.headers), body))
                self.send_response(outer.answers.pop(0) if outer.answers else 204)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/news"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    settings.ENV = dataclasses.replace(settings.ENV, hook_hosts=frozenset({"127.0.0.1"}))
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def deliver(at=NOW, **over) -> int:
    deliveries_queue(now=at)
    return deliveries_send(clock=lambda: at, **over)


def test_each_entry_arrives_once_signed_and_without_a_word(desk, receiver):
    hook, text = hook_add(name="city", url=receiver.url, **BY)
    risk = make_risk(desk, State.RETURNED)
    assert deliver() == 3
    assert deliver() == 0
    guard = Guard(text)
    said = []
    for sent, body in receiver.took:
        assert guard.refusal(sent, body, now=NOW.timestamp()) == ""
        said.append(json.loads(body))
    assert [row["act"] for row in said] == ["risk.list", "risk.assign", "risk.return"]
    assert {row["subject"] for row in said} == {risk.subject}
    assert set(said[0]) == {"id", "seq", "at", "act", "subject", "from", "to", "level", "unit"}
    everything = b"".join(body for _sent, body in receiver.took).decode()
    for entry in Entry.objects.filter(subject=risk.subject):
        assert entry.actor not in everything
        assert not entry.reason or entry.reason not in everything
    assert Hook.objects.get().seq == Entry.objects.latest("seq").seq
    assert text not in repr(list(Hook.objects.values())) + repr(list(Entry.objects.values()))
    assert secret(hook) == text


def test_what_did_not_arrive_is_tried_again_under_the_same_key(desk, receiver):
    hook_add(name="city", url=receiver.url, **BY)
    make_risk(desk)
    receiver.answers = [500, 302, 200]
    assert deliver() == 0
    assert deliver() == 0, "not before its time"
    assert len(receiver.took) == 1
    assert deliver(NOW + WAITS[0]) == 0, "a redirect is not followed and is no arrival"
    assert deliver(NOW + WAITS[0] + WAITS[1]) == 1
    assert len({sent["Yidan-Delivery"] for sent, _body in receiver.took}) == 1
    assert len({sent["Yidan-Signature"] for sent, _body in receiver.took}) == 3, "signed anew, for its time"
    row = Delivery.objects.get()
    assert (row.attempts, row.problem, bool(row.delivered_at)) == (3, "", True)


def test_it_is_given_up_in_the_end_and_seen(desk, receiver):
    hook_add(name="city", url=receiver.url, **BY)
    make_risk(desk)
    receiver.answers = [500] * 20
    at = NOW
    for wait in (*WAITS, WAITS[-1]):
        deliver(at)
        at += wait
    row = Delivery.objects.get()
    assert row.attempts == len(WAITS) + 1 == len(receiver.took)
    assert row.given_up_at
    assert row.problem == "answered 500"
    assert deliver(at + timedelta(days=9)) == 0


def test_a_kill_while_sending_sends_again(desk, receiver):
    hook_add(name="city", url=receiver.url, **BY)
    make_risk(desk)

    def killed(*_arguments):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(send=killed)
    assert deliver(NOW + WAITS[0]) == 1


def test_a_receiver_hears_what_it_asked_for(desk, receiver):
    hook_add(name="port", url=receiver.url, acts=("risk.assign",), unit=desk.port, **BY)
    make_risk(desk, State.HANDLING)
    make_risk(desk, State.HANDLING, unit=desk.port, handler="other_handler")
    deliver()
    assert [json.loads(body)["unit"] for _sent, body in receiver.took] == ["port"]


def test_nothing_from_before_it_was_set_up_and_nothing_after_its_end(desk, receiver):
    make_risk(desk, State.HANDLING)
    hook_add(name="city", url=receiver.url, **BY)
    assert deliver() == 0
    make_risk(desk)
    deliveries_queue(now=NOW)
    hook_end(name="city", **BY)
    make_risk(desk)
    assert deliver() == 0
    assert [e.act for e in Entry.objects.filter(subject="hook:city")] == ["hook.add", "hook.end"]


@pytest.mark.parametrize(
    "over",
    [{"name": "a b"}, {"url": "http://example.org/"}, {"url": "ftp://example.org/"}, {"url": "https://u:p@example.org/"},
     {"url": "https:///x"}, {"url": "https://example.org:99999/"}, {"acts": ("risk.fly",)}, {"by": None}],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(desk, over):
    given = {"name": "city", "url": "https://example.org/news"} | BY | over
    with pytest.raises(HookRefused):
        hook_add(**(given | ({"by": desk.actor("manager")} if over.get("by", 1) is None else {})))
    assert not Hook.objects.exists()


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1", "::1",
     "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1"],
)  # fmt: skip
def test_no_private_address_in_any_form_is_public(address):
    assert not public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111"])
def test_a_public_one_is(address):
    assert public(address)


def test_a_name_that_leads_inside_is_not_followed(monkeypatch):
    import socket

    looked = []

    def lookup(host, port, **_more):
        looked.append(host)
        return [(2, 1, 6, "", ("8.8.8.8", port)), (2, 1, 6, "", ("192.168.0.9", port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises(NotReached, match="private"):
        post("https://news.example/", body=b"{}", headers={}, allowed=frozenset())
    assert looked == ["news.example"], "looked up once: what is connected to is what was looked at"
    with pytest.raises(NotReached):
        usable("https://169.254.169.254\\@example.org:x/", frozenset())


class TestReplay:
    def sent(self, at=NOW, key="city-7", body=b'{"seq":7}'):
        return headers(SECRET, key, body, at), body

    def test_the_same_request_is_taken_once(self):
        guard, (said, body) = Guard(SECRET), self.sent()
        assert guard.refusal(said, body, now=NOW.timestamp() + 1) == ""
        assert "taken already" in guard.refusal(said, body, now=NOW.timestamp() + 2)

    @pytest.mark.parametrize("late", [301, -301, 86_400])
    def test_not_later_than_five_minutes_nor_from_the_future(self, late):
        said, body = self.sent()
        assert "too old" in Guard(SECRET).refusal(said, body, now=NOW.timestamp() + late)

    @pytest.mark.parametrize(
        "change",
        [{"Yidan-Timestamp": "1"}, {"Yidan-Delivery": "city-8"}, {"Yidan-Signature": "v1=00"}, {"Yidan-Signature": ""}],
    )
    def test_nothing_in_it_can_be_changed(self, change):
        said, body = self.sent()
        assert "signature" in Guard(SECRET).refusal(said | change, body, now=NOW.timestamp())

    def test_nor_the_body_nor_the_secret(self):
        said, body = self.sent()
        assert "signature" in Guard(SECRET).refusal(said, body + b" ", now=NOW.timestamp())
        assert "signature" in Guard(SECRET[:-1] + "x").refusal(said, body, now=NOW.timestamp())
