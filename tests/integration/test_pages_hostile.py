"""Hostile text in every field that a page shows: it stays text, no page breaks, none grows beyond measure."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests.factories import NOW, make_event, make_risk
from tests.hostile import TEXTS, poison
from tracker.accounts.models import Unit, User
from tracker.notify.models import Notice
from tracker.posts.models import Event, Post, Sighting
from tracker.risks.lifecycle import State
from tracker.risks.models import Attachment, CalendarDay, DeadlineRule, Risk, SavedView
from tracker.web.office_page import TABS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]
ROLES = {
    "analyst": ("/", "/queue/", "/search/?words=桥", "/trends/"),
    "dispatcher": ("/sheet/", "/sheet/?cols=place&cols=outcome", "/sheet/many/?act=assign&{picks}", "{risks}"),
    "handler": ("/", "/inbox/", "{risks}"),
    "verifier": ("/verify/", "/verify/next/"),
    "manager": ("/", "/papers/", "/ledger/"),
    "admin": ("/people/", *(f"/office/{tab}/" for tab in TABS)),
}


class Page(HTMLParser):
    """What a browser would make of a page: the handlers, scripts and links in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.bad += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        if tag == "script" and not str(given.get("src", "")).startswith("/static/"):
            self.bad.append(f"script {given}")
        if tag == "img" and not str(given.get("src", "")).startswith("/"):
            self.bad.append(f"img {given}")
        if tag == "a" and (link := given.get("href")):
            parts = urlsplit(link)
            if parts.scheme not in ("", "http", "https"):
                self.bad.append(f"link {link[:60]}")
            if parts.netloc and "noreferrer" not in str(given.get("rel", "")):
                self.bad.append(f"referrer {link[:60]}")


@pytest.fixture
def poisoned(desk):
    def fill(text: str) -> None:
        make_event("路灯不亮", ("灯不亮", "还是不亮"), words=("路灯",))
        for state in (State.LISTED, State.ASSIGNED, State.HANDLING, State.SUBMITTED, State.CLOSED):
            make_risk(desk, state, event=make_event(f"护栏断了{state}"))
        number = Risk.objects.first().number
        for who in ROLES:
            Notice.objects.create(key=who, recipient=who, number=number, step="treat-75", text="x", at=NOW)
        SavedView.objects.create(owner=desk.user("dispatcher"), name="x")
        CalendarDay.objects.create(day="2027-03-03", working=False)
        for model in (
            Post,
            Event,
            Risk,
            Unit,
            User,
            Attachment,
            Sighting,
            Notice,
            SavedView,
            CalendarDay,
            DeadlineRule,
        ):
            poison(model, text)

    return fill


@pytest.mark.parametrize("kind", TEXTS)
def test_every_page_shows_it_as_text(desk, poisoned, kind):
    poisoned(TEXTS[kind])
    numbers = list(Risk.objects.values_list("number", flat=True))
    picks = "&".join(f"pick={number}" for number in numbers)
    for name, urls in ROLES.items():
        client = Client()
        client.force_login(desk.user(name), backend="django.contrib.auth.backends.ModelBackend")
        for url in urls:
            for address in (
                [f"/sheet/{number}/" for number in numbers] if url == "{risks}" else [url.format(picks=picks)]
            ):
                answer = client.get(address, follow=True)
                text = answer.content.decode()
                if name == "handler" and answer.status_code == 404:
                    continue
                assert answer.status_code == 200, (name, address)
                assert Page(text).bad == [], (name, address)
                assert "alert(1)</script>" not in text, (name, address)
                assert len(text) < MOST, (name, address, len(text))


# A page of one item prints its own texts to their end; nothing else may weigh more than this.
MOST = 2_000_000


def test_a_list_stays_light_whatever_its_rows_hold(desk, poisoned):
    poisoned(TEXTS["long"])
    for name, url in (("analyst", "/queue/"), ("dispatcher", "/sheet/"), ("handler", "/inbox/"), ("verifier", "/verify/"), ("manager", "/")):  # fmt: skip
        client = Client()
        client.force_login(desk.user(name), backend="django.contrib.auth.backends.ModelBackend")
        assert len(client.get(url).content) < 250_000, url
