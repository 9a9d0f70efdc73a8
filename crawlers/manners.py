"""Keeps to what a board's robots.txt says beyond yes and no: its Crawl-delay, and silence while it cannot be read.

RFC 9309 2.3.1.4: a robots.txt that answers with a server error forbids everything until it answers again; Scrapy would read the error page
as a permission. A delay of minutes is kept too, within the longest wait of the source: beyond it a run could not end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, cast

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from crawlers.causes import cause
from crawlers.evidence import keep_robots

if TYPE_CHECKING:
    from crawlers.spiders.board import BoardSpider

FORBID_ALL = b"User-agent: *\nDisallow: /\n"
SERVER_ERROR = 500


class Manners:
    """Reads robots.txt once more than Scrapy does. Notes in the run's tally what it makes of it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen for the parsed robots.txt."""
        manners = cls(crawler)
        crawler.signals.connect(manners.on_robots, signal=signals.robots_parsed)
        return manners

    @property
    def _spider(self) -> BoardSpider:
        return cast("BoardSpider", self._crawler.spider)

    def process_response(self, request: Request, response: Response) -> Response:
        """Keep a robots.txt with its date; turn one that failed, after all repeats, into one that forbids everything."""
        run = self._spider.run
        if request.meta.get("dont_obey_robotstxt") and run.folder is not None:
            keep_robots(response.body, response.status, response.url, run.folder, run.source.name, run.clock())
        if not (request.meta.get("dont_obey_robotstxt") and response.status >= SERVER_ERROR):
            return response
        why = cause("robots-error", host=self._spider.source.host, status=response.status)
        self._spider.run.tally.note("blocked", why)
        return response.replace(status=200, body=FORBID_ALL)

    def on_robots(self, robotparser: RobotParser, request: Request) -> None:  # noqa: ARG002 - the signal's arguments
        """Keep the rules for what a page's scripts ask, and ask no oftener than the board wishes, if it wishes for less than our own delay gives."""
        self._spider.run.robots = robotparser
        wished = robotparser.crawl_delay(self._spider.source.agent)
        if not wished:
            return
        pace = self._spider.source.pace
        for extension in self._crawler.extensions.middlewares:
            if isinstance(extension, AutoThrottle):  # which would bring the delay back to the card's
                extension.mindelay = max(extension.mindelay, min(wished, pace.max_wait))
        for slot in self._crawler.engine.downloader.slots.values():
            slot.delay = max(slot.delay, min(wished, pace.max_wait))
            slot.concurrency = 1
