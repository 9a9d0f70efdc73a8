"""Boards that are empty without their scripts, and what a script may not reach."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

import pytest

from crawlers import footprint
from crawlers.browser import MOST
from tests.crawl.conftest import CARD, Crawl, Site
from tests.crawl.little_board import LittleBoard, page

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not shutil.which("chromium"), reason="needs Chromium")]
BESIDE = 700  # megabytes: our own process and the driver, and what a page may fill between two looks
RULES = r"""
[list]
url = "/spa"
rows = "#app li"
key = '/d/(\d+)\.html'
published_at = ".date"

[post]
title = "h1"
body = ".content"
published_at = ".meta time"
"""


def write(crawl: Crawl, url: str, more: str = "", **pace: object) -> None:
    head = f'name = "spa"\ntitle = "脚本页"\nfamily = "browser"\nenabled = true\nbase_url = "{url}"\n'
    card = CARD.format(**{"concurrency": 2, "timeout": 8, "max_pages": 5, **pace})
    (crawl.home / "catalogue").mkdir(exist_ok=True)
    (crawl.home / "catalogue" / "spa.toml").write_text(head + card + RULES + more, encoding="utf-8")


@pytest.mark.shared
def test_a_page_that_scripts_write_is_read_and_known_again(crawl: Crawl, site: Callable[..., Site]) -> None:
    board = site("--from", "2019-02-01", "--until", "2019-02-10")
    write(crawl, board.url)
    report = crawl.one("spa")
    assert (report.state, report.new) == ("ok", 20), report.reason
    assert all(post.body and post.published_at for post in crawl.posts())
    again = crawl.one("spa")
    assert (again.state, again.fetched) == ("ok-nothing-new", 0)
    assert not board.stats["violations"]


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """A server on another loopback address that nobody may reach."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            self.wfile.write(b"<ul id=app><li><a href='/board/d/1.html'>x</a></li></ul>")

    server = ThreadingHTTPServer(("127.0.0.2", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.2:{server.server_port}", heard
    server.shutdown()
    server.server_close()


def scripted(script: str) -> Callable[[], tuple[int, str, bytes, dict[str, str]]]:
    return lambda: page(f"<ul id=app></ul><script>{script}</script>")


def test_scripts_reach_no_other_host_no_forbidden_page_and_no_picture(
    crawl: Crawl, little: LittleBoard, elsewhere: tuple[str, list[str]]
) -> None:
    address, heard = elsewhere
    little.add(2)
    rows = "".join(f'<li><a href="/board/d/{n}.html">x</a></li>' for n in (1, 2))
    asked = [f"{address}/a", "/private/x", "http://169.254.169.254/latest"]
    little.trouble["/spa"] = scripted(
        f"document.getElementById('app').innerHTML={json.dumps(rows)};new Image().src='/pixel.png';"
        + "".join(f"fetch('{url}').catch(()=>0);" for url in asked)
    )
    write(crawl, little.url)
    report = crawl.one("spa")
    assert (report.state, report.new) == ("ok", 2), report.reason
    assert heard == []
    assert {path for path in little.hits if "board" not in path} == {"/robots.txt", "/spa"}
    assert all("yidan" in agent for agent in little.agents), "the browser says who it is too"


def test_what_scripts_ask_is_asked_one_by_one_and_counted(
    crawl: Crawl, little: LittleBoard, elsewhere: tuple[str, list[str]]
) -> None:
    """Redirects within the board count; those to another host, to another port or back into the network lead nowhere."""
    address, heard = elsewhere
    port = urlsplit(address).port
    little.add(2)
    rows = "".join(f'<li><a href="/board/d/{n}.html">x</a></li>' for n in (1, 2))
    leads = {
        "/away": f"{address}/x",
        "/port": f"http://127.0.0.1:{port}/x",
        "/ten": "http://10.0.0.1/x",
        "/near": "/data/near",
        "/astray": "/private/by-redirect",
    }
    for path, to in leads.items():
        little.trouble[path] = lambda to=to: (302, "text/html", b"", {"Location": to})
    little.trouble["/data"] = lambda: time.sleep(0.05) or page("ok")
    little.trouble["/frame"] = lambda: (302, "text/html", b"", {"Location": "/private/in-a-frame"})
    paths = (
        [f"/data/{n}" for n in range(6)]
        + list(leads)
        + [f"http://127.0.0.1:{port}/y", "http://10.0.0.1/y", "ws://127.0.0.1:1/"]
    )
    little.trouble["/spa"] = scripted(
        "const f=document.createElement('iframe');f.src='/frame';document.body.append(f);"
        "open('/window');open('/private/window');new Worker(URL.createObjectURL(new Blob([`fetch('/private/worker')`])));"
        f"Promise.all({json.dumps(paths)}.map((p)=>fetch(p).catch(()=>0)))"
        f".then(()=>document.getElementById('app').innerHTML={json.dumps(rows)});"
    )
    write(crawl, little.url, concurrency=1)
    report = crawl.one("spa")
    assert (report.state, report.new) == ("ok", 2), report.reason
    assert heard == []
    assert little.busiest == 1, "one request at a time, whatever a page wishes"
    assert {path for path in little.hits if path.startswith("/data/")} == {f"/data/{n}" for n in (*range(6), "near")}
    assert not [path for path in little.hits if path.startswith(("/private", "/window"))], (
        "robots.txt holds for redirects"
    )
    with sqlite3.connect(crawl.state / "spa.sqlite3") as state:
        (booked,) = state.execute("SELECT sum(requests) FROM hours").fetchone()
    asked = sum(little.hits.values())
    assert asked <= booked <= asked + 3, "every request is one of the day's, and those that led away"


@pytest.mark.parametrize(
    ("how", "state", "said"),
    [
        ("redirect", "broken", "sends us on to another host"),
        ("forbidden", "blocked", "robots.txt of 127.0.0.1 forbids"),
        ("script", "broken", "has no list"),
    ],
)
def test_a_page_that_leads_where_we_may_not_go_leads_nowhere(
    crawl: Crawl, little: LittleBoard, elsewhere: tuple[str, list[str]], how: str, state: str, said: str
) -> None:
    address, heard = elsewhere
    little.add(1)
    answer = (302, "text/html", b"", {"Location": "/private/b" if how == "forbidden" else f"{address}/b"})
    little.trouble["/spa"] = scripted(f"location.href='{address}/b'") if how == "script" else (lambda: answer)
    write(crawl, little.url, timeout=3)
    report = crawl.one("spa")
    assert report.state == state, report.reason
    assert said in report.reason
    assert heard == []
    assert set(little.hits) <= {"/robots.txt", "/spa"}


def test_a_page_whose_rows_never_come_says_so(crawl: Crawl, little: LittleBoard) -> None:
    little.trouble["/spa"] = scripted("for(;;)break;")
    write(crawl, little.url, timeout=3)
    report = crawl.one("spa")
    assert (report.state, [alarm.kind for alarm in report.alarms]) == ("broken", ["layout"]), report.reason
    little.trouble["/spa"] = scripted("document.getElementById('app').textContent='请输入验证码'")
    report = crawl.one("spa")
    assert (report.state, [alarm.kind for alarm in report.alarms]) == ("blocked", ["captcha"]), report.reason


def test_without_chromium_the_source_is_skipped_with_the_reason(
    crawl: Crawl, little: LittleBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIDAN_CHROMIUM", "/nowhere/chromium")
    write(crawl, little.url)
    report = crawl.one("spa")
    assert report.state == "skipped"
    assert "needs a browser" in report.reason


class Weighed:
    """The most that everything this process started weighed at once while the block ran, in megabytes: the crawl, Chromium, its driver."""

    most = 0.0

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def _look(self) -> None:
        own = os.getpid()
        while not self._over.wait(0.1):
            here = sum(footprint.memory(child) for child in footprint.family(own)[1:2])
            self.most = max(self.most, here / 2**20)

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()


@pytest.mark.parametrize(
    ("script", "timeout", "states", "said"),
    [
        ("addEventListener('load', () => setTimeout(() => { for (;;); }, 300));", 3, {"down"}, "in time"),
        ("const all=[]; for(;;) all.push(new Array(100000).fill({}));", 3, {"down", "broken"}, ""),
        ("const all=[]; for(;;) all.push(new Uint8Array(1e7).fill(7));", 30, {"broken"}, "more than 1024 MB"),
    ],
    ids=["never-ends", "fills-its-heap", "fills-memory-beside-it"],
)
def test_a_page_that_would_hold_or_fill_the_browser_ends_in_time_and_in_bounds(
    crawl: Crawl, little: LittleBoard, script: str, timeout: int, states: set[str], said: str
) -> None:
    little.trouble["/spa"] = scripted(script)
    write(crawl, little.url, timeout=timeout)
    path = crawl.home / "catalogue" / "spa.toml"
    path.write_text(path.read_text("utf-8").replace("retries = 2", "retries = 0"), encoding="utf-8")
    started = time.monotonic()
    with Weighed() as weighed:
        report = crawl.one("spa")
    print(f"{weighed.most:.0f} MB, {time.monotonic() - started:.1f} s: {report.state}")
    assert report.state in states, report.reason
    assert said in report.reason
    assert time.monotonic() - started < 90
    assert weighed.most < MOST + BESIDE
