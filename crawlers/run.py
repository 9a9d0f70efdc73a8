"""One run over one source: what it has, what it counts, and how its posts get from memory to the disk.

Spiders ask it, the pipeline delivers to it; nothing in it knows Scrapy, so the order seal-then-mark can be tested alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from crawlers import spool
from crawlers.causes import cause, say_all
from crawlers.frontier import Frontier
from crawlers.outcome import Tally, judge
from crawlers.pages.parts import Parts, Row
from crawlers.records import FetchInfo, Post
from crawlers.reports import CrawlReport, OnProgress, Progress
from crawlers.sources import Source

LOOK_BACK = "look back"
REPORT_EVERY = 0.5  # seconds between two progress notes


@dataclass(slots=True)
class Run:
    """A run in progress. Without `spool` it is dry: posts are kept in `posts` and nothing is written.

    `most_pages` and `most_posts` bound a dry run; `stop` is set when going on is pointless, and spiders look at it.
    """

    source: Source
    frontier: Frontier
    name: str
    spool: Path | None = None
    now: datetime | None = None
    on_progress: OnProgress | None = None
    most_posts: int | None = None
    tally: Tally = field(default_factory=Tally)
    posts: list[Post] = field(default_factory=list)
    stop: bool = False
    requests: Callable[[], int] = lambda: 0
    started_at: datetime = field(init=False)
    looks_back: bool = False
    gone: list[str] = field(default_factory=list)
    version: tuple[str, str, str] | None = None  # address, ETag and Last-Modified of the newest list page
    _noted: float = 0.0

    def __post_init__(self) -> None:
        self.started_at = self.clock()
        self.tally.had_rows = self.frontier.had_rows()

    def clock(self) -> datetime:
        """The run's time: the one given, else the machine's."""
        return self.now or datetime.now(UTC)

    def post(self, key: str, parts: Parts, row: Row | None, url: str, status: int) -> Post:
        """The record of one post; what its page does not say is taken from its list row."""
        return Post(
            source=self.source.name,
            key=key,
            url=self.source.public_url(key, url),
            title=parts.title or (row.title if row else ""),
            body=parts.body,
            published_at=parts.published_at or (row.published_at if row else None),
            fetch=FetchInfo(self.clock(), url, self.name, status),
            reply=parts.reply,
            counts=parts.counts,
        )

    def deliver(self, posts: Sequence[Post]) -> None:
        """Seal `posts`, then mark their keys; a spool that cannot be written stops the run and leaves the keys pending."""
        if not posts:
            return
        if self.spool is None:
            self.posts.extend(posts)
            self.tally.fetched += len(posts)
            return
        try:
            batches = spool.seal(posts, self.source.name, self.spool, run=self.name, now=self.clock())
        except OSError as error:
            self.tally.failed += len(posts)
            self.tally.note("broken", cause("spool-unwritable", folder=self.spool, why=error.strerror))
            self.stop = True
            return
        self.tally.new += self.frontier.sealed([(post.key, post.revision) for post in posts], batches[0].name)
        self.tally.fetched += len(posts)
        self.tally.undated += sum(post.published_at is None for post in posts)
        self.note_progress()

    def note_progress(self) -> None:
        """Tell the caller how far it is, at most twice a second."""
        if self.on_progress and time.monotonic() - self._noted >= REPORT_EVERY:
            self._noted = time.monotonic()
            self.on_progress(Progress(self.source.name, self.tally.fetched, self.requests(), self.tally.pages))

    def finish(self) -> CrawlReport:
        """Close the run: settle what a complete one has seen, and give the verdict."""
        if self.tally.complete:
            self.frontier.settle()
            if self.looks_back:
                self.frontier.done(LOOK_BACK)
            if self.version:
                self.frontier.remember(*self.version)
        for key in self.gone:
            self.frontier.checked(key, gone=True)
        state, causes = judge(self.tally)
        tally = self.tally
        return CrawlReport(
            source=self.source.name,
            run=self.name,
            started_at=self.started_at,
            finished_at=self.clock(),
            state=state,
            reason=say_all(causes),
            causes=causes,
            fetched=tally.fetched,
            new=tally.new,
            unchanged=tally.unchanged,
            failed=tally.failed,
            requests=self.requests(),
            undated=tally.undated,
            gone=tuple(self.gone),
        )
