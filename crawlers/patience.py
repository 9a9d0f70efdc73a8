"""Tries again with patience: waits as long as the board asks for, up to a limit, and pauses every request meanwhile.

Scrapy repeats at once; asked to wait, that is one more request the board did not want. A 404 is never tried again.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Self, cast

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response

if TYPE_CHECKING:
    from crawlers.spiders.board import BoardSpider

BACKOFF = 0.5  # seconds before the first repeat; doubles with each


class PatientRetry(RetryMiddleware):
    """Scrapy's bounded retry plus waiting. Stats: `patience/waits`, and `patience/refused` when the wait asked for is too long."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Take the longest wait from the spider's source."""
        middleware = super().from_crawler(crawler)
        middleware.resume_at = 0.0
        middleware.max_wait = cast("BoardSpider", crawler.spider).source.pace.max_wait
        return middleware

    resume_at: float
    max_wait: float

    async def process_request(self, request: Request) -> None:  # noqa: ARG002 - Scrapy's signature
        """Hold every request back while the board asked for quiet."""
        while (left := self.resume_at - time.monotonic()) > 0:  # noqa: ASYNC110 - it is time that is waited for
            await asyncio.sleep(left)

    async def process_response(  # type: ignore[override]
        self, request: Request, response: Response
    ) -> Request | Response:
        """Repeat what may succeed later, after the wait the board asks for or a growing one of our own."""
        if response.status not in self.retry_http_codes:
            return response
        asked = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
        if asked is not None and asked > self.max_wait:
            self._count("patience/refused")
            return response
        wait = asked if asked is not None else self._backoff(request)
        repeat = self._retry(request, str(response.status))
        if repeat is None:
            return response
        self._count("patience/waits")
        self.resume_at = max(self.resume_at, time.monotonic() + wait)
        return repeat

    async def process_exception(  # type: ignore[override]
        self, request: Request, exception: Exception
    ) -> Request | Response | None:
        """Repeat after dropped connections and time-outs, likewise later each time."""
        repeat: Request | Response | None = super().process_exception(request, exception)
        if repeat is not None:
            self.resume_at = max(self.resume_at, time.monotonic() + self._backoff(request))
        return repeat

    def _backoff(self, request: Request) -> float:
        return min(self.max_wait, BACKOFF * 2.0 ** int(request.meta.get("retry_times", 0)))

    def _count(self, key: str) -> None:
        self.crawler.stats.inc_value(key)


def retry_after(header: bytes | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header (seconds or an HTTP date), None when there is none that can be read."""
    if not header:
        return None
    text = header.decode("latin-1").strip()
    if text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    wait: float = (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds()
    return max(0.0, wait)
