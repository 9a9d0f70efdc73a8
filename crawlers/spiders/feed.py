"""Feeds: one page of the newest entries, asked for with the version seen last, and a warning when they came too fast."""

from __future__ import annotations

from collections.abc import Iterator

from scrapy import Request
from scrapy.http import Response

from crawlers.causes import cause
from crawlers.pages import feed, html_board
from crawlers.pages.parts import ListPage, Parts
from crawlers.records import Post
from crawlers.spiders.board import BoardSpider
from crawlers.spiders.json_api import content_type


class FeedSpider(BoardSpider):
    """A feed of which no entry was known may have lost some between two runs, and then the run says so."""

    def first_page(self) -> Request:
        """The feed."""
        return Request(self.source.list_url)

    def next_page(self, page: ListPage, number: int) -> Request | None:  # noqa: ARG002 - the family's signature
        """Nothing: a feed has one page."""
        return None

    def read_list(self, response: Response) -> ListPage:
        """Entries of any of the three formats."""
        return feed.parse_feed(response.body, response.url, self.source, content_type(response))

    def read_post(self, response: Response) -> Parts:
        """The linked page, by CSS."""
        return html_board.parse_post(response.body, self.source, content_type(response), self.run.voice)

    def on_list(self, response: Response, number: int) -> Iterator[Request | Post]:
        """Read the feed, then look whether it still reaches back to what was known."""
        yield from super().on_list(response, number)
        tally = self.run.tally
        if tally.had_rows and self.seen and not tally.unchanged:
            tally.note("degraded", cause("feed-gap", n=len(self.seen)))
