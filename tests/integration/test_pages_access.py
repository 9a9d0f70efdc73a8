"""Who gets which page: every address as every role and as a stranger, against the access table."""

from __future__ import annotations

from hashlib import sha256

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from tests.factories import NOW, PNG, make_event, make_risk
from tracker.accounts.models import Role
from tracker.risks import files
from tracker.risks.lifecycle import State
from tracker.risks.models import SavedView
from tracker.web.access import PAGES, navigation
from tracker.web.urls import urlpatterns

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]
OPEN_TO_STRANGERS = {"login", "set_language"}
PEOPLE = [*Role.values, "nobody", "other_handler"]


def as_person(desk, name: str) -> Client:
    client = Client()
    client.force_login(desk.user(name), backend="django.contrib.auth.backends.ModelBackend")
    return client


def read(answer) -> None:
    """To its end, so that an open file is closed; `answer.close()` would close the test's connection too."""
    if answer.streaming:
        list(answer.streaming_content)


def addresses(desk, web) -> dict[str, str]:
    """One address for each name of the table of addresses."""
    files.store(web / "files", PNG)
    number = make_risk(desk, State.SUBMITTED).number
    event = make_event("另一处路灯不亮", ("路灯不亮",)).pk
    week = "2026-W40"
    kept = web / "state" / "pages" / "wz-rednet" / "run1.txt"
    kept.parent.mkdir(parents=True)
    kept.write_text("title: 留言", encoding="utf-8")
    made = {
        "queue-event": [event], "queue-confirm": [event], "queue-dismiss": [event], "queue-restore": [event],
        "queue-merge": [event], "queue-split": [event],
        "sheet-risk": [number], "sheet-act": [number, "comment"], "sheet-check": [number], "verify-item": [number], "sheet-view-drop": [SavedView.objects.create(owner=desk.user("analyst"), name="我的").pk], "sheet-evidence": [number, sha256(PNG).hexdigest()],
        "sources-source": ["wz-rednet"], "sources-card": ["wz-rednet"], "sources-test": ["liuyan-people"], "sources-crawl": ["wz-rednet"], "sources-page": ["wz-rednet", "run1"],
        "papers-period": ["weekly", week], "papers-freeze": ["weekly", week],
        "papers-subscribe": ["weekly"], "papers-retry": [1],
        "papers-file": ["weekly", week, "preview", "docx"], "sheet-slip": [number, "assignment"],
        "office-tab": ["periods"], "today-read": [1], "office-act": ["units", "add"], "account-revoke": [1], "people-person": ["handler"], "people-act": ["handler", "end"],
        "model-rule": ["heat"], "model-promote": ["some-version"],
    }  # fmt: skip
    return {p.name: reverse(p.name, args=made.get(p.name, [])) for p in urlpatterns if p.name}


def test_every_address_belongs_to_a_page_of_the_table():
    names = {p.name for p in urlpatterns if isinstance(p, URLPattern)}
    assert {n.split("-")[0] for n in names} - OPEN_TO_STRANGERS - {"logout"} == {n for n in PAGES if "-" not in n}


def test_a_stranger_is_sent_to_the_login_page_from_everywhere(desk, web):
    for name, url in addresses(desk, web).items():
        for ask in (Client().get, Client().post):
            answer = ask(url)
            if name in OPEN_TO_STRANGERS:
                assert answer.status_code in (200, 302, 405), name
            elif name == "logout":
                assert answer.status_code in (302, 405)
            else:
                assert answer.status_code == 302, name
                assert answer["Location"].startswith("/login/?next="), name


@pytest.mark.parametrize("person", PEOPLE)
def test_a_page_opens_for_its_roles_and_is_refused_with_a_sentence_to_others(desk, web, person):
    client, actor = as_person(desk, person), desk.actor(person)
    for name, url in addresses(desk, web).items():
        page = name if name in PAGES else name.split("-")[0]
        if page not in PAGES or name in OPEN_TO_STRANGERS:
            continue
        answer = client.get(url)
        read(answer)
        if page != "today" and not actor.has(*PAGES[page].roles) and answer.status_code != 405:
            assert answer.status_code == 403, (name, person)
            assert "您现在没有这个角色" in answer.content.decode()
        else:
            missing = person == "other_handler" and page == "sheet" and name not in ("sheet", "sheet-many")
            assert answer.status_code in ((404, 405) if missing else (200, 303, 405)), (name, person)


@pytest.mark.parametrize("person", PEOPLE)
def test_a_post_to_a_page_that_is_not_ones_own_is_refused(desk, web, person):
    client, actor = as_person(desk, person), desk.actor(person)
    for name, url in addresses(desk, web).items():
        page = name if name in PAGES else name.split("-")[0]
        if page in PAGES and page != "today" and not actor.has(*PAGES[page].roles):
            assert client.post(url).status_code in (403, 405), (name, person)


@pytest.mark.parametrize("person", PEOPLE)
def test_the_navigation_shows_exactly_what_opens(desk, person):
    page = as_person(desk, person).get("/").content.decode()
    shown = {name for name in PAGES if PAGES[name].label and f'<a href="{reverse(name)}"' in page.split("</nav>")[0]}
    assert shown == {name for name, _label in navigation(desk.actor(person))}


def test_a_handler_cannot_see_another_units_risk_nor_its_evidence(desk, web):
    files.store(web / "files", PNG)
    number = make_risk(desk, State.SUBMITTED).number
    other, own = as_person(desk, "other_handler"), as_person(desk, "handler")
    for url in (f"/sheet/{number}/", f"/sheet/{number}/evidence/{sha256(PNG).hexdigest()}/"):
        answer = own.get(url)
        read(answer)
        assert answer.status_code == 200
        assert other.get(url).status_code == 404
    assert number not in other.get("/sheet/").content.decode()
    assert other.post(f"/sheet/{number}/do/comment/", {"version": 1, "reason": "看看"}).status_code == 404


def test_a_role_that_has_ended_opens_nothing(desk):
    desk.user("analyst").grants.update(until=NOW)
    assert as_person(desk, "analyst").get("/queue/").status_code == 403


def test_every_page_carries_a_strict_policy_and_is_not_kept(desk, web):
    client = as_person(desk, "analyst")
    for url in ("/", "/queue/", "/sheet/", "/nothing/"):
        answer = client.get(url)
        policy = answer["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer["X-Content-Type-Options"] == "nosniff"
        body = answer.content.decode()
        assert " style=" not in body
        assert "<style" not in body
        assert "onclick" not in body
        assert all("src=" in tag for tag in body.split("<script")[1:])
    assert client.get("/")["Cache-Control"] == "no-store"


def test_a_session_that_ended_is_told_in_place_to_htmx(desk):
    answer = Client().get("/queue/", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer["HX-Retarget"] == "#notice"
    assert "您填写的内容还在本页" in answer.content.decode()
