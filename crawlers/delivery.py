"""What is brought to us instead of being fetched: pushed posts and rows of work orders, by the same way to the disk as a crawl.

Masked, compared with what the source has brought before, sealed, then marked: so a delivery may be cut off anywhere and made again
as a whole, and what was there already is counted as unchanged instead of being stored twice.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from crawlers import spool as spooling
from crawlers.causes import cause
from crawlers.frontier import Frontier, Wanted
from crawlers.pipelines.mask import masked
from crawlers.records import Post
from crawlers.reports import CrawlError, CrawlReport
from crawlers.run import Run
from crawlers.sources import Source

PATIENCE = 15.0  # seconds that one delivery waits for another of the same source


class Busy(CrawlError):
    """Another delivery of the same source is under way and did not end in time."""


@dataclass(slots=True)
class Delivery:
    """One delivery under way. `refused` counts what was not taken, for the report's state."""

    run: Run
    refused: int = 0

    def offer(self, posts: Sequence[Post]) -> None:
        """Take posts, unmasked; CrawlError when the spool cannot be written. A key comes once a delivery: the first holds."""
        clean = {post.key: post for post in map(masked, reversed(posts))}
        seen = self.run.frontier.see([Wanted(key, "", post.revision) for key, post in clean.items()], retake=True)
        self.run.tally.unchanged += len(posts) - len(seen.wanted)
        self.run.deliver([clean[wanted.key] for wanted in reversed(seen.wanted)])
        if self.run.stop:
            raise CrawlError(next(iter(self.run.tally.troubles.values())).say())

    def finish(self) -> CrawlReport:
        """The report of the whole delivery; only a delivery that came to its end has one."""
        tally = self.run.tally
        tally.pages, tally.complete = 1, True
        if self.refused:
            tally.note("degraded", cause("rows-refused", n=self.refused))
        elif not tally.fetched:
            tally.idle = cause("nothing-delivered")
        return self.run.finish()


@contextmanager
def delivery(
    source: Source, *, spool: Path, state: Path, now: datetime | None = None, patience: float = PATIENCE
) -> Iterator[Delivery]:
    """A delivery of `source`, alone: Busy after `patience` seconds, CrawlError when its card does not let it run."""
    if not source.enabled:
        raise CrawlError(f"{source.name}: {cause('not-enabled').say()}")
    for folder in (spool, state):
        folder.mkdir(parents=True, exist_ok=True)
    with alone(state / f"{source.name}.lock", source, patience):
        name = uuid4().hex[:12]
        frontier = Frontier(state / f"{source.name}.sqlite3", name, now)
        try:
            spooling.sweep(spool, source.name)
            frontier.want_again(spooling.damaged(spool))
            yield Delivery(Run(source, frontier, name, spool=spool, now=now, folder=state))
        finally:
            frontier.close()


@contextmanager
def alone(path: Path, source: Source, patience: float) -> Iterator[None]:
    """The source's lock, the same one that a crawl of it would hold."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        until = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise Busy(f"{source.name}: another delivery is under way; try again in a minute.") from None
                time.sleep(0.05)
        yield
    finally:
        os.close(handle)
