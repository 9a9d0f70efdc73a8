"""The real board, by each of its doors: the same message, nothing of a person, and only what is new the next time.

All 7,142 messages at once are crawled in tests/integration/test_real_input.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from crawlers.records import Post
from tests.crawl.conftest import Crawl, Site

pytestmark = [pytest.mark.shared]
NICK = re.compile(rb"\xe7\xbd\x91\xe5\x8f\x8bU\d{7}")  # the site's made-up nicknames


def test_a_message_is_the_same_through_every_door(crawl: Crawl, site: Callable[..., Site]) -> None:
    board = site("--from", "2018-06-01", "--until", "2018-06-20")
    total = board.stats["messages"]
    assert total > 20
    for name in ("wz", "board", "gbk", "liuyan"):
        crawl.source(name, board.url)
    assert {report.new for report in crawl("wz", "board", "gbk", "liuyan")} == {total}
    seen: dict[str, set[tuple[str, str]]] = {}
    post: Post
    for post in crawl.posts():
        seen.setdefault(post.key, set()).add((post.digest, post.revision))
    assert all(len(versions) == 1 for versions in seen.values())
    assert not NICK.search(crawl.bytes_written())


@pytest.mark.parametrize("name", ["wz", "board"])
def test_exactly_the_new_messages_arrive_as_the_clock_moves(crawl: Crawl, site: Callable[..., Site], name: str) -> None:
    board = site("--from", "2019-01-01", "--until", "2019-04-01")
    crawl.source(name, board.url)
    before = 0
    for moment in ("2019-02-01T00:00:00", "2019-03-01T00:00:00", "2019-04-02T00:00:00"):
        visible = board.ask("/_now", t=moment)["messages"]
        report = crawl.one(name)
        assert (report.fetched, report.new) == (visible - before, visible - before)
        assert board.details == visible
        before = visible
    assert len({post.key for post in crawl.posts()}) == len(crawl.posts()) == before


@pytest.mark.parametrize("name", ["wz", "board", "liuyan"])
def test_made_up_personal_data_is_masked(crawl: Crawl, site: Callable[..., Site], name: str) -> None:
    board = site("--from", "2018-01-01", "--until", "2018-06-01", "--pii")
    planted = board.ask("/_pii")
    assert len(planted) > 10
    crawl.source(name, board.url)
    crawl.one(name)
    written = crawl.bytes_written()
    leaked = [value for values in planted.values() for value in values if value.encode() in written]
    assert leaked == []


PASSING = {"500", "429", "drop", "truncate"}  # what a repeat mends when it befalls a post
MODES = (*sorted(PASSING), "captcha", "empty")


def test_failures_of_the_site_lose_nothing(crawl: Crawl, site: Callable[..., Site]) -> None:
    """Every mode befalls the list of one door and the posts of another, on a site for each mode, all crawled side by side."""
    cases: dict[str, tuple[str, Site]] = {}
    for mode in MODES:
        board = site("--from", "2019-02-01", "--until", "2019-02-10")
        for door, path in (("board", "/board/list"), ("gbk", "/gbk/d/")):
            name = f"{door}-{mode}"
            crawl.source(
                door,
                board.url,
                edit=lambda text, name=name, door=door: text.replace(f'"{door}"', f'"{name}"', 1),
                concurrency=4,
            )
            (crawl.home / "catalogue" / f"{door}.toml").rename(crawl.home / "catalogue" / f"{name}.toml")
            board.ask("/_fail", path=path, mode=mode, n=4)
            cases[name] = (mode, board)
    first = dict(zip(cases, crawl(*cases), strict=True))
    for name, (mode, _board) in cases.items():
        passing = mode in PASSING and name.startswith("gbk")
        assert passing or first[name].state in {"degraded", "blocked", "broken", "down"}, (name, first[name].reason)
    # The sites are mended now: a few runs later nothing is left to fetch, and it stays so.
    for _ in range(5):
        last = dict(zip(cases, crawl(*cases), strict=True))
        if {report.state for report in last.values()} == {"ok-nothing-new"}:
            break
    assert {name: report.reason for name, report in last.items() if report.state != "ok-nothing-new"} == {}
    keys: dict[str, list[str]] = {name: [] for name in cases}
    for post in crawl.posts():
        keys[post.source].append(post.key)
    for name, (_mode, board) in cases.items():
        assert len(keys[name]) == len(set(keys[name])) == board.stats["messages"], name
        assert board.stats["violations"] == []
