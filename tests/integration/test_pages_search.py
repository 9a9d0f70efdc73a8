"""The search page: what it finds, marks and links, and what it costs."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_event, make_risk
from tracker.posts.search import POSTS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]


def test_finds_items_and_posts_and_marks_the_words(desk, person):
    risk = make_risk(desk, event=make_event("七里渡趸船漏水", ("船底渗水，跳板也烂了。",)))
    make_event("别处的路灯", ("灯不亮",))
    page = person("analyst").get("/search/", {"words": "趸船 跳板"}).content.decode()
    assert "<mark" in page
    assert page.count('<article class="post">') == 1
    assert 'href="/queue/' in page
    assert risk.number not in page  # 跳板 stands in a post, not in the item's problem
    assert risk.number in person("analyst").get("/search/", {"words": "趸船"}).content.decode()


def test_pages_follow_each_other(desk, person):
    make_event("路灯", [f"第{n}盏路灯不亮" for n in range(35)])
    client = person("manager")
    first = client.get("/search/", {"words": "路灯不亮"}).content.decode()
    assert first.count('<article class="post">') == 30
    more = first.split('<a href="?')[1].split('"')[0].replace("&amp;", "&")
    second = client.get(f"/search/?{more}").content.decode()
    assert second.count('<article class="post">') == 5
    assert "下一页" not in second
    assert "更早的来帖" not in second


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", "\u202e倒着", "'; DROP TABLE", "\x00", '" OR "', "桥" * 300]
)
def test_hostile_words_are_only_words(desk, person, words):
    make_event("桥", ("<script>alert(1)</script> 倒着",))
    answer = person("analyst").get("/search/", {"words": words})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_a_nul_is_left_out_wherever_it_comes_in(desk, person):
    """SQLite takes it, PostgreSQL does not: a page must not depend on that."""
    make_event("桥", ("栏杆断了",))
    assert "栏杆断了" in person("analyst").get("/search/", {"words": "栏杆\0断了"}).content.decode()
    for page in ("/sheet/?place=%00桥", "/queue/?q=%00", "/ledger/?subject=%00risk"):
        assert person("auditor").get(page).status_code in (200, 403, 404)
    answer = person("analyst").post("/sheet/views/", {"name": "我的\0视图", "query": "place=桥"})
    assert answer.status_code < 500


def test_nothing_found_is_not_nothing_said_while_sources_are_blind(desk, person):
    assert "来源不全" in person("analyst").get("/search/", {"words": "没有这个词"}).content.decode()


def test_the_number_of_queries_does_not_grow(desk, person):
    client = person("analyst")

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get("/search/", {"words": "路灯"}).status_code == 200
        return len(found)

    make_risk(desk, event=make_event("路灯", ("路灯不亮",)))
    queries()  # the first request of a process also reads what is kept from then on
    few = queries()
    for n in range(4):
        make_risk(desk, event=make_event(f"路灯{n}", [f"{n}路灯{m}" for m in range(9)]))
    assert queries() == few
    while POSTS.catch_up():
        pass
    assert queries() == few
