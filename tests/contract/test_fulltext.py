"""Full-text search finds exactly what holds the words, on both stores, whoever wrote the row and whether it is indexed yet."""

from __future__ import annotations

import pytest
from django.db import connection

from tests.factories import make_desk, make_event, make_post, make_risk
from tracker.posts.fulltext import asked, terms
from tracker.posts.models import Post, Sighting
from tracker.posts.search import POSTS, posts_with
from tracker.risks.models import Risk
from tracker.risks.selectors import SHEET, search

pytestmark = pytest.mark.django_db
TITLES = (
    "云溪大桥伸缩缝开了大口子",
    "伸缩门夹人",
    "88路公交改线",
    "Bridge A-12 栏杆断开",
    "缝隙漏水，伸手可及",
    "😀！？*\"' OR NEAR(",
)


@pytest.fixture
def stored():
    event = make_event("别的事", ("没有要找的字",))
    return {title: make_post(event, title, f"正文里写着{title}") for title in TITLES}


def indexed():
    while POSTS.catch_up(limit=3):
        pass


@pytest.mark.parametrize("ready", [True, False], ids=["indexed", "waiting"])
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("伸缩缝", {TITLES[0]}),
        ("缩缝", {TITLES[0]}),
        ("伸缩", {TITLES[0], TITLES[1]}),
        ("缝", {TITLES[0], TITLES[4]}),
        ("大桥 口子", {TITLES[0]}),
        ("大桥 夹人", set()),
        ("88", {TITLES[2]}),
        ("88路", {TITLES[2]}),
        ("bridge", {TITLES[3]}),
        ("A-12", {TITLES[3]}),
        ("桥缝", set()),
        ("！？", set()),
        ("\"' OR 1", set()),
        ("😀", set()),
        ("", set()),
    ],
)
def test_finds_exactly_what_holds_the_words(stored, ready, words, expected):
    if ready:
        indexed()
    assert {post.title for post in posts_with(words).posts} == expected


def test_what_is_gone_or_changed_is_not_found_any_more(stored):
    indexed()
    changed, gone = stored[TITLES[0]], stored[TITLES[1]]
    Post.objects.filter(pk=changed.pk).update(title="已到期", body="")
    Sighting.objects.filter(post=gone).delete()
    gone.delete()
    assert posts_with("伸缩").posts == ()
    assert [post.pk for post in posts_with("到期").posts] == [changed.pk]
    indexed()
    assert [post.pk for post in posts_with("到期").posts] == [changed.pk]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM posts_text_todo")
        assert cursor.fetchone() == (0,)


def test_pages_go_on_where_the_last_one_ended_and_miss_nothing():
    event = make_event("许多帖", [f"第{n}次说路灯坏了" for n in range(25)])
    indexed()
    seen, before = [], 2**62
    while before:
        page = posts_with("路灯坏了", before=before, limit=7)
        seen += [post.pk for post in page.posts]
        before = page.before
    assert seen == sorted(event.posts.values_list("pk", flat=True), reverse=True)


def test_the_sheet_is_searched_by_number_problem_and_place():
    desk = make_desk()
    risk = make_risk(desk, event=make_event("七里渡趸船跳板腐朽"))
    make_risk(desk, event=make_event("竹山路路面塌陷"))
    for ready in (False, True):
        if ready:
            assert SHEET.catch_up()
            assert not SHEET.catch_up()
        for words in (risk.number, "趸船", "船跳", f"{risk.place} 跳板"):
            assert list(search(Risk.objects.all(), words)) == [risk], (ready, words)
        assert not search(Risk.objects.all(), "……").exists()
    assert search(Risk.objects.all(), "  ").count() == 2


def test_an_older_store_is_indexed_when_the_index_is_first_made(stored):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM posts_text_todo")
        cursor.execute("DROP TABLE posts_text_todo")
    POSTS.install(connection)
    assert len(posts_with("伸缩").posts) == 2


def test_terms_hold_nothing_that_a_store_could_take_for_an_operator():
    text = "a*b \"c\" & d:* 'e' 桥（面）NEAR/3 \u202e x" * 3 + "字" * 100 + "z" * 200
    assert all(term.isalnum() and len(term) <= 64 for term in terms(text))
    assert {term for term, _more in asked("桥面塌陷 A12")} == {"桥面", "面塌", "塌陷", "a12"}
