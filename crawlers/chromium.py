"""Hands pages to Chromium as scrapy-playwright does, and takes them back when their time is over, whatever their scripts are doing.

A script that never ends holds its page for ever: asking for the page's content has no limit of its own. Loaded by its name from
`crawlers.browser.settings`, and only where scrapy-playwright is installed.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from playwright.async_api import Error
from scrapy import Request
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

LIMIT = "YIDAN_PAGE_SECONDS"  # the setting that says how long one page may take in all
CLOSING = 10.0  # seconds a page has to go


class PageHandler(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc] # it has no types
    """TimeoutError, as for a host that does not answer, for a page that takes longer than `LIMIT`."""

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._limit = crawler.settings.getfloat(LIMIT)
        self._pages: dict[Request, list[Any]] = {}

    async def _create_page(self, request: Request, spider: Any) -> Any:
        page = await super()._create_page(request=request, spider=spider)
        self._pages.setdefault(request, []).append(page)
        return page

    async def _download_request(self, request: Request, spider: Any = None) -> Any:
        try:
            async with asyncio.timeout(self._limit):
                return await super()._download_request(request, spider)
        finally:
            for page in self._pages.pop(request, []):
                with suppress(Error, TimeoutError):
                    async with asyncio.timeout(CLOSING):
                        await page.close()
