"""What an opponent tries first: a form from another site, two roles in one hand, headers left out, words in the wrong place."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_risk
from tests.integration.test_pages_access import addresses, read
from tracker.accounts.models import Grant
from tracker.ledger.models import Entry
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]
BACKEND = "django.contrib.auth.backends.ModelBackend"
# Every page that answers GET alone says so before the form's token is looked at.
READ_ONLY = {405}


@pytest.mark.parametrize("name", ["analyst", "admin"])
def test_no_form_of_another_site_is_taken(desk, web, name):
    """CSRF: every address of the site, with somebody's session and without the token."""
    urls = addresses(desk, web)
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.user(name), backend=BACKEND)
    before = Entry.objects.count()
    for page, url in urls.items():
        answer = client.post(url, {"version": 1, "reason": "x", "act": "x"})
        assert answer.status_code in {403, *READ_ONLY}, (page, answer.status_code)
    assert Entry.objects.count() == before


def test_a_session_writes_through_the_api_with_the_token_only(desk, web):
    risk = make_risk(desk, State.HANDLING)
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.user("analyst"), backend=BACKEND)
    url, body = f"/api/v1/risks/{risk.number}/acts/comment", {"version": risk.version, "reason": "已核实"}
    refused = client.post(url, body, content_type="application/json")
    assert (refused.status_code, refused.json()["reason"]) == (403, "csrf")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/").content.decode())[1]
    taken = client.post(url, body, content_type="application/json", headers={"X-CSRFToken": token})
    assert taken.status_code == 200
    assert client.get(f"/api/v1/risks/{risk.number}").status_code == 200


@pytest.mark.parametrize("who", ["handler", "neighbour"])
def test_two_roles_in_one_hand_do_not_close(desk, person, who):
    """Who handled it, and who sits in the same unit, with the verifier's role on top: refused on the page, nothing written."""
    risk = make_risk(desk, State.SUBMITTED)
    name = "handler" if who == "handler" else "verifier"
    Grant.objects.get_or_create(user=desk.user(name), role="verifier")
    Grant.objects.get_or_create(user=desk.user(name), role="handler")
    user = desk.user(name)
    user.unit = desk.bureau
    user.save()
    body = {"version": risk.version, "method": "书面核查", "reason": "看过了"}
    answer = person(name).post(reverse("sheet-act", args=[risk.number, "verify"]), body)
    assert answer.status_code == 422
    assert "承办单位" in answer.content.decode()
    assert Risk.objects.get(pk=risk.pk).state == State.SUBMITTED
    assert not Entry.objects.filter(act="risk.verify").exists()


def test_every_answer_carries_its_guards(desk, web, person):
    """Security headers on pages, refusals, files and the API alike."""
    client = person("admin")
    risk = make_risk(desk)
    for url in (
        "/",
        "/people/",
        "/nothing/",
        f"/sheet/{risk.number}/",
        "/queue/",
        "/api/v1/me",
        "/api/v1/nothing",
        "/healthz",
    ):
        answer = client.get(url)
        assert answer["X-Content-Type-Options"] == "nosniff", url
        assert answer["X-Frame-Options"] == "DENY", url
        assert answer["Referrer-Policy"] == "same-origin", url
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", url
        assert "default-src 'none'" in answer["Content-Security-Policy"], url
        assert "unsafe" not in answer["Content-Security-Policy"], url


def test_cookies_are_for_our_pages_and_the_session_not_for_scripts(desk, web, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = desk.user("analyst")
    user.set_password("a-ferry-on-the-river")
    user.save()
    client = Client()
    client.get("/login/")
    answer = client.post("/login/", {"username": "analyst", "password": "a-ferry-on-the-river"})
    assert answer.cookies["sessionid"]["httponly"]
    assert {cookie["samesite"] for cookie in answer.cookies.values()} == {"Lax"}


def test_pages_are_not_kept_by_the_browser(desk, web, person):
    for url in ("/", "/account/", "/people/", "/privacy/", "/login/setup/"):
        answer = person("admin").get(url)
        assert "no-store" in answer["Cache-Control"], url


def test_no_export_leaves_without_its_entry(desk, web, person):
    """Every door through which rows leave: who, when, filter, row count."""
    risk = make_risk(desk, State.HANDLING)
    manager = person("manager")
    doors = {
        "export.sheet": lambda: manager.post("/sheet/export/?level=2"),
        "export.slip": lambda: manager.get(f"/sheet/{risk.number}/paper/assignment.docx"),
        "export.paper": lambda: manager.get("/papers/weekly/2026-W40/preview.docx"),
    }
    for act, leave in doors.items():
        assert not Entry.objects.filter(act=act).exists()
        answer = leave()
        read(answer)
        assert answer.status_code == 200, act
        entry = Entry.objects.get(act=act)
        assert entry.actor == "manager"
        assert '"filter":' in entry.data
        assert '"rows":' in entry.data
