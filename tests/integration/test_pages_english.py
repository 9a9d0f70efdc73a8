"""With the switch on English, no page shows a Chinese word that is not data."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import translation

from tests.factories import make_desk, make_event, make_risk
from tracker.accounts.models import Unit, User
from tracker.demo.seed import catalogue_write
from tracker.posts.models import Event, Post
from tracker.risks.lifecycle import State
from tracker.risks.models import Attachment, DeadlineRule, Risk
from tracker.web.office_page import TABS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")


@pytest.fixture(autouse=True)
def _chinese_afterwards():
    """A request leaves its language behind in the thread; the next test starts in Chinese."""
    yield
    translation.activate("zh-hans")


@pytest.fixture
def desk():
    """A desk with a risk in every state, all of whose data is in Latin letters."""
    desk = make_desk()
    for state in State:
        make_risk(
            desk,
            state,
            level=3 if state is State.APPROVING else 2,
            event=make_event(f"Broken railing {state}", ("Danger",)),
        )
    make_event("Lamp out", ("It is dark",), words=("dark",))
    Unit.objects.update(name="Bureau", prefecture="Northtown")
    User.objects.update(display="Someone")
    Event.objects.update(place="Northtown")
    Post.objects.update(places=["Northtown"])
    Risk.objects.update(
        problem="Broken railing",
        place="Northtown",
        requirements="Repair",
        answer="We checked the bridge on site and replaced 12 metres of railing on 24 November.",
        outcome_note="",
        contact="Desk",
    )
    Attachment.objects.update(name="site.png")
    DeadlineRule.objects.update(source="Practice")
    return desk


def in_english(desk, name: str) -> Client:
    client = Client()
    client.force_login(desk.user(name), backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/language/", {"language": "en", "next": "/"}).status_code == 302
    return client


def left_over(page: str) -> list[str]:
    """Chinese words outside the switch, the seal, names of places and sources, texts that people wrote, the paper (it is Chinese)."""
    page = re.sub(
        r'<form class="tongue".*?</form>|<span class="seal".*?</span>|<article class="paper".*?</article>|<ul lang="zh-hans">.*?</ul>',
        "",
        page,
        flags=re.DOTALL,
    )
    page = re.sub(
        r'<ol class="story">.*?</ol>|<ul class="tiles">.*?</ul>|<td><b>.*?</b>|<td class="problem">.*?</td>',
        "",
        page,
        flags=re.DOTALL,
    )
    page = re.sub(r"<textarea.*?</textarea>|<(?:input|option) [^>]*>", "", page, flags=re.DOTALL)
    return CHINESE.findall(page)


@pytest.mark.parametrize(
    "name", ["analyst", "dispatcher", "handler", "verifier", "manager", "auditor", "admin", "nobody"]
)
def test_no_page_of_a_role_is_half_translated(desk, name, web):
    (web / "catalogue").mkdir()
    client = in_english(desk, name)
    numbers = list(Risk.objects.values_list("number", flat=True))
    for url in [
        "/",
        "/queue/",
        "/inbox/",
        "/verify/",
        "/sheet/",
        "/search/",
        "/search/?words=railing",
        "/papers/",
        "/trends/",
        "/sources/",
        "/ledger/",
        "/guide/",
        "/guide/design/",
        *(f"/office/{tab}/" for tab in TABS),
        "/office/notices/?rehearse=treat-75",
        "/nothing/",
        *(f"/sheet/{n}/" for n in numbers),
    ]:
        page = client.get(url).content.decode()
        assert '<html lang="en">' in page
        assert not left_over(page), url


def test_login_is_english_for_a_stranger_who_chose_it():
    client = Client()
    client.post("/language/", {"language": "en"})
    assert not left_over(client.get("/login/").content.decode())


def test_the_browsers_own_language_changes_nothing():
    assert "登录" in Client().get("/login/", headers={"Accept-Language": "en-US"}).content.decode()


def test_refusals_are_english_too(desk):
    risk = Risk.objects.get(state=State.SUBMITTED)
    page = (
        in_english(desk, "verifier")
        .post(f"/sheet/{risk.number}/do/verify/", {"version": risk.version, "method": "书面核查"})
        .content.decode()
    )
    assert "State how it was verified" in page
    assert not left_over(page)


def test_sources_are_english_but_for_their_own_titles(desk, web):
    (web / "catalogue").mkdir()
    catalogue_write(web / "catalogue", "http://127.0.0.1:9")
    page = in_english(desk, "manager").get("/sources/").content.decode()
    assert "never ran" in page
    assert not left_over(page)
