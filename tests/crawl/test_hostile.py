"""Hostile pages end in a state of their own, within 300 MB and a time limit, and harm no other source of the same crawl."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from crawlers import api
from tests.crawl.conftest import CARD, HTML_RULES, Crawl, Site
from tests.crawl.little_board import Answer, LittleBoard, page

# VmHWM is this program's own peak; ru_maxrss would carry over that of the test process it was forked from.
MEASURED = """
import sys
from crawlers.__main__ import main
code = main(sys.argv[1:])
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")), file=sys.stderr)
sys.exit(code)
"""
CEILING_KB = 300_000
RACE = (
    "while handling timed call",
    "Traceback (most recent call last):",
    "twisted.internet.defer.AlreadyCalledError: ",
)


def measured(crawl: Crawl, *names: str, now: datetime | None = None) -> tuple[dict[str, api.CrawlReport], int, float]:
    """The reports, the child's peak memory in kB, and the seconds it took."""
    folders = ["--catalogue", str(crawl.home / "catalogue"), "--spool", str(crawl.spool), "--state", str(crawl.state)]
    started = time.monotonic()
    when = ["--now", now.isoformat()] if now else []
    command = [sys.executable, "-c", MEASURED, "crawl", *folders, *when, *names]
    done = subprocess.run(command, capture_output=True, check=True, timeout=600)
    said = done.stderr.decode().split("\n")[:-1]
    # Scrapy's limit on closing idle connections may fire in the very tick in which they are closed; it says so and nothing is lost.
    raised = [line for line in said[:-1] if line and line[0] not in " \t" and line not in RACE]
    assert raised == [], done.stderr.decode()[-3000:]
    rows: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    reports = [api.CrawlReport.from_dict(row["report"]) for row in rows if "report" in row]
    return {report.source: report for report in reports}, int(said[-1]), time.monotonic() - started


# What the page of each hostile list comes to: state, words of the reason, and seconds within which its run has ended.
HOSTILE = {
    "bomb": ("broken", "max_bytes"),
    "huge": ("broken", "max_bytes"),
    "loop/0": ("broken", "no list"),
    "deep": ("broken", "levels deep"),
    "slow": ("down", "in time"),
    "binary": ("broken", "no list"),
    "badcharset": ("broken", "no list"),
    "internal": ("broken", "another host"),
    "script": ("broken", "no list"),
}


@pytest.mark.shared
def test_every_hostile_list_has_its_state_within_its_bounds_and_harms_no_other(
    crawl: Crawl, site: Callable[..., Site]
) -> None:
    """All of them in one process, beside a board that is well: the memory of all together stays under the ceiling of each."""
    board = site("--hostile", "--from", "2019-02-01", "--until", "2019-02-10")
    crawl.source("board", board.url, timeout=5)
    names = {}
    for what in HOSTILE:
        names[what] = name = f"hostile-{what.partition('/')[0]}"
        head = f'name = "{name}"\ntitle = "恶意"\nfamily = "list_detail"\nenabled = true\nbase_url = "{board.url}"\n'
        # The site packs its bomb while we wait, which takes a busy machine seconds.
        card = CARD.format(concurrency=8, timeout=4 if what == "slow" else 20, max_pages=50)
        rules = HTML_RULES.replace("/board/list?page=1", f"/hostile/{what}").replace(".pager a.next", "a.next")
        (crawl.home / "catalogue" / f"{name}.toml").write_text(head + card + rules, encoding="utf-8")
    reports, memory, seconds = measured(crawl, *names.values(), "board")
    assert {what: reports[name].state for what, name in names.items()} == {
        w: state for w, (state, _) in HOSTILE.items()
    }
    for what, (_state, words) in HOSTILE.items():
        assert words in reports[names[what]].reason, what
    took = {name: (report.finished_at - report.started_at).total_seconds() for name, report in reports.items()}
    print(f"{memory / 1000:.0f} MB, {seconds:.1f} s in all; the longest: {max(took, key=lambda name: took[name])}")
    assert reports["board"].state == "ok"
    assert reports["board"].new == board.stats["messages"]
    assert memory < CEILING_KB
    assert seconds < 90


DOORS = {
    "board": "/board/list", "gbk": "/gbk/list", "feed": "/feed.xml", "sitemap": "/sitemap.xml", "wz": "/wz/front", "liuyan": "/liuyan/threads",
}  # fmt: skip


@pytest.mark.shared
@pytest.mark.parametrize(
    "modes",
    [
        {"board": ("captcha", "blocked"), "gbk": ("empty", "broken"), "feed": ("403", "blocked"),
         "sitemap": ("truncate", "down"), "wz": ("drop", "down")},
        {"board": ("500", "down"), "gbk": ("slow", "down"), "feed": ("429", "blocked"), "sitemap": ("empty", "broken"),
         "liuyan": ("captcha", "blocked")},
    ],
)  # fmt: skip
def test_every_lasting_failure_has_its_state_and_harms_no_other_source(
    crawl: Crawl, site: Callable[..., Site], modes: dict[str, tuple[str, str]]
) -> None:
    board = site("--from", "2019-02-01", "--until", "2019-02-04")
    for name, path in DOORS.items():
        crawl.source(name, board.url, concurrency=2, timeout=3)
        if name in modes:
            board.ask("/_fail", path=path, mode=modes[name][0], n=500)
    reports, memory, seconds = measured(crawl, *DOORS)
    expected = {name: modes[name][1] if name in modes else "ok" for name in DOORS}
    assert {name: report.state for name, report in reports.items()} == expected
    assert all(report.new == board.stats["messages"] for name, report in reports.items() if name not in modes)
    walls = {name for name, report in reports.items() if any(alarm.kind == "captcha" for alarm in report.alarms)}
    assert walls == {name for name, (mode, _) in modes.items() if mode == "captcha"}
    assert all(
        report.page for name, report in reports.items() if name in modes and modes[name][0] in ("captcha", "empty")
    )
    assert memory < CEILING_KB
    assert seconds < 90


def gzipped(body: bytes) -> Answer:
    return 200, "text/html", gzip.compress(body, 9), {"Content-Encoding": "gzip"}


ANSWERS = {
    "bomb": gzipped(b"\0" * 100_000_000),
    "huge": page("x" * 20_000_000),
    "deep": page("<div>" * 60_000),
    "binary": (200, "text/html; charset=utf-8", bytes(range(256)) * 4000, {}),
    "zip": (200, "application/zip", b"PK\x03\x04" + b"\0" * 1000, {}),
    "empty": (200, "text/html", b"", {"Content-Encoding": "br"}),
    "204": (204, "text/html", b"", {}),
}


def test_each_hostile_post_costs_itself_and_nothing_else(crawl: Crawl, little: LittleBoard) -> None:
    little.add(70)
    crawl.source("board", little.url, concurrency=4)
    bad = {10 * number: answer for number, answer in enumerate(ANSWERS.values(), 1)}
    for number, answer in bad.items():
        little.trouble[f"/board/d/{number}.html"] = lambda answer=answer: answer
    reports, memory, _ = measured(crawl, "board")
    report = reports["board"]
    assert (report.state, report.fetched, report.failed) == ("degraded", 63, 7), report.reason
    assert {int(post.key) for post in crawl.posts()} == set(range(1, 71)) - set(bad)
    assert memory < CEILING_KB


def test_an_endless_list_ends(crawl: Crawl, little: LittleBoard) -> None:
    little.add(3)
    crawl.source("board", little.url)
    rows = '<ul class=list><li><a href="/board/d/1.html">x</a></li></ul>'
    little.trouble["/board/list"] = lambda: page(
        f'{rows}<div class=pager><a class=next href="?page={time.time()}">下一页</a></div>'
    )
    report = crawl.one("board")
    assert (report.state, report.fetched) == ("ok", 1)
    assert little.hits["/board/list"] < 5


def test_script_in_a_post_is_left_out(crawl: Crawl, little: LittleBoard) -> None:
    little.add(
        1,
        body="桥面开裂<img src=x onerror=alert(1)><script>alert(2)</script>",
        title="&lt;script&gt;alert(3)&lt;/script&gt;",
    )
    crawl.source("board", little.url)
    crawl.one("board")
    post = crawl.posts()[0]
    assert post.body == "桥面开裂"
    assert post.title == "<script>alert(3)</script>", "text that must be escaped where it is shown, as all text must"
