"""Gathers posts and seals them as batches: when one is full, when the oldest post has waited long enough, and at the end.

A post waits in memory only: killed there, it is still pending in the frontier and is fetched again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self, cast

from scrapy.crawler import Crawler

from crawlers import spool
from crawlers.records import Post
from crawlers.run import Run

if TYPE_CHECKING:
    from crawlers.spiders.board import BoardSpider

LONGEST = 20.0  # seconds a post may wait for its batch to fill: a slow, polite crawl should deliver as it goes


class SpoolPipeline:
    """Seals through the spider's run, which marks the keys as sealed once the batch is on the disk."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._posts: list[Post] = []
        self._since = 0.0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Work for the run of the crawler's spider."""
        return cls(cast("BoardSpider", crawler.spider).run)

    def process_item(self, item: Post) -> Post:
        """Take the post; seal when the batch is full or has waited."""
        if not self._posts:
            self._since = time.monotonic()
        self._posts.append(item)
        if len(self._posts) >= spool.SIZE or time.monotonic() - self._since > LONGEST:
            self._flush()
        return item

    def close_spider(self) -> None:
        """Seal what is left."""
        self._flush()

    def _flush(self) -> None:
        posts, self._posts = self._posts, []
        self._run.deliver(posts)
