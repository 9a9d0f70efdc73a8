"""Boards whose list is written by scripts: the page is read as a browser shows it, by the same selectors as any HTML list."""

from __future__ import annotations

import contextlib
from typing import Any

from scrapy import Request
from scrapy.http import Response

from crawlers.leash import Leash
from crawlers.pages.parts import ListPage, PageError, Parts
from crawlers.spiders.list_detail import ListDetailSpider


class BrowserSpider(ListDetailSpider):
    """The list is rendered; posts' pages only where the catalogue says so, since most need no browser."""

    def first_page(self) -> Request:
        """The address the catalogue gives, once its rows are there."""
        return self._rendered(super().first_page(), self.source.list.rows)

    def next_page(self, page: ListPage, number: int) -> Request | None:
        """Where the next link leads, rendered likewise."""
        following = super().next_page(page, number)
        return self._rendered(following, self.source.list.rows) if following else None

    def to_post(self, request: Request) -> Request:
        """A post's page, rendered when `browser.posts` asks for it."""
        rules = self.source.browser
        return self._rendered(request, self.source.post.body or "body") if rules and rules.posts else request

    def _rendered(self, request: Request, awaited: str) -> Request:
        from scrapy_playwright.page import PageMethod

        wait = PageMethod(appear, awaited, self.source.pace.timeout * 1000)
        leash: Leash = self.crawler.settings["PLAYWRIGHT_ABORT_REQUEST"]
        shown = {
            "playwright": True,
            "playwright_page_methods": [wait],
            "playwright_page_event_handlers": leash.listeners,
        }
        return request.replace(meta={**request.meta, **shown})

    def read_list(self, response: Response) -> ListPage:
        """The rendered rows."""
        self._check_size(response)
        return super().read_list(response)

    def read_post(self, response: Response) -> Parts:
        """The rendered post, or the page as it came."""
        self._check_size(response)
        return super().read_post(response)

    def _check_size(self, response: Response) -> None:
        """A browser takes a page of any size; we do not."""
        if len(response.body) > self.source.pace.max_bytes:
            raise PageError("page-too-large", limit=self.source.pace.max_bytes)


async def appear(page: Any, selector: str, milliseconds: float) -> None:
    """Wait until something matches; when nothing does in time, the page is read as it is and says why itself."""
    from playwright.async_api import Error

    with contextlib.suppress(Error):
        await page.wait_for_selector(selector, timeout=milliseconds, state="attached")
