"""Many sources on one machine for many simulated days: exact counts, and nothing that grows: no memory, no handles, no files.

YIDAN_SOURCES=200 YIDAN_DAYS=30 is the size that counts; CI runs a small one. A fifth of the sources fails every third day.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from crawlers import api
from tests.crawl.conftest import CARD, FEED_RULES, HTML_RULES, Crawl
from tests.crawl.little_board import LittleBoard, page
from tests.crawl.test_hostile import measured

SOURCES = int(os.environ.get("YIDAN_SOURCES", "10"))
DAYS = int(os.environ.get("YIDAN_DAYS", "3"))
A_DAY = 3  # new messages
START = datetime(2026, 3, 2, 2, tzinfo=UTC)
SICK = 5  # every fifth source is the one that fails


def write(crawl: Crawl, url: str) -> list[str]:
    """Half lists with posts of their own pages, half feeds, all over one board; every fifth on a path that fails at times."""
    folder = crawl.home / "catalogue"
    folder.mkdir()
    names = []
    for number in range(SOURCES):
        name = f"s{number:03d}"
        family, rules = ("list_detail", HTML_RULES) if number % 2 else ("feed", FEED_RULES)
        if number % SICK == 0:
            family, rules = "list_detail", HTML_RULES.replace("/board/list", "/board/list/sick")
        head = f'name = "{name}"\ntitle = "{number}"\nfamily = "{family}"\nenabled = true\nbase_url = "{url}"\n'
        (folder / f"{name}.toml").write_text(head + CARD.format(concurrency=2, timeout=60, max_pages=50) + rules)
        names.append(name)
    return names


def handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def files(crawl: Crawl) -> Counter[str]:
    """The files of the state folder by their ending."""
    return Counter(path.suffix for path in crawl.state.iterdir() if path.is_file())


@pytest.mark.slow
def test_many_sources_for_many_days(crawl: Crawl, little: LittleBoard, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = crawl.home / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    names = write(crawl, little.url)
    sick = set(names[::SICK])
    peaks, seconds, open_before = [], [], handles()
    for day in range(DAYS):
        now = START + timedelta(days=day)
        for _ in range(A_DAY):
            little.add(
                1,
                at=(now - timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S"),
                body=f"第{day}天有人说第{len(little.messages)}级台阶松了。",
            )
        failing = day % 3 == 1
        little.trouble = {"/board/list/sick": (lambda: page("", 500)) if failing else little_list(little)}
        reports, peak, took = measured(crawl, *names, now=now)
        for name, report in reports.items():
            expected = "down" if failing and name in sick else "ok"
            assert report.state == expected, (day, name, report.reason)
        peaks.append(peak)
        seconds.append(took)
    last = DAYS % 3 == 2  # the sick ones have not yet had the posts of a last day that failed
    seen = Counter(post.source for post in crawl.posts())
    whole = A_DAY * DAYS
    assert seen == {name: whole - A_DAY if last and name in sick else whole for name in names}
    assert len(crawl.distinct()) == sum(seen.values()), "nothing twice"
    assert handles() == open_before
    assert list(temporary.iterdir()) == []
    assert files(crawl) == {".sqlite3": SOURCES, ".lock": SOURCES}
    assert max(peaks[1:]) < peaks[1] * 1.15, "memory does not grow from day to day"
    kept = list((crawl.state / "pages").rglob("*.txt")) if DAYS > 1 else []
    assert len(kept) <= len(sick) * 5
    print(
        f"{SOURCES} sources, {DAYS} days: {sum(seen.values())} posts; {max(peaks) // 1024} MB; {sum(seconds) / DAYS:.1f} s a day"
    )


def little_list(little: LittleBoard):
    return lambda: little._html_list(1)


def test_sources_of_one_host_ask_it_one_at_a_time_together(crawl: Crawl, little: LittleBoard) -> None:
    """In one process and across two."""
    import threading

    little.add(8)
    write(crawl, little.url)
    for path in (crawl.home / "catalogue").glob("*.toml"):
        path.write_text(path.read_text().replace("concurrency = 2", "concurrency = 1"))
    little.trouble["/board/list/sick"] = little_list(little)
    little.trouble["/"] = lambda: time.sleep(0.01)
    halves = [[f"s{number:03d}" for number in range(start, 6, 2)] for start in (0, 1)]
    found: list[api.CrawlReport] = []
    other = threading.Thread(target=lambda: found.extend(crawl(*halves[0])))
    other.start()
    found += crawl(*halves[1])
    other.join()
    assert {(report.state, report.new) for report in found} == {("ok", 8)}
    assert little.busiest == 1


def test_no_source_starves_another_of_its_host(crawl: Crawl, little: LittleBoard) -> None:
    little.add(12)
    for name in ("wz", "board"):
        crawl.source(name, little.url, concurrency=1, edit=lambda text: text.replace("delay = 0", "delay = 0.05"))
    assert [report.new for report in crawl("wz", "board")] == [12, 12]
    doors = ["wz" if path.startswith("/wz") else "board" for path in little.asked if path != "/robots.txt"]
    assert little.busiest == 1
    turns = sum(one != other for one, other in pairwise(doors))
    assert turns > 6, "they take turns; one after the other would be one change"


def test_a_source_is_never_crawled_twice_at_once(crawl: Crawl, little: LittleBoard) -> None:
    """Two processes over the same sources: one of them skips each source that the other holds."""
    import threading

    little.add(40)
    crawl.source("board", little.url, concurrency=1)
    gate = threading.Event()
    little.trouble["/board/list"] = lambda: gate.wait(20) and None
    found: list[api.CrawlReport] = []
    first = threading.Thread(target=lambda: found.append(crawl.one("board")))
    first.start()
    while not little.hits["/board/list"]:
        first.join(0.05)
    second = crawl.one("board")
    gate.set()
    first.join()
    assert (second.state, found[0].state, found[0].new) == ("skipped", "ok", 40)
    assert "Another crawl" in second.reason
    assert Path(crawl.state / "board.lock").exists()
