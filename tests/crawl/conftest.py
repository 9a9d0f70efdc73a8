"""Boards to crawl against: the real one of ../shared as a process, and a little one of our own in a thread."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from crawlers import api
from crawlers.records import Post
from tests.crawl.little_board import LittleBoard

# The messages of eight years are a quarter of the real board's; by hand, YIDAN_REAL=all takes every one.
SPAN = () if os.environ.get("YIDAN_REAL") == "all" else ("--until", "2018-12-31")

CARD = """
[card]
legal_basis = "政府信息公开条例第十三条"
impact_assessment = 2026-11-01
fields_taken = ["title", "body", "published_at", "reply"]
fields_refused = ["nickname", "ip"]
retention_days = 180
contact = "yidan@example.org"
allow_private_hosts = ["127.0.0.1"]

[pace]
concurrency = {concurrency}
delay = 0
timeout = {timeout}
retries = 2
max_wait = 5
max_pages = {max_pages}
"""

JSON_RULES = """
[list]
url = "/wz/front/msg/index"
method = "POST"
body = "json"
params = { ready = "1", is_reply = "", pageNum = 50 }
page_param = "page"
rows = "data.rows"
key = "id"
title = "title"
published_at = "created_at"
watch = ["is_reply"]

[detail]
url = "/wz/front/msg/detail?id={key}"

[post]
title = "data.title"
body = "data.content"
published_at = "data.created_at"
reply = "data.reply[0].content"
reply_organisation = "data.reply[0].department"
reply_published_at = "data.reply[0].created_at"
"""

HTML_RULES = r"""
[list]
url = "/board/list?page=1"
rows = "ul.list li"
key = '/d/(\d+)\.html'
next = ".pager a.next"
published_at = ".date"

[post]
title = "h1"
body = ".content"
published_at = ".meta time"
reply = ".reply p"
reply_organisation = ".reply .org"
"""

CURSOR_RULES = """
[list]
url = "/liuyan/threads/queryThreadsList"
method = "POST"
body = "form"
params = { fid = 1, pageSize = 50 }
cursor_param = "lastItem"
cursor = "tid"
rows = "responseData"
key = "tid"

[post]
text = "text"
title = "subject"
body = "content"
published_at = "dateline"
reply = "answerContent"
reply_organisation = "answerOrganization"
reply_published_at = "answerDateline"
counts = { favourites = "favNum" }
"""

FEED_RULES = """
[list]
url = "/feed.xml"
"""

SITEMAP_RULES = r"""
[list]
url = "/sitemap.xml"
key = '/d/(\d+)\.html'

[post]
title = "h1"
body = ".content"
published_at = ".meta time"
reply = ".reply p"
"""

RULES = {
    "feed": ("feed", FEED_RULES),
    "sitemap": ("sitemap", SITEMAP_RULES),
    "wz": ("json_api", JSON_RULES),
    "board": ("list_detail", HTML_RULES),
    "gbk": ("list_detail", HTML_RULES.replace("/board/", "/gbk/")),
    "liuyan": ("json_api", CURSOR_RULES),
}


@dataclass
class Crawl:
    """A catalogue, a spool and a state folder of one test, and the crawls over them, each in a child process."""

    home: Path
    counted: list[Any] = field(default_factory=list)

    @property
    def spool(self) -> Path:
        return self.home / "spool"

    @property
    def state(self) -> Path:
        return self.home / "state"

    def source(self, name: str, url: str, *, edit: Callable[[str], str] = str, **pace: Any) -> None:
        family, rules = RULES[name]
        filled = {"concurrency": 16, "timeout": 10, "max_pages": 2000, **pace}
        head = f'name = "{name}"\ntitle = "留言板"\nfamily = "{family}"\nenabled = true\nbase_url = "{url}"\n'
        folder = self.home / "catalogue"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.toml").write_text(edit(head + CARD.format(**filled) + rules), encoding="utf-8")

    @property
    def arguments(self) -> dict[str, Any]:
        return {"catalogue": [self.home / "catalogue"], "spool": self.spool, "state": self.state}

    def __call__(self, *names: str, **options: Any) -> list[api.CrawlReport]:
        return api.crawl_in_subprocess(names, **self.arguments, **options)

    def one(self, name: str) -> api.CrawlReport:
        return self(name)[0]

    def posts(self) -> list[Post]:
        batches = list(api.read_batches(self.spool))
        assert all(isinstance(batch, api.Batch) for batch in batches)
        return [post for batch in batches for post in batch.posts]

    def distinct(self) -> dict[tuple[str, str, str], Post]:
        """What intake would keep: one post a source, key and revision."""
        return {(post.source, post.key, post.revision): post for post in self.posts()}

    def bytes_written(self) -> bytes:
        files = [path for folder in (self.spool, self.state) for path in folder.rglob("*") if path.is_file()]
        return b"\n".join(path.read_bytes() for path in files)


@pytest.fixture
def crawl(tmp_path: Path) -> Crawl:
    return Crawl(tmp_path)


@dataclass
class Site:
    """The board of ../shared on a free port."""

    url: str

    def ask(self, path: str, /, **query: Any) -> Any:
        address = f"{self.url}{path}" + (f"?{urllib.parse.urlencode(query)}" if query else "")
        with urllib.request.urlopen(address, timeout=10) as answer:
            return json.load(answer)

    @property
    def stats(self) -> Any:
        return self.ask("/_stats")

    @property
    def details(self) -> int:
        hits = self.stats["hits"]
        return sum(count for path, count in hits.items() if "detail" in path or "/d/" in path)


@pytest.fixture
def site(shared: Path) -> Iterator[Callable[..., Site]]:
    """Start a board with the options given, as many as a test needs; all end with the test."""
    children: list[subprocess.Popen[str]] = []

    def start(*options: str) -> Site:
        command = [sys.executable, str(shared / "tools" / "board_site.py"), "--port", "0", *options]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        children.append(child)
        assert child.stdout
        found = re.search(r"http://[\d.]+:\d+", child.stdout.readline())
        assert found, "the board did not start"
        return Site(found[0])

    yield start
    for child in children:
        child.kill()
        child.communicate()


@pytest.fixture
def little() -> Iterator[LittleBoard]:
    with LittleBoard() as board:
        yield board
