"""Boards of HTML pages: a list that links its posts and its own next page."""

from __future__ import annotations

from scrapy import Request
from scrapy.http import Response

from crawlers.pages import html_board
from crawlers.pages.parts import ListPage, Parts
from crawlers.spiders.board import BoardSpider
from crawlers.spiders.json_api import content_type


class ListDetailSpider(BoardSpider):
    """A list that ends where no next link is."""

    def first_page(self) -> Request:
        """The address the catalogue gives."""
        return Request(self.source.list_url)

    def next_page(self, page: ListPage, number: int) -> Request | None:  # noqa: ARG002 - the family's signature
        """Where the next link leads."""
        return Request(page.next_url) if page.next_url else None

    def read_list(self, response: Response) -> ListPage:
        """Rows by CSS."""
        kind = content_type(response)
        return html_board.parse_list(response.body, response.url, self.source, kind, self.run.voice)

    def read_post(self, response: Response) -> Parts:
        """The post by CSS."""
        return html_board.parse_post(response.body, self.source, content_type(response), self.run.voice)
