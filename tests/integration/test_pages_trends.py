"""Trends: every figure is what a slow count says, and opens exactly its records."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from django.utils.timezone import localtime

from tests.factories import make_desk, make_event, make_post, make_risk
from tracker.risks.lifecycle import State
from tracker.web.trends_page import FRESH, TILES, bursts, daily, pace, shade, trends_context

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]


@pytest.fixture
def desk():
    desk = make_desk()
    for unit, place in ((desk.bureau, "长沙"), (desk.port, "岳阳")):
        unit.prefecture = place
        unit.save()
    return desk


@pytest.fixture
def client(desk):
    client = Client()
    client.force_login(desk.user("manager"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_every_figure_of_the_matrix_and_the_map_opens_exactly_its_records(desk, client):
    now = timezone.now()
    for n, (state, unit, handler) in enumerate(
        [(State.ASSIGNED, desk.bureau, "handler"), (State.CLOSED, desk.bureau, "handler"), (State.LISTED, None, "handler"),
         (State.HANDLING, desk.port, "other_handler")]
    ):  # fmt: skip
        make_risk(
            desk, state, now=now - timedelta(days=n), unit=unit, handler=handler, event=make_event(f"事项{n}", now=now)
        )
    make_risk(desk, State.CLOSED, now=now - timedelta(days=200), event=make_event("很久以前", now=now))
    page = client.get("/trends/").content.decode()
    figures = re.findall(r'<a href="(/sheet/[^"]*)">(?:<span>[^<]*</span><b>)?(\d+)<', page)
    assert {count for _url, count in figures} >= {"1", "2"}
    for url, count in figures:
        shown = client.get(url.replace("&amp;", "&")).content.decode()
        assert len(re.findall(r'<td class="num"><a href="/sheet/YD', shown)) == int(count), url


def test_the_days_are_those_of_publication_and_flagged_is_part_of_all(desk):
    now = timezone.now()
    event = make_event("护栏松动", now=now)
    make_post(event, "感谢信", "谢谢", flagged=False, published_at=now - timedelta(days=3), discovered_at=now)
    drawing, days = daily(now)
    assert "<svg aria-hidden" in drawing
    assert (sum(every for _day, every, _flagged in days), sum(flagged for *_rest, flagged in days)) == (2, 1)
    assert {day: every for day, every, _flagged in days}[f"{localtime(now - timedelta(days=3)):%m-%d}"] == 1


def test_a_burst_is_one_by_the_rule_of_the_paper(desk):
    now = timezone.now()
    quiet = make_event("老问题", ("一",), now=now)
    for weeks in (2, 3):
        for _ in range(4):
            make_post(quiet, "老问题", "还在", discovered_at=now - timedelta(weeks=weeks))
    for _ in range(3):
        make_post(quiet, "老问题", "又来", discovered_at=now - timedelta(days=1))
    loud = make_event("塌方", ("一", "二", "三"), now=now)
    assert [(event.title, recent) for event, recent, _mean in bursts(now)] == [(loud.title, 3)]


def test_the_pace_says_what_it_rests_on_and_nothing_without_records(desk):
    now = timezone.now()
    assert pace(desk.actor("manager"), now)["share"] is None
    make_risk(
        desk, State.CLOSED, now=now - timedelta(days=1), event=make_event("小事", ("一",), now=now - timedelta(days=2))
    )
    make_risk(
        desk,
        State.CLOSED,
        now=now - timedelta(days=1),
        event=make_event("大事", ("一", "二", "三"), now=now - timedelta(days=2)),
    )
    found = pace(desk.actor("manager"), now)
    assert (found["closed"], found["early"], found["share"]) == (2, 1, 50)
    assert found["to_list"] == 24.0


def test_without_a_closed_item_no_rate_is_shown(client):
    page = client.get("/trends/").content.decode()
    assert "无法计算" in page
    assert "还没有抽查过，不能说漏了多少" in page


def test_where_much_is_open_the_page_is_reckoned_once_a_minute_for_all_who_see_the_same(desk, client, monkeypatch):
    cache.clear()
    now = timezone.now()
    make_risk(desk, State.CLOSED, now=now - timedelta(days=2))
    monkeypatch.setattr("tracker.web.trends_page.is_long", lambda: True)
    first = trends_context(desk.actor("manager"), now)
    make_risk(desk, State.CLOSED, now=now - timedelta(days=1), event=make_event("又一件", now=now))
    assert first["pace"]["closed"] == 1
    kept = trends_context(desk.actor("manager"), now + timedelta(seconds=59))
    assert (kept["pace"], kept["computed"]) == (first["pace"], now)
    anew = trends_context(desk.actor("manager"), now + FRESH)
    assert (anew["pace"]["closed"], anew["computed"]) == (2, now + FRESH)
    assert trends_context(desk.actor("manager"), now)["computed"] == now, "a clock set back shows nothing of the future"
    assert trends_context(desk.actor("handler"), now)["pace"]["closed"] == 2, "who sees something else gets their own"
    with translation.override("en"):
        assert trends_context(desk.actor("manager"), now)["topics"] != first["topics"]
    said = client.get("/trends/").content.decode()
    assert re.search(r"按 \d\d:\d\d 的数据计算", said)


def test_where_little_is_open_nothing_is_kept(desk):
    now = timezone.now()
    make_risk(desk, State.CLOSED, now=now - timedelta(days=2))
    assert trends_context(desk.actor("manager"), now)["pace"]["closed"] == 1
    make_risk(desk, State.CLOSED, now=now - timedelta(days=1), event=make_event("又一件", now=now))
    found = trends_context(desk.actor("manager"), now)
    assert found["pace"]["closed"] == 2
    assert "computed" not in found


def test_shades_are_quarters_of_the_largest():
    assert [shade(n, 8) for n in (0, 1, 2, 3, 5, 8)] == [0, 1, 1, 2, 3, 4]
    assert shade(0, 0) == 0
    assert len(TILES) == len(set(TILES.values())) == 14


def test_more_records_cost_no_more_queries(desk, client, django_assert_num_queries):
    make_risk(desk, State.CLOSED, now=timezone.now())
    client.get("/trends/")  # the first page of a session is written into it
    with CaptureQueriesContext(connection) as few:
        client.get("/trends/")
    for n in range(4):
        make_risk(desk, State.CLOSED, now=timezone.now(), event=make_event(f"事项{n}", ("一", "二", "三")))
    with django_assert_num_queries(len(few)):
        client.get("/trends/")
