"""kill -9 at random moments, a damaged batch, two crawls at once: the end state is the same as without."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable

import pytest

from crawlers import api
from crawlers.records import Post
from tests.crawl.conftest import SPAN, Crawl, Site
from tests.crawl.little_board import Answer, LittleBoard

Store = dict[tuple[str, str, str], Post]


def drain(crawl: Crawl, store: Store) -> None:
    """Take batches out of the spool as intake does: each post once by source, key and revision."""
    for batch in api.read_batches(crawl.spool):
        assert isinstance(batch, api.Batch), "a kill must never leave half a batch"
        store.update({(post.source, post.key, post.revision): post for post in batch.posts})
        api.discard(batch)


def kill_after(seconds: float) -> Callable[[int], None]:
    def start(pid: int) -> None:
        def kill() -> None:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                return

        timer = threading.Timer(seconds, kill)
        timer.daemon = True
        timer.start()

    return start


def crawl_with_kills(crawl: Crawl, name: str, kills: int, spans: tuple[float, float]) -> tuple[Store, int]:
    """The store after `kills` crawls that were to be killed and one that was not, and how many were in fact killed."""
    store: Store = {}
    killed = 0
    dice = random.Random(20)
    for _ in range(kills):
        report = crawl(name, on_start=kill_after(dice.uniform(*spans)))[0]
        killed += "signal 9" in report.reason
        if "signal 9" in report.reason:
            assert report.state == "degraded"
        drain(crawl, store)
    report = crawl.one(name)
    assert report.state in api.HEALTHY, report.reason
    drain(crawl, store)
    return store, killed


@pytest.mark.parametrize("name", ["wz", "board"])
def test_a_little_board_survives_kills(crawl: Crawl, little: LittleBoard, name: str) -> None:
    little.add(300)
    little.trouble["/"] = lambda: time.sleep(0.02)
    crawl.source(name, little.url, concurrency=4)
    store, killed = crawl_with_kills(crawl, name, 6, (0.7, 2.2))
    assert killed >= 2
    assert sorted(int(key) for _, key, _ in store) == list(range(1, 301))
    assert crawl.one(name).state == "ok-nothing-new"


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("name", ["wz"])  # tests/crash kills both boards
def test_kills_on_the_real_board_lose_nothing(crawl: Crawl, site: Callable[..., Site], name: str) -> None:
    board = site(*SPAN)
    total = board.stats["messages"]
    crawl.source(name, board.url)
    store, killed = crawl_with_kills(crawl, name, 8, (0.8, 3.0))
    assert killed >= 4
    assert len(store) == total
    assert len({key for _, key, _ in store}) == total
    assert not list(crawl.spool.glob("*.part"))
    before = board.details
    assert crawl.one(name).state == "ok-nothing-new"
    assert board.details == before


@pytest.mark.parametrize("name", ["wz", "board"])
def test_the_posts_of_a_damaged_batch_are_fetched_again(crawl: Crawl, little: LittleBoard, name: str) -> None:
    little.add(230)
    crawl.source(name, little.url)
    crawl.one(name)
    first = next(iter(api.read_batches(crawl.spool)))
    first.path.write_bytes(first.path.read_bytes()[:-2000])
    batches = list(api.read_batches(crawl.spool))
    cut = batches[0]
    assert isinstance(cut, api.DamagedBatch)
    assert 150 < len(cut.posts) < 200
    assert str(cut.path) in cut.sentence
    assert isinstance(batches[1], api.Batch)
    api.quarantine(cut)
    report = crawl.one(name)
    assert (report.state, report.fetched, report.new) == ("ok", 200, 0)
    assert {int(post.key) for post in crawl.posts()} == set(range(1, 231))
    assert crawl.one(name).state == "ok-nothing-new", "a damaged batch is made up for once"


def test_two_crawls_of_one_source_do_not_run_at_once(crawl: Crawl, little: LittleBoard) -> None:
    little.add(40)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> Answer | None:
        entered.set()
        leave.wait(20)
        return None

    little.trouble["/wz/front/msg/index"] = hold
    crawl.source("wz", little.url)
    first: list[api.CrawlReport] = []
    thread = threading.Thread(target=lambda: first.append(crawl.one("wz")))
    thread.start()
    assert entered.wait(20)
    second = crawl.one("wz")
    leave.set()
    thread.join()
    assert second.state == "skipped"
    assert "Another crawl" in second.reason
    assert (first[0].state, first[0].fetched) == ("ok", 40)


def test_an_orderly_stop_delivers_what_was_fetched(crawl: Crawl, little: LittleBoard) -> None:
    little.add(200)
    little.trouble["/board/d/"] = lambda: time.sleep(0.02)
    crawl.source("board", little.url, concurrency=2)

    child: list[int] = []

    def stop(progress: api.Progress) -> None:
        if progress.requests > 10 and child:
            os.kill(child.pop(), signal.SIGTERM)

    report = crawl("board", on_start=child.append, on_progress=stop)[0]
    assert report.state == "degraded"
    assert 0 < report.fetched < 200
    assert len(crawl.posts()) == report.fetched
    crawl.one("board")
    assert len(crawl.distinct()) == len(crawl.posts()) == 200
