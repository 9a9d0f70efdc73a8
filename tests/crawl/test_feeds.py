"""Feeds and sitemaps: asked for by version, every entry once, and honest about what may have slipped through."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.crawl.conftest import Crawl, Site
from tests.crawl.little_board import LittleBoard, page


def test_a_feed_that_has_not_changed_is_not_sent_again(crawl: Crawl, little: LittleBoard) -> None:
    little.add(10)
    crawl.source("feed", little.url)
    first = crawl.one("feed")
    assert (first.state, first.new) == ("ok", 10)
    second = crawl.one("feed")
    assert (second.state, little.hits["304"]) == ("ok-nothing-new", 1)
    little.add(3)
    third = crawl.one("feed")
    assert (third.state, third.new, third.unchanged) == ("ok", 3, 10)
    assert "小纸船".encode() not in crawl.bytes_written()


def test_a_feed_that_ran_ahead_of_us_says_so(crawl: Crawl, little: LittleBoard) -> None:
    little.add(20)
    crawl.source("feed", little.url)
    crawl.one("feed")
    little.add(20)
    report = crawl.one("feed")
    assert (report.state, report.new) == ("degraded", 20)
    assert "may have been missed" in report.reason


def test_a_run_that_failed_does_not_hide_behind_a_304(crawl: Crawl, little: LittleBoard) -> None:
    little.add(5)
    rules = '\n[post]\ntitle = "h1"\nbody = ".content"\n'
    crawl.source("feed", little.url, edit=lambda text: text + rules)
    little.trouble["/board/d/3.html"] = lambda: page("", 500)
    assert crawl.one("feed").state == "degraded"
    little.trouble.clear()
    report = crawl.one("feed")
    assert (report.state, report.new) == ("ok", 1)


@pytest.mark.parametrize("url", ["/sitemap.xml", "/map.xml"])
def test_a_sitemap_brings_what_is_new_or_changed(crawl: Crawl, little: LittleBoard, url: str) -> None:
    little.add(30)
    crawl.source("sitemap", little.url, edit=lambda text: text.replace("/sitemap.xml", url))
    assert crawl.one("sitemap").new == 30
    assert crawl.one("sitemap").state == "ok-nothing-new"
    little.add(2)
    little.messages[4] |= {"at": "2026-03-20 09:00:00", "body": "补充：灯杆还歪了。"}
    report = crawl.one("sitemap")
    assert (report.fetched, report.new) == (3, 2)
    assert len([post for post in crawl.posts() if post.key == "5"]) == 2


@pytest.mark.shared
def test_the_real_feed_and_sitemap(crawl: Crawl, site: Callable[..., Site]) -> None:
    board = site("--from", "2019-01-01", "--until", "2019-01-20")
    total = board.stats["messages"]
    for name in ("feed", "sitemap", "board"):
        crawl.source(name, board.url)
    feed, sitemap, _ = crawl("feed", "sitemap", "board")
    assert (feed.state, feed.new, sitemap.state, sitemap.new) == ("ok", 50, "ok", total)
    assert crawl.one("feed").state == "ok-nothing-new"
    assert board.stats["conditional"] == 1
    by_source: dict[str, set[str]] = {}
    for post in crawl.posts():
        by_source.setdefault(post.source, set()).add(post.digest)
    assert by_source["feed"] < by_source["board"] == by_source["sitemap"]
