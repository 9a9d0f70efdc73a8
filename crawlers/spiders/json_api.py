"""Boards that answer in JSON: paging by number or by cursor, posts on a detail request or in the list itself."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from scrapy import Request
from scrapy.http import Response

from crawlers.pages import json_board
from crawlers.pages.parts import ListPage, Parts
from crawlers.spiders.board import BoardSpider

JSON_TYPE = "application/json; charset=utf-8"
FORM_TYPE = "application/x-www-form-urlencoded; charset=utf-8"


class JsonApiSpider(BoardSpider):
    """A list that ends with an empty page, or with one that repeats what was seen."""

    def first_page(self) -> Request:
        """The first page number, or no cursor yet."""
        rules = self.source.list
        return self._ask({rules.page_param: rules.first_page} if rules.page_param else {})

    def next_page(self, page: ListPage, number: int) -> Request | None:
        """The next number or the last row's cursor."""
        rules = self.source.list
        if rules.page_param:
            return self._ask({rules.page_param: rules.first_page + number})
        return self._ask({rules.cursor_param: page.cursor}) if page.cursor else None

    def _ask(self, changing: dict[str, Any]) -> Request:
        rules = self.source.list
        params = {**rules.params, **changing}
        if rules.body == "json":
            return self._send(json.dumps(params, ensure_ascii=False), JSON_TYPE)
        if rules.body == "form":
            return self._send(urlencode(params), FORM_TYPE)
        joint = "&" if "?" in self.source.list_url else "?"
        return Request(f"{self.source.list_url}{joint}{urlencode(params)}", method=rules.method)

    def _send(self, body: str, kind: str) -> Request:
        return Request(self.source.list_url, method=self.source.list.method, body=body, headers={"Content-Type": kind})

    def read_list(self, response: Response) -> ListPage:
        """Rows by JMESPath."""
        return json_board.parse_list(
            json_board.load(response.body, content_type(response)), self.source, self.run.voice
        )

    def read_post(self, response: Response) -> Parts:
        """The post by JMESPath."""
        document = json_board.load(response.body, content_type(response))
        return json_board.parse_post(document, self.source, self.run.voice)


def content_type(response: Response) -> str:
    """The Content-Type header as text."""
    return (response.headers.get("Content-Type") or b"").decode("latin-1")
