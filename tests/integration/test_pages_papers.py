"""The paper of a running period over a store where much is open: the page comes first, what is computed says when, and is kept for minutes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_risk
from tracker.risks.lifecycle import State
from tracker.web import preview

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]


@pytest.fixture
def much(monkeypatch):
    """One open item is many."""
    monkeypatch.setattr(preview, "MANY", 0)


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
    found = preview.kept("weekly", period, timezone.now())
    assert found.body == article
    assert preview.kept("weekly", period, found.moment + preview.FRESH) is None
    assert preview.kept("weekly", period, found.moment - timedelta(seconds=1)) is None, "the clock was put back"
    preview.keep("weekly", "2000-W01", found)
    assert not file.exists(), "one period of a kind at a time"
    (settings.ENV.home / "previews" / "weekly-2000-W01.json").write_text("{", encoding="utf-8")
    assert preview.kept("weekly", "2000-W01", found.moment) is None


def test_where_little_is_open_nothing_is_kept(desk, person, settings):
    make_risk(desk, State.HANDLING)
    page = body(person("manager"), "/papers/")
    assert "代拟稿" in page
    assert "compute=" not in page
    assert not (settings.ENV.home / "previews").exists()
