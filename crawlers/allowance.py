"""Keeps a run within its day's budget and out of its source's quiet hours: checked at every request, repeats included.

What is refused here stays pending, so the next run that may ask goes on from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, cast

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

if TYPE_CHECKING:
    from crawlers.run import Run
    from crawlers.spiders.board import BoardSpider

BUDGET = "the day's budget is spent"
QUIET = "quiet hours"


class Allowance:
    """Counts before it lets pass, so that a request under way is one of the day's."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Work for the run of the crawler's spider."""
        return cls(cast("BoardSpider", crawler.spider).run)

    def process_request(self, request: Request) -> None:  # noqa: ARG002 - Scrapy's signature
        """IgnoreRequest when no request may be made now."""
        if self._run.quiet_until():
            raise IgnoreRequest(QUIET)
        if not self._run.spend():
            raise IgnoreRequest(BUDGET)
