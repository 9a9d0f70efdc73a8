"""Sitemaps: the whole list every time, since it has no order, but only pages that are new or have changed are fetched."""

from __future__ import annotations

from scrapy import Request
from scrapy.http import Response

from crawlers.pages import html_board, sitemap
from crawlers.pages.parts import ListPage, Parts
from crawlers.run import Run
from crawlers.spiders.board import BoardSpider
from crawlers.spiders.json_api import content_type


class SitemapSpider(BoardSpider):
    """An index leads to further sitemaps, each of them one list page."""

    whole_list = True

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._waiting_lists: list[str] = []

    def first_page(self) -> Request:
        """The sitemap or its index."""
        return Request(self.source.list_url)

    def next_page(self, page: ListPage, number: int) -> Request | None:  # noqa: ARG002 - the family's signature
        """The next sitemap of the index."""
        self._waiting_lists += page.more
        return Request(self._waiting_lists.pop(0)) if self._waiting_lists else None

    def read_list(self, response: Response) -> ListPage:
        """Pages with their last change."""
        return sitemap.parse_sitemap(response.body, self.source, content_type(response))

    def read_post(self, response: Response) -> Parts:
        """The page, by CSS."""
        return html_board.parse_post(response.body, self.source, content_type(response), self.run.voice)
