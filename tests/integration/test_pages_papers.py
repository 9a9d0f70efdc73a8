"""The paper of a running period over a store where much is open: the page comes first, what is computed says when, and is kept for minutes."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tests.factories import make_post, make_risk
from tracker.jobs import tasks
from tracker.jobs.schedule import jobs
from tracker.privacy.services import erase_by_link
from tracker.reports import previews
from tracker.risks.clocks import SHANGHAI
from tracker.risks.lifecycle import State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]


OFFICE = datetime(2026, 11, 27, 9, 11, tzinfo=SHANGHAI)
NIGHT = datetime(2026, 11, 27, 23, 0, tzinfo=SHANGHAI)


@pytest.fixture
def much(monkeypatch):
    """One open item is many."""
    monkeypatch.setattr(previews, "MANY", 0)


def body(client, address: str) -> str:
    return client.get(address).content.decode()


@pytest.mark.usefixtures("much")
def test_a_long_preview_is_fetched_by_its_page_or_by_hand_and_kept(desk, person):
    make_risk(desk, State.HANDLING)
    client = person("manager")
    first = body(client, "/papers/")
    assert "代拟稿" not in first
    fetch = re.search(r'hx-get="(/papers/weekly/[^/]+/\?compute=now)"', first)[1]
    assert f'href="{fetch}"' in first, "without scripts the same is a link"
    assert "代拟稿" in body(client, fetch)
    kept = body(client, "/papers/")
    assert "代拟稿" in kept
    assert "compute=anew" in kept
    assert "hx-get" in body(client, "/papers/?compute=anew"), "computed again when asked for"


@pytest.mark.usefixtures("much")
def test_what_is_kept_is_the_paper_itself_and_grows_old(desk, person, settings):
    make_risk(desk, State.HANDLING)
    client = person("manager")
    computed = body(client, "/papers/?compute=now")
    article = re.search(r"<article.*</article>", computed, re.DOTALL)[0]
    assert article in body(client, "/papers/")
    file = next((settings.ENV.home / "previews").iterdir())
    period = file.stem.removeprefix("weekly-")
    found = previews.kept("weekly", period, timezone.now())
    assert found.body == article
    assert previews.kept("weekly", period, found.moment + previews.FRESH) is None
    assert previews.kept("weekly", period, found.moment - timedelta(seconds=1)) is None, "the clock was put back"
    previews.keep("weekly", "2000-W01", found)
    assert not file.exists(), "one period of a kind at a time"
    (settings.ENV.home / "previews" / "weekly-2000-W01.json").write_text("{", encoding="utf-8")
    assert previews.kept("weekly", "2000-W01", found.moment) is None


@pytest.mark.usefixtures("much")
def test_in_office_hours_a_job_has_computed_it_before_anybody_looks(desk, person):
    make_risk(desk, State.HANDLING)
    assert tasks.previews()
    page = body(person("manager"), "/papers/")
    assert "代拟稿" in page
    assert "hx-get" not in page
    assert 'href="/sheet/YD-' in page, "the records are links, as when the page computes it"
    (job,) = (job for job in jobs({}) if job.name == "previews")
    wait = job.trigger.get_next_fire_time(OFFICE, OFFICE) - OFFICE
    assert timedelta() < wait < previews.FRESH
    assert job.trigger.get_next_fire_time(NIGHT, NIGHT) - NIGHT > timedelta(hours=7)


@pytest.mark.usefixtures("much")
def test_what_is_erased_is_not_kept_in_a_preview(desk, settings):
    risk = make_risk(desk, State.HANDLING)
    url = make_post(risk.event, "桥栏杆断了", "二号桥").sightings.get().url
    assert tasks.previews()
    assert list((settings.ENV.home / "previews").iterdir())
    erase_by_link(url=url, actor=desk.actor("admin"), now=timezone.now(), reason="本人要求")
    assert not list((settings.ENV.home / "previews").iterdir())


def test_where_little_is_open_nothing_is_kept(desk, person, settings):
    make_risk(desk, State.HANDLING)
    page = body(person("manager"), "/papers/")
    assert "代拟稿" in page
    assert "compute=" not in page
    assert not tasks.previews()
    assert not (settings.ENV.home / "previews").exists()
