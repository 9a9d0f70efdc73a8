"""What boards change in silence: edited, late, deleted and re-posted messages, found by the slow second look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.crawl.conftest import Crawl
from tests.crawl.little_board import LittleBoard, message, page

MONDAY = datetime(2026, 3, 30, 8, tzinfo=UTC)
NEXT_DAY = MONDAY + timedelta(hours=25)


def looking_back(text: str) -> str:
    return text.replace("[list]", "[lookback]\npages = 2\nposts = 5\n\n[list]")


@pytest.fixture
def board(crawl: Crawl, little: LittleBoard) -> LittleBoard:
    little.add(100)
    crawl.source("board", little.url, edit=looking_back)
    crawl("board", now=MONDAY)
    little.hits.clear()
    return little


def details(board: LittleBoard) -> int:
    return sum(count for path, count in board.hits.items() if path.startswith("/board/d/"))


def test_nothing_is_looked_at_again_on_the_same_day(crawl: Crawl, board: LittleBoard) -> None:
    report = crawl("board", now=MONDAY + timedelta(hours=2))[0]
    assert (report.state, details(board)) == ("ok-nothing-new", 0)


def test_the_second_look_is_slow_goes_round_and_ends(crawl: Crawl, board: LittleBoard) -> None:
    looked: list[str] = []
    for day in range(1, 4):
        report = crawl("board", now=MONDAY + timedelta(hours=25 * day))[0]
        assert (report.state, report.fetched) == ("ok-nothing-new", 0)
        looked += [path for path in board.hits if path.startswith("/board/d/")]
        board.hits.clear()
    assert len(looked) == len(set(looked)) == 15, "five a run, each time others"
    crawl("board", now=MONDAY + timedelta(days=60))
    assert details(board) == 0, "posts of last month are left alone"


def test_an_edited_post_is_a_new_revision_of_the_same_post(crawl: Crawl, board: LittleBoard) -> None:
    edited = board.messages[0]
    edited["body"] = "补充：灯杆旁的栏杆也松了，请联系13912345678。"
    found = 0
    for day in range(1, 21):
        found += crawl("board", now=MONDAY + timedelta(hours=25 * day))[0].fetched
        if found:
            break
    versions = [post for post in crawl.posts() if post.key == "1"]
    assert (found, len(versions)) == (1, 2)
    assert versions[1].body == "补充：灯杆旁的栏杆也松了，请联系[电话]。"
    before = len(crawl.posts())
    for day in range(21, 24):
        crawl("board", now=MONDAY + timedelta(hours=25 * day))
    assert len(crawl.posts()) == before, "an edit is one new revision, once"


def test_a_late_post_deep_in_the_list_is_found(crawl: Crawl, board: LittleBoard) -> None:
    board.messages.insert(55, message(500, at="2026-03-01 09:00:00"))
    assert crawl("board", now=MONDAY + timedelta(hours=1))[0].state == "ok-nothing-new"
    report = crawl("board", now=NEXT_DAY)[0]
    assert (report.state, report.new) == ("ok", 1)
    assert crawl.posts()[-1].key == "500"


def test_a_deleted_post_is_reported_once_and_what_was_said_stays(crawl: Crawl, board: LittleBoard) -> None:
    first = crawl.posts()
    board.trouble["/board/d/"] = lambda: page("gone", 404)
    report = crawl("board", now=NEXT_DAY)[0]
    assert (report.state, len(report.gone), report.failed) == ("ok-nothing-new", 5, 0)
    board.trouble.clear()
    board.hits.clear()
    later = crawl("board", now=NEXT_DAY + timedelta(hours=25))[0]
    assert later.gone == ()
    assert not {f"/board/d/{key}.html" for key in report.gone} & set(board.hits)
    assert crawl.posts() == first


def test_a_host_that_is_down_deletes_nothing(crawl: Crawl, board: LittleBoard) -> None:
    board.trouble["/board/d/"] = lambda: page("", 500)
    report = crawl("board", now=NEXT_DAY)[0]
    assert (report.gone, report.fetched) == ((), 0)
    assert report.state in {"down", "degraded"}
    board.trouble.clear()
    assert crawl("board", now=NEXT_DAY + timedelta(hours=25))[0].state == "ok-nothing-new"


def test_a_post_put_up_again_is_another_post_that_says_the_same(crawl: Crawl, board: LittleBoard) -> None:
    board.messages.append({**board.messages[10], "id": 600})
    crawl("board", now=MONDAY + timedelta(hours=1))
    same = [post for post in crawl.posts() if post.key in {"11", "600"}]
    assert len(same) == 2
    assert same[0].digest == same[1].digest
