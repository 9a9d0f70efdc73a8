"""Runs spiders in this process: locks each source, opens its state, starts Scrapy once, and gives each run its verdict.

Scrapy's reactor starts once in a life, so a process crawls once; whoever crawls again and again uses `crawlers.child`.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from scrapy import signals
from scrapy.crawler import Crawler, CrawlerProcess
from twisted.python.failure import Failure

from crawlers import admission, browser
from crawlers import spool as spooling
from crawlers.causes import Cause, cause
from crawlers.frontier import Frontier
from crawlers.records import Post
from crawlers.reports import CrawlError, CrawlReport, OnProgress, State
from crawlers.resolver import ALLOWED, PublicResolver
from crawlers.run import Run
from crawlers.settings import settings
from crawlers.sources import Family, Source
from crawlers.spiders.board import BoardSpider
from crawlers.spiders.browser import BrowserSpider
from crawlers.spiders.feed import FeedSpider
from crawlers.spiders.json_api import JsonApiSpider
from crawlers.spiders.list_detail import ListDetailSpider
from crawlers.spiders.sitemap import SitemapSpider

SPIDERS: Mapping[Family, type[BoardSpider]] = {
    "json_api": JsonApiSpider,
    "list_detail": ListDetailSpider,
    "feed": FeedSpider,
    "sitemap": SitemapSpider,
    "browser": BrowserSpider,
}
DRY_POSTS = 5
DRY_SECONDS = 45.0  # a person waits for it


def crawl(
    chosen: Sequence[Source],
    *,
    spool: Path,
    state: Path,
    now: datetime | None = None,
    on_progress: OnProgress | None = None,
    asked: bool = True,
) -> list[CrawlReport]:
    """Crawl `chosen` side by side and return a report each, in their order; posts are in the spool when it returns.

    A run that nobody `asked` for waits longer after each failure.

    CrawlError when the spool or the state folder cannot be written.
    """
    _make_folders(spool, state)
    runs: list[Run] = []
    refused: dict[str, CrawlReport] = {}
    with _locks() as locks:
        for source in chosen:
            ready = _prepare(source, spool, state, now, locks, asked=asked)
            if isinstance(ready, Run):
                ready.on_progress = on_progress
                runs.append(ready)
            else:
                refused[source.name] = ready
        _go(runs)
        finished = {run.source.name: run.finish() for run in runs}
        for run in runs:
            run.frontier.close()
    return [(refused | finished)[source.name] for source in chosen]


def dry_run(
    source: Source, *, most_posts: int = DRY_POSTS, now: datetime | None = None
) -> tuple[CrawlReport, list[Post]]:
    """Read the first list page and a few posts within a minute, masked as always, and write nothing."""
    if source.family == "browser" and (why := browser.unusable(source)):
        return _refusal(source, now, "skipped", why), []
    source = replace(
        source, pace=replace(source.pace, max_seconds=min(source.pace.max_seconds, DRY_SECONDS), retries=0)
    )
    run = Run(source, Frontier(":memory:", "dry"), "dry", now=now, most_posts=most_posts)
    _go([run])
    return run.finish(), run.posts


def _make_folders(*folders: Path) -> None:
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / f".probe-{uuid4().hex}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise CrawlError(
                f"The folder {folder} cannot be written ({error.strerror}); choose or repair it."
            ) from error


def _prepare(
    source: Source, spool: Path, state: Path, now: datetime | None, locks: list[int], *, asked: bool
) -> Run | CrawlReport:
    """A run that may start, or the report that says why it may not."""
    if not source.enabled:
        return _refusal(source, now, "skipped", cause("not-enabled"))
    if not _lock(state / f"{source.name}.lock", locks):
        return _refusal(source, now, "skipped", cause("running"))
    if source.family == "browser" and (why := browser.unusable(source)):
        return _refusal(source, now, "skipped", why)
    name = uuid4().hex[:12]
    try:
        frontier = Frontier(state / f"{source.name}.sqlite3", name, now)
    except CrawlError as error:
        return _refusal(source, now, "broken", cause("state-unusable", why=error))
    spooling.sweep(spool, source.name)
    frontier.want_again(spooling.damaged(spool))
    run = Run(source, frontier, name, spool=spool, now=now, folder=state)
    refusal = admission.refusal(run, asked=asked)
    if refusal is None:
        return run
    frontier.close()
    return refusal


def _refusal(source: Source, now: datetime | None, state: State, why: Cause) -> CrawlReport:
    when = now or datetime.now(UTC)
    return CrawlReport(source.name, "", when, when, state, why.say(), causes=(why,))


@contextmanager
def _locks() -> Iterator[list[int]]:
    """File handles whose locks last as long as the crawl; a killed process lets go of them by dying."""
    handles: list[int] = []
    try:
        yield handles
    finally:
        for handle in handles:
            os.close(handle)


def _lock(path: Path, handles: list[int]) -> bool:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    handles.append(handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _go(runs: Sequence[Run]) -> None:
    """Start Scrapy with one crawler a run and wait until all are done."""
    if not runs:
        return
    allowed = [host for run in runs for host in run.source.card.allow_private_hosts]
    process = CrawlerProcess(
        {"LOG_INSTALL_ROOT_HANDLER": False, "TWISTED_DNS_RESOLVER": PublicResolver, ALLOWED: allowed}
    )
    _silence()
    for number, run in enumerate(runs):
        chosen = settings(run.source) | (browser.settings(run) if run.source.family == "browser" else {})
        crawler = Crawler(SPIDERS[run.source.family], chosen, init_reactor=number == 0)
        _connect(crawler, run)
        process.crawl(crawler, run=run)
    process.start()


def _connect(crawler: Crawler, run: Run) -> None:
    """Let the run count requests, and let it hear of errors in our own code."""

    def on_error(failure: Failure) -> None:
        kind = failure.type.__name__ if failure.type else "error"
        run.tally.failed += 1
        run.tally.note("broken", cause("program-error", kind=kind))

    def on_closed(reason: str) -> None:
        if reason == "closespider_timeout":
            limit = run.source.pace.max_seconds
            run.tally.note("degraded", cause("time-limit", seconds=f"{limit:.0f}"))

    run.requests = lambda: int(crawler.stats.get_value("downloader/request_count", 0))
    crawler.signals.connect(on_error, signal=signals.spider_error, weak=False)
    crawler.signals.connect(on_error, signal=signals.item_error, weak=False)
    crawler.signals.connect(on_closed, signal=signals.spider_closed, weak=False)


def _silence() -> None:
    """Keep Scrapy's own log out of everybody's: the report says what happened, and a log could quote a post."""
    for name in ("scrapy", "twisted", "asyncio"):
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False
