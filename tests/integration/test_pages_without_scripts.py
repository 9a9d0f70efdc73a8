"""Every act works in a browser without scripts: each form of each page is a plain form, and pressing it is answered with a page."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from tests.factories import make_event, make_risk
from tracker.accounts.models import Role
from tracker.demo.seed import catalogue_write
from tracker.risks.lifecycle import State
from tracker.web.access import navigation
from tracker.web.office_page import TABS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]
# What a form may answer with: a page, where to go on, or a refusal with its sentence. 409 is a page that was stale.
ANSWERS = {200, 302, 303, 409, 422}
# Those whose work is not tried twenty times: a crawl and a test of a source go out, leaving ends the session of the test.
ELSEWHERE = ("/sources/", "/logout/", "/language/", "/account/out/")


class Forms(HTMLParser):
    """The forms of a page with the fields a browser would send as they stand, and what only scripts could press."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[dict] = []
        self.by_id: dict[str, dict] = {}
        self.scripted: list[str] = []
        self._at: dict | None = None
        self._select: tuple[str, list[str]] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        posts = given.get("hx-post")
        if tag == "form":
            self._at = {
                "action": given.get("action", ""),
                "method": given.get("method", "get"),
                "fields": {},
                "button": False,
            }
            self.forms.append(self._at)
            self.by_id[given.get("id", "")] = self._at
            if posts and posts != self._at["action"]:
                self.scripted.append(f"form {posts}")
        elif posts and not posts.endswith("/check/"):  # the live check of an answer only advises
            self.scripted.append(f"{tag} {posts}")
        if given.get("hx-get") and tag not in ("form", "a"):
            self.scripted.append(f"{tag} {given['hx-get']}")
        form = self.by_id.get(given["form"], self._at) if "form" in given else self._at
        if form is None:
            return
        kind = given.get("type", "text" if tag == "input" else "submit")
        if tag == "button" and kind == "submit":
            form["button"] = True
            if given.get("name"):
                form["fields"].setdefault(given["name"], given.get("value", ""))
        elif tag == "input" and (kind not in ("checkbox", "radio", "file") or "checked" in given):
            form["fields"].setdefault(given.get("name", ""), given.get("value", ""))
        elif tag == "option" and self._select and ("selected" in given or not self._select[1]):
            self._select[1][:] = [given.get("value", "")]
            form["fields"][self._select[0]] = given.get("value", "")
        elif tag == "select":
            self._select = (given.get("name", ""), [])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._at = None
        elif tag == "select":
            self._select = None


@pytest.fixture
def pages(desk, web):
    """Every page somebody stands on, by role."""
    (web / "catalogue").mkdir()
    catalogue_write(web / "catalogue", "http://127.0.0.1:9")
    now = timezone.now()
    event = make_event("路灯不亮", ("灯不亮", "还是不亮"), now=now)
    make_event("路灯又灭了", ("又灭了",), now=now)
    numbers = [
        make_risk(desk, state, now=now, event=make_event(f"护栏{state}", now=now)).number
        for state in (State.LISTED, State.SUBMITTED)
    ]
    more = {
        "analyst": [f"/queue/{event.pk}/"], "dispatcher": [f"/sheet/many/?act=assign&pick={numbers[0]}"],
        "verifier": [f"/verify/{numbers[1]}/"], "manager": [f"/papers/{kind}/{period}/" for kind, period in (("weekly", "2026-W40"), ("monthly", "2026-09"))],
        "admin": [*(f"/office/{tab}/" for tab in TABS), "/people/handler/", "/office/periods/"],
    }  # fmt: skip
    return {
        role: ["/account/", *(f"/{name}/" if name != "today" else "/" for name, _label in navigation(desk.actor(role))), *more.get(role, [])]
        for role in Role.values
    }  # fmt: skip


def test_every_form_of_every_page_is_answered_without_scripts(person, pages):
    seen: set[str] = set()
    for role, addresses in pages.items():
        client = person(role)
        for address in addresses:
            page = client.get(address)
            assert page.status_code == 200, address
            found = Forms(page.content.decode())
            assert found.scripted == [], address
            for form in found.forms:
                assert form["button"], (address, form)
                where = form["action"] or address
                if form["method"] == "post" and where not in seen and not where.startswith(ELSEWHERE):
                    seen.add(where)
                    answered(client, address, where, form["fields"])
    assert len(seen) > LEAST, sorted(seen)


# Forms there are at least; fewer would mean that the pages were not read as they are.
LEAST = 30


def answered(client: Client, address: str, where: str, fields: dict[str, str]) -> None:
    """Send the form as it stands; nothing of it stays."""
    assert "csrfmiddlewaretoken" in fields, (address, where)
    with transaction.atomic():
        answer = client.post(where, {name: value for name, value in fields.items() if name})
        transaction.set_rollback(True)
    assert answer.status_code in ANSWERS, (address, where, answer.status_code)


def test_a_session_that_ended_shows_what_was_typed_to_copy(desk, person):
    risk = make_risk(desk, State.LISTED)
    form = {
        "version": risk.version,
        "reason": "请先核实是否本省路段",
        "password": "not-to-be-shown",
        "csrfmiddlewaretoken": "x",
    }
    answer = Client().post(
        f"/sheet/{risk.number}/do/comment/", form, headers={"Referer": f"http://testserver/sheet/{risk.number}/"}
    )
    page = answer.content.decode()
    assert answer.status_code == 401
    assert '<pre class="kept">请先核实是否本省路段</pre>' in page
    assert "not-to-be-shown" not in page
    assert f"/login/?next=%2Fsheet%2F{risk.number}%2F" in page
    assert "<form" not in page.split("<main")[1], "to copy, not to send with one press"


def test_a_form_from_before_the_login_shows_what_was_typed(desk):
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.user("dispatcher"), backend="django.contrib.auth.backends.ModelBackend")
    risk = make_risk(desk, State.LISTED)
    elsewhere = {"Referer": "https://evil.example/sheet/1/"}
    answer = client.post(
        f"/sheet/{risk.number}/do/comment/", {"version": 1, "reason": "写了一半<b>"}, headers=elsewhere
    )
    page = answer.content.decode()
    assert answer.status_code == 403
    assert '<pre class="kept">写了一半&lt;b&gt;</pre>' in page
    assert "evil.example" not in page
