"""Hands pages to Chromium as scrapy-playwright does, and takes them back when their time or the browser's memory is over.

A script that never ends holds its page for ever: asking for the page's content has no limit of its own. And what scripts fill beside
their heap (buffers, pictures they draw, the page itself) no setting of Chromium bounds. Loaded by its name from `crawlers.browser.settings`,
and only where scrapy-playwright is installed.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

from playwright.async_api import Error
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from crawlers import footprint
from crawlers.browser import CEILING, FULL, SECONDS
from crawlers.leash import Leash

CLOSING: Final = 10.0  # seconds a page has to go
LOOK: Final = 0.25  # seconds between two looks at the browser's memory


class PageHandler(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc] # it has no types
    """TimeoutError, as for a host that does not answer, for a page that takes longer than `SECONDS`.

    IgnoreRequest, which says why, for a page that was led where it may not go, and for all pages after the browser took more memory
    than `CEILING`: it is killed then and not started again in this run.
    """

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._limit = crawler.settings.getfloat(SECONDS)
        self._ceiling = crawler.settings.getint(CEILING)
        self._leash: Leash = crawler.settings["PLAYWRIGHT_ABORT_REQUEST"]
        self._pages: dict[Request, list[Any]] = {}
        self._full = False
        self._watch: asyncio.Task[None] | None = None

    async def _maybe_launch_browser(self) -> None:
        if self._full:
            raise IgnoreRequest(FULL)
        there = hasattr(self, "browser")
        await super()._maybe_launch_browser()
        if not there:
            await self._take_hold()

    async def _take_hold(self) -> None:
        """Stop every request of the browser on its way out, redirects too, and begin to watch its memory."""
        session = await self.browser.new_browser_cdp_session()
        processes = await session.send("SystemInfo.getProcessInfo")
        root = next(int(row["id"]) for row in processes["processInfo"] if row["type"] == "browser")
        self._watch = asyncio.create_task(self._keep_watch(root))
        waiting: set[asyncio.Task[None]] = set()

        async def decide(paused: dict[str, Any]) -> None:
            stopped = self._leash.stops(paused)
            what, more = (
                ("Fetch.failRequest", {"errorReason": "BlockedByClient"}) if stopped else ("Fetch.continueRequest", {})
            )
            with suppress(Error):  # the page is gone
                await session.send(what, {"requestId": paused["requestId"], **more})

        def paused(event: dict[str, Any]) -> None:
            task = asyncio.create_task(decide(event))
            waiting.add(task)
            task.add_done_callback(waiting.discard)

        session.on("Fetch.requestPaused", paused)
        await session.send("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})

    async def _keep_watch(self, root: int) -> None:
        while await asyncio.to_thread(footprint.memory, root) <= self._ceiling:  # noqa: ASYNC110 - no event says how much there is
            await asyncio.sleep(LOOK)
        self._full = True
        footprint.end(root)

    async def _create_page(self, request: Request, spider: Any) -> Any:
        page = await super()._create_page(request=request, spider=spider)
        self._pages.setdefault(request, []).append(page)
        return page

    async def _download_request(self, request: Request, spider: Any = None) -> Any:
        try:
            async with asyncio.timeout(self._limit):
                return await super()._download_request(request, spider)
        except (Error, TimeoutError) as error:
            if self._full:
                raise IgnoreRequest(FULL) from error
            if "ERR_BLOCKED_BY_CLIENT" in str(error) and self._leash.astray:
                raise IgnoreRequest(self._leash.astray) from error
            raise
        finally:
            for page in self._pages.pop(request, []):
                with suppress(Error, TimeoutError):
                    async with asyncio.timeout(CLOSING):
                        await page.close()

    async def _close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        with suppress(Error):  # a browser that was killed cannot be closed
            await super()._close()
