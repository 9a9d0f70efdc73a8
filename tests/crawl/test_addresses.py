"""Where a crawl may go: its own board, at a public address, and nowhere a redirect or a name server would like it to."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.crawl.conftest import Crawl
from tests.crawl.little_board import Answer, LittleBoard

REBOUND = """
import socket, sys
socket.gethostbyname = lambda name: "127.0.0.1"  # what a hostile name server would answer
from crawlers.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def crawl_rebound(crawl: Crawl) -> dict[str, object]:
    folders = ["--catalogue", str(crawl.home / "catalogue"), "--spool", str(crawl.spool), "--state", str(crawl.state)]
    command = [sys.executable, "-c", REBOUND, "crawl", *folders, "board"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    report: dict[str, object] = json.loads(done.stdout.splitlines()[-1])["report"]
    return report


def test_a_public_name_with_a_private_address_is_refused(crawl: Crawl, little: LittleBoard) -> None:
    little.add(3)
    crawl.source("board", little.url.replace("127.0.0.1", "ferry.example.org"))
    report = crawl_rebound(crawl)
    assert report["state"] == "blocked"
    assert "private address" in str(report["reason"])
    assert little.hits.total() == 0, "not even robots.txt"


def test_the_card_can_allow_it(crawl: Crawl, little: LittleBoard) -> None:
    little.add(3)
    allow = ('allow_private_hosts = ["127.0.0.1"]', 'allow_private_hosts = ["ferry.example.org"]')
    crawl.source("board", little.url.replace("127.0.0.1", "ferry.example.org"), edit=lambda text: text.replace(*allow))
    report = crawl_rebound(crawl)
    assert (report["state"], report["fetched"]) == ("ok", 3)


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://localhost:{port}/private/x",
        "http://[::1]:{port}/private/x",
        "http://127.0.0.1:22/",
        "http://2130706433:{port}/private/x",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
    ],
)
def test_redirects_elsewhere_are_refused(crawl: Crawl, little: LittleBoard, target: str) -> None:
    little.add(4)
    crawl.source("board", little.url)
    address = target.format(port=little.url.rsplit(":", 1)[1])
    answer: Answer = (302, "text/html", b"", {"Location": address})
    little.trouble["/board/d/2.html"] = lambda: answer
    report = crawl.one("board")
    assert (report.state, report.fetched, report.failed) == ("degraded", 3, 1), report.reason
    assert not any(path.startswith("/private/") for path in little.hits)
    assert b"root:" not in crawl.bytes_written()


def test_a_redirect_on_the_board_itself_is_followed_but_not_for_ever(crawl: Crawl, little: LittleBoard) -> None:
    little.add(4)
    crawl.source("board", little.url)
    moved: Answer = (301, "text/html", b"", {"Location": "/board/d/4.html"})
    loop: Answer = (302, "text/html", b"", {"Location": "/board/d/2.html"})
    little.trouble["/board/d/3.html"] = lambda: moved
    little.trouble["/board/d/2.html"] = lambda: loop
    report = crawl.one("board")
    assert (report.fetched, report.failed) == (3, 1)
    assert little.hits["/board/d/2.html"] < 10


def test_a_redirect_into_what_robots_forbids_is_refused(crawl: Crawl, little: LittleBoard) -> None:
    little.add(4)
    crawl.source("board", little.url)
    answer: Answer = (302, "text/html", b"", {"Location": "/private/x"})
    little.trouble["/board/d/2.html"] = lambda: answer
    crawl.one("board")
    assert little.hits["/private/x"] == 0
