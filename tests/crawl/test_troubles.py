"""What goes wrong at a board ends in the state that says so, and the next run makes up for it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from crawlers import api
from tests.crawl.conftest import Crawl
from tests.crawl.little_board import Answer, LittleBoard, page, times

CAPTCHA = page("<form>请输入验证码<input name=c></form>")
LOGIN = page('<form><input name="u"><input type="password" name="p"></form>')
CUT: Answer = (
    200,
    "text/html; charset=utf-8",
    b"<html><body><p>cut",
    {"Content-Length": "9000", "Connection": "close"},
)
MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)
DETAIL = "/board/d/"
LIST = "/board/list"


def recovered(crawl: Crawl, little: LittleBoard, total: int) -> bool:
    little.trouble.clear()
    report = crawl.one("board")
    return report.state in api.HEALTHY and len(crawl.distinct()) == total


@pytest.fixture
def board(crawl: Crawl, little: LittleBoard) -> LittleBoard:
    little.add(45)
    crawl.source("board", little.url, timeout=10, concurrency=4)
    return little


@pytest.mark.parametrize(
    ("path", "answer", "state", "words"),
    [
        (LIST, page("", 500), "down", "server error 500"),
        (LIST, page("", 403), "blocked", "403"),
        (LIST, page("", 429), "blocked", "429"),
        (LIST, page("", 404), "broken", "404"),
        (LIST, CAPTCHA, "blocked", "captcha"),
        (LIST, LOGIN, "blocked", "login"),
        (LIST, page("<p>改版了</p>"), "broken", "list.rows"),
        (DETAIL, page("", 500), "down", "server error 500"),
        (DETAIL, page("", 403), "blocked", "403"),
        (DETAIL, CAPTCHA, "blocked", "captcha"),
        (DETAIL, page(""), "broken", "post.body"),
        (DETAIL, page("", 404), "broken", "not found"),
        (DETAIL, CUT, "down", "breaks off"),
    ],
)
def test_a_lasting_trouble_has_its_state(
    crawl: Crawl, board: LittleBoard, path: str, answer: Answer, state: str, words: str
) -> None:
    board.trouble[path] = lambda: answer
    report = crawl.one("board")
    assert report.state == state, report.reason
    assert words in report.reason
    assert report.fetched == 0
    if answer[0] != 404:
        assert recovered(crawl, board, 45)


@pytest.mark.parametrize("answer", [page("", 500), page("", 503), CUT, page("", 429, **{"Retry-After": "1"})])
def test_a_passing_trouble_is_waited_out(crawl: Crawl, board: LittleBoard, answer: Answer) -> None:
    board.trouble[DETAIL] = times(2, answer)
    report = crawl.one("board")
    assert (report.state, report.fetched, report.failed) == ("ok", 45, 0), report.reason


@pytest.mark.parametrize("answer", [page(""), page("", 500)])
def test_some_failed_posts_are_degraded_and_come_with_the_next_run(
    crawl: Crawl, board: LittleBoard, answer: Answer
) -> None:
    board.trouble["/board/d/7.html"] = lambda: answer
    report = crawl.one("board")
    assert (report.state, report.fetched, report.failed) == ("degraded", 44, 1), report.reason
    assert "tried again" in report.reason
    board.hits.clear()
    board.trouble.clear()
    second = crawl.one("board")
    assert (second.state, second.new) == ("ok", 1)
    assert [path for path in board.hits if path.startswith(DETAIL)] == ["/board/d/7.html"]


def test_a_trouble_deep_in_the_list_does_not_cut_off_its_tail(crawl: Crawl, board: LittleBoard) -> None:
    calls: list[int] = []

    def third_page() -> Answer | None:
        calls.append(1)
        return page("", 500) if len(calls) >= 3 else None

    board.trouble[LIST] = third_page
    report = crawl.one("board")
    assert (report.state, report.fetched) == ("degraded", 40)
    assert recovered(crawl, board, 45)


def test_a_list_that_was_full_and_is_empty_is_broken(crawl: Crawl, little: LittleBoard) -> None:
    little.add(3)
    crawl.source("wz", little.url)
    crawl.one("wz")
    little.messages.clear()
    report = crawl.one("wz")
    assert report.state == "broken"
    assert "empty although" in report.reason


def test_a_new_board_without_posts_is_fine(crawl: Crawl, little: LittleBoard) -> None:
    crawl.source("wz", little.url)
    assert crawl.one("wz").state == "ok-nothing-new"


def test_a_post_that_is_gone_is_not_asked_for_again(crawl: Crawl, board: LittleBoard) -> None:
    board.trouble["/board/d/9.html"] = lambda: page("gone", 404)
    assert crawl.one("board").fetched == 44
    board.hits.clear()
    crawl.one("board")
    assert board.hits["/board/d/9.html"] == 0


def test_a_not_found_is_asked_for_once(crawl: Crawl, board: LittleBoard) -> None:
    board.trouble["/board/d/9.html"] = lambda: page("gone", 404)
    crawl.one("board")
    assert board.hits["/board/d/9.html"] == 1


def test_a_budget_spent_under_way_ends_the_run_there_and_the_next_day_goes_on(crawl: Crawl, board: LittleBoard) -> None:
    """Repeats after failures are requests too: a board in trouble is not asked one more time for it."""
    budget = "budget = 15\nmax_pages"
    crawl.source("board", board.url, concurrency=4, edit=lambda text: text.replace("max_pages", budget))
    board.trouble[DETAIL] = times(3, page("", 500))
    report = crawl("board", now=MONDAY)[0]
    assert (report.state, "15 requests" in report.reason) == ("degraded", True), report.reason
    assert board.hits.total() == 15, "robots.txt and repeats included"
    assert 0 < report.fetched < 45
    later = crawl("board", now=MONDAY + timedelta(hours=2))[0]
    assert (later.state, board.hits.total()) == ("skipped", 15)
    for day in range(1, 6):
        crawl("board", now=MONDAY + timedelta(days=day))
    assert len(crawl.distinct()) == len(crawl.posts()) == 45


def test_robots_txt_that_forbids_blocks_the_source(crawl: Crawl, board: LittleBoard) -> None:
    board.robots = "User-agent: *\nDisallow: /board/\n"
    report = crawl.one("board")
    assert report.state == "blocked"
    assert "robots.txt" in report.reason
    assert not any(path.startswith("/board/") for path in board.hits)


def test_a_robots_txt_that_cannot_be_read_forbids_everything(crawl: Crawl, board: LittleBoard) -> None:
    board.trouble["/robots.txt"] = lambda: page("", 503)
    report = crawl.one("board")
    assert report.state == "blocked"
    assert "robots.txt of 127.0.0.1 answers with 503" in report.reason
    assert not any(path.startswith("/board/") for path in board.hits)
    assert recovered(crawl, board, 45)


def test_a_robots_txt_that_is_not_there_forbids_nothing(crawl: Crawl, board: LittleBoard) -> None:
    board.trouble["/robots.txt"] = lambda: page("", 404)
    assert crawl.one("board").fetched == 45


def test_a_crawl_delay_is_kept(crawl: Crawl, board: LittleBoard) -> None:
    board.robots = "User-agent: *\nCrawl-delay: 0.3\n"
    del board.messages[5:]
    assert crawl.one("board").fetched == 5
    gaps = [later - earlier for earlier, later in zip(board.times[1:], board.times[2:], strict=False)]
    assert min(gaps) > 0.14, "half of it at least: Scrapy varies it"
    kept = (crawl.state / "robots" / "board.txt").read_text(encoding="utf-8").splitlines()
    assert kept[0].startswith("# 20")
    assert kept[2] == "Crawl-delay: 0.3"


def test_a_slow_board_is_asked_more_slowly(crawl: Crawl, board: LittleBoard) -> None:
    del board.messages[8:]
    crawl.source("board", board.url, concurrency=2, edit=lambda text: text.replace("delay = 0", "delay = 0.02"))
    board.trouble[DETAIL] = lambda: time.sleep(0.4)
    assert crawl.one("board").fetched == 8
    gaps = [later - earlier for earlier, later in zip(board.times[4:], board.times[5:], strict=False)]
    assert min(gaps) > 0.08, "two at a time by the card, but not at once: about half an answer apart"


def test_a_rule_that_yields_nothing_is_another_layout_with_the_page_that_shows_it(
    crawl: Crawl, little: LittleBoard
) -> None:
    little.add(3)
    crawl.source("wz", little.url, edit=lambda text: text.replace('rows = "data.rows"', 'rows = "data.items"'))
    report = crawl.one("wz")
    assert (report.state, [alarm.kind for alarm in report.alarms]) == ("broken", ["layout"])
    kept = api.read_evidence(report.page, crawl.state)
    assert "3 ×" in kept
    assert "小纸船" not in kept


def test_posts_without_any_time_raise_an_alarm_and_are_kept(crawl: Crawl, board: LittleBoard) -> None:
    for row in board.messages:
        row["at"] = "刚刚"
    report = crawl.one("board")
    assert (report.state, report.fetched, report.undated) == ("degraded", 45, 45)
    assert "readable time" in report.reason


def test_a_wait_that_is_too_long_is_not_begun(crawl: Crawl, board: LittleBoard) -> None:
    board.trouble[LIST] = lambda: page("", 429, **{"Retry-After": "3600"})
    report = crawl.one("board")
    assert report.state == "blocked"
    assert board.hits[LIST] == 1


def test_a_host_that_is_down(crawl: Crawl) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    crawl.source("wz", f"http://127.0.0.1:{port}")
    report = crawl.one("wz")
    assert report.state == "down"
    assert "127.0.0.1 refuses connections" in report.reason


def test_a_board_that_stays_silent_is_given_up_soon(crawl: Crawl, board: LittleBoard) -> None:
    board.add(400)
    answered: list[int] = []

    def silence() -> Answer | None:
        answered.append(1)
        return page("", 500)

    board.trouble[DETAIL] = silence
    report = crawl.one("board")
    assert report.state == "down"
    assert len(answered) < 120, "not every post of a board in trouble is asked for three times"


def test_a_page_larger_than_the_limit_is_not_taken(crawl: Crawl, board: LittleBoard) -> None:
    crawl.source("board", board.url, edit=lambda text: text.replace("retries = 2", "retries = 2\nmax_bytes = 50000"))
    board.trouble["/board/d/7.html"] = lambda: page("x" * 200_000)
    report = crawl.one("board")
    assert (report.state, report.fetched, report.failed) == ("degraded", 44, 1), report.reason
    assert "max_bytes" in report.reason


def test_a_redirect_to_another_host_is_not_followed(crawl: Crawl, board: LittleBoard) -> None:
    elsewhere: Callable[[], Answer] = lambda: (302, "text/html", b"", {"Location": "http://169.254.169.254/latest/"})  # noqa: E731
    board.trouble["/board/d/7.html"] = elsewhere
    report = crawl.one("board")
    assert (report.state, report.fetched, report.failed) == ("degraded", 44, 1), report.reason
    assert "another host" in report.reason


def test_an_unknown_source_and_a_wrong_catalogue_say_so(crawl: Crawl, board: LittleBoard) -> None:
    with pytest.raises(api.CrawlError, match="There is no source 'bord'"):
        crawl("bord")
    crawl.source("board", board.url, edit=lambda text: text.replace('contact = "yidan@example.org"', ""))
    with pytest.raises(api.CrawlError, match=r"board\.toml: card\.contact is missing"):
        crawl("board")


def test_folders_that_cannot_be_written_say_so(crawl: Crawl, board: LittleBoard) -> None:
    crawl.spool.write_text("in the way")
    with pytest.raises(api.CrawlError, match="spool cannot be written"):
        crawl("board")


def test_a_damaged_state_says_so_and_nothing_is_fetched(crawl: Crawl, board: LittleBoard) -> None:
    crawl.state.mkdir()
    (crawl.state / "board.sqlite3").write_bytes(b"not a database" * 100)
    report = crawl.one("board")
    assert report.state == "broken"
    assert "move it away" in report.reason
    assert board.hits.total() == 0
