"""P2: pages a second of a whole crawl (state, masking, sealed spool) over a bare Scrapy spider of the same pages.

A smoke test in CI; to be measured with YIDAN_BENCH_SCALE=3 YIDAN_BENCH_ROUNDS=3.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import pytest

from tests.bench.conftest import scaled
from tests.crawl.conftest import Crawl
from tests.crawl.little_board import LittleBoard

MESSAGES = 200
CONCURRENCY = 16
ROUNDS = int(os.environ.get("YIDAN_BENCH_ROUNDS", "1"))

# As somebody would write it who knows Scrapy and wants the pages' facts: selectors, items, no pipelines.
BARE = """
import json, sys, time
from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess

class Bare(Spider):
    name = "bare"
    custom_settings = {"CONCURRENT_REQUESTS": 16, "CONCURRENT_REQUESTS_PER_DOMAIN": 16, "DOWNLOAD_DELAY": 0, "ROBOTSTXT_OBEY": True,
                       "LOG_ENABLED": False, "TELNETCONSOLE_ENABLED": False}
    async def start(self):
        yield Request(sys.argv[1] + "/board/list?page=1")
    def parse(self, response):
        for link in response.css("ul.list li a"):
            yield response.follow(link, self.post)
        for link in response.css(".pager a.next"):
            yield response.follow(link, self.parse)
    def post(self, response):
        yield {"title": response.css("h1::text").get(), "time": response.css(".meta time::text").get(),
               "body": "\\n".join(response.css(".content p::text").getall()), "reply": response.css(".reply p::text").getall()}

process = CrawlerProcess()
crawler = process.create_crawler(Bare)
process.crawl(crawler)
process.start()
stats = crawler.stats.get_stats()
print(json.dumps([stats["response_received_count"], stats["elapsed_time_seconds"], stats["item_scraped_count"]]))
"""


@pytest.fixture
def board() -> LittleBoard:
    with LittleBoard() as little:
        little.add(scaled(MESSAGES))
        yield little


@pytest.fixture
def fresh(tmp_path: Path, board: LittleBoard) -> Callable[[], Crawl]:
    def make() -> Crawl:
        home = tmp_path / str(len(list(tmp_path.iterdir())))
        home.mkdir(exist_ok=True)
        crawl = Crawl(home)
        crawl.source("board", board.url, concurrency=CONCURRENCY)
        return crawl

    return make


def spent(work: Callable[[], float]) -> tuple[float, float]:
    """The rate that `work` measures, and the processor seconds its child took: those do not depend on the neighbours."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    rate = work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return rate, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def bare(board: LittleBoard, folder: Path) -> float:
    script = folder / "bare.py"  # a file: Scrapy reads the source of its callbacks
    script.write_text(BARE, encoding="utf-8")
    done = subprocess.run([sys.executable, str(script), board.url], capture_output=True, check=True, text=True)
    pages, seconds, items = json.loads(done.stdout)
    assert items == len(board.messages)
    return pages / seconds


def ours(crawl: Crawl) -> float:
    report = crawl.one("board")
    assert report.state == "ok", report.reason
    return report.requests / (report.finished_at - report.started_at).total_seconds()


def test_a_whole_crawl_over_a_bare_spider(bench, board, fresh, tmp_path):
    rounds = [(*spent(lambda: ours(fresh())), *spent(lambda: bare(board, tmp_path))) for _ in range(ROUNDS)]
    mine, my_cpu, theirs, their_cpu = (median(column) for column in zip(*rounds, strict=True))
    bench(
        "P2 crawl over bare Scrapy",
        mine / theirs,
        reach="≥ .80",
        limit="Scrapy's own work per page; grows with pages",
        pages_a_second=mine,
        bare_pages_a_second=theirs,
        cpu_ratio=their_cpu / my_cpu,
    )


def test_two_processes_over_one(bench, board, fresh):
    one = median(ours(fresh()) for _ in range(ROUNDS))
    crawls = [(fresh(), fresh()) for _ in range(ROUNDS)]
    with ThreadPoolExecutor(2) as pool:
        two = median(sum(pool.map(ours, pair)) for pair in crawls)
    bench(
        "P2 two processes over one",
        two / one,
        reach="≥ 1.8",
        limit="cores: the local board and the bench share them with the crawls",
        pages_a_second=two,
    )
