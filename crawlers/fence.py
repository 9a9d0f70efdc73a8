"""Keeps a crawl on its own board: a request for another host is refused, whoever sent us there.

Stands before every other middleware, so that not even the other host's robots.txt is asked for. Unlike Scrapy's own filter it tells
the spider, which counts the post as failed instead of losing it in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, cast
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

if TYPE_CHECKING:
    from crawlers.spiders.board import BoardSpider


class Fence:
    """Lets pass what goes to the source's own address, or to its host by the usual ports: boards move from http to https."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._allowed = {parts.netloc.lower(), (parts.hostname or "").lower()}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Guard the host of the spider's source."""
        return cls(cast("BoardSpider", crawler.spider).source.base_url)

    def process_request(self, request: Request) -> None:
        """IgnoreRequest for anything else."""
        parts = urlsplit(request.url)
        if parts.scheme not in ("http", "https") or parts.netloc.lower() not in self._allowed:
            raise IgnoreRequest("another host")
