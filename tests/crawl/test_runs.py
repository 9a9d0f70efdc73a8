"""Runs over a little board: what arrives, what is asked for, what a second run does, what never gets out."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from crawlers import api
from crawlers.records import Post
from tests.crawl.conftest import Crawl
from tests.crawl.little_board import LittleBoard, page, times


@pytest.mark.parametrize("name", ["wz", "board"])
def test_every_post_arrives_once_and_a_second_run_asks_for_nothing(
    crawl: Crawl, little: LittleBoard, name: str
) -> None:
    little.add(250)
    crawl.source(name, little.url)
    report = crawl.one(name)
    assert (report.state, report.fetched, report.new, report.failed) == ("ok", 250, 250, 0)
    assert sorted(int(post.key) for post in crawl.posts()) == list(range(1, 251))
    assert report.requests == little.hits.total()
    little.hits.clear()
    second = crawl.one(name)
    assert (second.state, second.fetched, second.unchanged) == ("ok-nothing-new", 0, 20)
    assert little.hits.total() == 2, "robots.txt and one list page"


def test_a_post_keeps_what_its_page_says(crawl: Crawl, little: LittleBoard) -> None:
    little.add(1, reply="已更换灯泡。")
    crawl.source("wz", little.url)
    crawl.source("board", little.url)
    crawl("wz", "board")
    by_source = {post.source: post for post in crawl.posts()}
    wz, board = by_source["wz"], by_source["board"]
    assert wz.body == "夜里路过青石桥，第1号灯杆不亮。\n请派人看看。"
    assert wz.published_at is not None
    assert wz.published_at.isoformat() == "2026-03-02T00:01:00+00:00"
    assert wz.reply is not None
    assert (wz.reply.text, wz.reply.organisation) == ("已更换灯泡。", "青石县交通局")
    assert (wz.digest, wz.revision) == (board.digest, board.revision), (
        "the same message through two boards is one message"
    )
    assert board.url == f"{little.url}/board/d/1.html"


def test_only_what_is_new_is_fetched(crawl: Crawl, little: LittleBoard) -> None:
    crawl.source("wz", little.url)
    little.add(60)
    crawl.one("wz")
    little.add(5)
    report = crawl.one("wz")
    assert (report.fetched, report.new) == (5, 5)
    assert little.hits["/wz/front/msg/detail"] == 65


def test_an_answer_that_appears_on_the_list_is_fetched_as_a_new_revision(crawl: Crawl, little: LittleBoard) -> None:
    crawl.source("wz", little.url)
    little.add(3)
    crawl.one("wz")
    little.messages[1]["reply"] = "本周内处理。"
    report = crawl.one("wz")
    assert (report.fetched, report.new) == (1, 0)
    versions: list[Post] = [post for post in crawl.posts() if post.key == "2"]
    assert [bool(post.reply) for post in versions] == [False, True]
    assert versions[0].digest == versions[1].digest


@pytest.mark.parametrize("name", ["wz", "board"])
def test_no_author_and_no_personal_data_reach_the_disk(crawl: Crawl, little: LittleBoard, name: str) -> None:
    secret = "13912345678"
    little.add(30, body=f"我叫丁小满，电话{secret}，见到公交车湘A12345D超速。")
    crawl.source(name, little.url)
    crawl.one(name)
    written = crawl.bytes_written()
    for word in ("小纸船", secret, "丁小满"):
        assert word.encode() not in written
    assert "湘A12345D".encode() in written
    assert "青石桥" in written.decode(errors="replace")


def test_the_board_is_told_who_asks_and_robots_is_read_first(crawl: Crawl, little: LittleBoard) -> None:
    little.add(3)
    crawl.source("board", little.url)
    crawl.one("board")
    assert little.hits["/robots.txt"] == 1
    assert not any(path.startswith("/private/") for path in little.hits)
    assert all("yidan/" in agent and "yidan@example.org" in agent for agent in little.agents)


def test_one_request_at_a_time_with_a_delay_by_default(crawl: Crawl, little: LittleBoard) -> None:
    little.add(4)
    crawl.source("board", little.url, edit=lambda text: text.replace("concurrency = 16\ndelay = 0", "delay = 0.2"))
    crawl.one("board")
    gaps = [later - earlier for earlier, later in zip(little.times, little.times[1:], strict=False)]
    assert min(gaps[1:]) > 0.08, "half of the delay at least: Scrapy varies it"


def test_two_sources_crawl_side_by_side(crawl: Crawl, little: LittleBoard) -> None:
    little.add(25)
    crawl.source("wz", little.url)
    crawl.source("board", little.url)
    reports = crawl("wz", "board")
    assert [(report.source, report.new) for report in reports] == [("wz", 25), ("board", 25)]


def test_progress_is_told(crawl: Crawl, little: LittleBoard) -> None:
    little.add(10)
    crawl.source("wz", little.url)
    seen: list[api.Progress] = []
    crawl("wz", on_progress=seen.append)
    assert seen
    assert seen[-1].source == "wz"


def test_a_test_of_a_source_shows_masked_posts_and_writes_nothing(crawl: Crawl, little: LittleBoard) -> None:
    little.add(30, body="电话13912345678，路面坑洼。")
    crawl.source("wz", little.url, edit=lambda text: text.replace("enabled = true", "enabled = false"))
    posts = api.test_source("wz", catalogue=[crawl.home / "catalogue"])
    assert 1 <= len(posts) <= 5
    assert {post.body for post in posts} == {"电话[电话]，路面坑洼。"}
    assert not crawl.spool.exists()
    assert not crawl.state.exists()


def test_a_page_limit_ends_in_degraded_and_the_next_run_goes_deeper(crawl: Crawl, little: LittleBoard) -> None:
    little.add(100)
    crawl.source("board", little.url, max_pages=2)
    report = crawl.one("board")
    assert (report.state, report.fetched) == ("degraded", 40)
    assert "pace.max_pages" in report.reason
    crawl.source("board", little.url)
    assert crawl.one("board").fetched == 60


def test_a_disabled_source_is_skipped_with_a_reason(crawl: Crawl, little: LittleBoard) -> None:
    crawl.source("wz", little.url, edit=lambda text: text.replace("enabled = true", "enabled = false"))
    report = crawl.one("wz")
    assert (report.state, report.requests) == ("skipped", 0)
    assert "legal basis" in report.reason


def test_nothing_is_logged_even_when_pages_fail(crawl: Crawl, little: LittleBoard) -> None:
    little.add(5)
    little.trouble["/wz/front/msg/detail"] = times(2, page("broken", 500))
    crawl.source("wz", little.url)
    folders = ["--catalogue", str(crawl.home / "catalogue"), "--spool", str(crawl.spool), "--state", str(crawl.state)]
    child = subprocess.run([sys.executable, "-m", "crawlers", "crawl", *folders, "wz"], capture_output=True, check=True)
    assert child.stderr == b""
    assert "灯杆" not in child.stdout.decode()
    assert json.loads(child.stdout.splitlines()[-1])["report"]["fetched"] == 5
