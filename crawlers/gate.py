"""One host is asked by all its sources together no harder than its card allows one: many sources may stand on one host.

Each request holds one of the host's slots, as many as the source's concurrency, from before its turn comes until its answer is there:
a lock on a file, so that it holds across processes and ends with a process that dies. The delay of the card passes while the slot is
held, so it lies between the requests of different sources too.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import time
from typing import TYPE_CHECKING, Final, Self, cast
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

if TYPE_CHECKING:
    from crawlers.run import Run
    from crawlers.spiders.board import BoardSpider

FOLDER: Final = "hosts"
POLL: Final = 0.05  # seconds between two tries for a slot that others hold
SLOT: Final = "host_slot"


class Slots:
    """The slots of one host for one run; empty `paths` (a dry run, which asks a handful of times) never wait."""

    def __init__(self, run: Run, netloc: str) -> None:
        pace, name = run.source.pace, re.sub(r"[^a-z0-9.-]", "_", netloc.lower())
        self._paths = [run.folder / FOLDER / f"{name}.{n}" for n in range(pace.concurrency)] if run.folder else []
        self._polite = pace.delay > 0
        self._released = 0.0
        self._handles: list[int] = []
        self._free: list[int] = []

    async def take(self) -> int | None:
        """Wait for a slot and hold it; None where there are none to hold."""
        if not self._paths:
            return None
        if not self._handles:
            self._paths[0].parent.mkdir(parents=True, exist_ok=True)
            self._handles = [os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644) for path in self._paths]
            self._free = list(range(len(self._handles)))
        if self._polite and (early := self._released + 2 * POLL - time.monotonic()) > 0:
            await asyncio.sleep(early)  # whoever else waits for this host has looked by then: no source starves another
        while (slot := self._try()) is None:  # noqa: ASYNC110 - other processes set no event of ours
            await asyncio.sleep(POLL)
        return slot

    def _try(self) -> int | None:
        for slot in self._free:
            try:
                fcntl.flock(self._handles[slot], fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            self._free.remove(slot)
            return slot
        return None

    def give_back(self, slot: int | None) -> None:
        """Let the next one ask."""
        if slot is not None and self._handles:
            fcntl.flock(self._handles[slot], fcntl.LOCK_UN)
            self._free.append(slot)
            self._released = time.monotonic()

    def close(self) -> None:
        """Let go of what requests that were cut off still held."""
        handles, self._handles = self._handles, []
        for handle in handles:
            os.close(handle)


class HostGate:
    """Stands next to the network, so that repeats, redirects and robots.txt pass it one by one like everything else."""

    def __init__(self, run: Run) -> None:
        self._slots = Slots(run, urlsplit(run.source.root).netloc)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Work for the run of the crawler's spider; let go of everything when it closes."""
        gate = cls(cast("BoardSpider", crawler.spider).run)
        crawler.signals.connect(gate.close, signal=signals.spider_closed)
        return gate

    async def process_request(self, request: Request) -> None:
        """Wait for a slot."""
        request.meta[SLOT] = await self._slots.take()

    def process_response(self, request: Request, response: Response) -> Response:
        """The answer is there: the next may ask."""
        self._slots.give_back(request.meta.pop(SLOT, None))
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:  # noqa: ARG002 - Scrapy's signature
        """No answer will come: the next may ask."""
        self._slots.give_back(request.meta.pop(SLOT, None))

    def close(self) -> None:
        """The run is over."""
        self._slots.close()
