"""Keeps the words of posts out of the logs: Scrapy prints whole items by default, this prints that there was one."""

from __future__ import annotations

# ruff: noqa: ARG002 - the signatures are Scrapy's; leaving the item unused is the point
import logging
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure


class QuietFormatter(LogFormatter):
    """Names the address a message is about, never an item and never the text of an exception that might quote one."""

    def scraped(self, item: Any, response: Response | Failure | None, spider: Spider) -> LogFormatterResult:
        """Say nothing of the item, at any level."""
        return _line(logging.DEBUG, "post read from %(url)s", getattr(response, "url", ""))

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """Name the kind of error and the page."""
        return _line(
            logging.WARNING, f"post dropped ({type(exception).__name__}) from %(url)s", getattr(response, "url", "")
        )

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """Name the kind of error and the page."""
        return _line(
            logging.ERROR, f"post failed ({type(exception).__name__}) from %(url)s", getattr(response, "url", "")
        )

    def spider_error(
        self, failure: Failure, request: Request, response: Response | Failure, spider: Spider
    ) -> LogFormatterResult:
        """Name the kind of error and the page."""
        kind = failure.type.__name__ if failure.type else "error"
        return _line(logging.ERROR, f"page failed ({kind}): %(url)s", request.url)


def _line(level: int, message: str, url: str) -> LogFormatterResult:
    return {"level": level, "msg": message, "args": {"url": url}}
