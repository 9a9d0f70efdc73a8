"""Help inside the pages, the tour, the page of components, and a person's notices."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import NOW, make_risk
from tracker.accounts.models import Role
from tracker.notify.models import Notice
from tracker.web.access import PAGES, may_open
from tracker.web.guide import HOW, TOUR

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]


def test_every_page_of_the_navigation_says_how_it_works():
    assert {name for name, page in PAGES.items() if page.label} <= set(HOW)
    assert all(len(str(words)) > 30 for pair in HOW.values() for words in pair)


def test_the_words_stand_on_the_page_itself(desk, person):
    page = person("analyst").get("/queue/").content.decode()
    assert str(HOW["queue"][0])[:20] in page
    assert "本页使用说明" not in Client().get("/login/").content.decode()


def test_the_tour_sends_nobody_to_a_page_they_may_not_open(desk, person):
    assert 10 <= sum(stop.minutes for stop in TOUR) <= 20
    for stop in TOUR:
        assert stop.account in Role.values
        assert may_open(stop.where, desk.actor(stop.account)), stop
    page = person("handler").get("/guide/").content.decode()
    assert [stop.where for stop in TOUR if f'href="{reverse(stop.where)}"' not in page] == []
    assert person("handler").get("/guide/design/").status_code == 200


def test_a_notice_stays_on_todays_page_until_its_own_reader_says_so(desk, person):
    number = make_risk(desk).number
    common = {"number": number, "step": "treat-75", "at": NOW}
    mine = Notice.objects.create(key="a", recipient="manager", text="请督促甲事", **common)
    other = Notice.objects.create(key="a", recipient="handler", text="请抓紧乙事", **common)
    client = person("manager")
    page = client.get("/").content.decode()
    assert "请督促甲事" in page
    assert "请抓紧乙事" not in page
    client.post(f"/notices/{other.pk}/read/")
    client.post(f"/notices/{mine.pk}/read/")
    assert "请督促甲事" not in client.get("/").content.decode()
    assert list(Notice.objects.filter(read_at=None)) == [other]
