"""What every board spider does: leftovers first, then the list from its newest page down to where it is known.

A family only says how its list and its posts are asked for and read. Each page that cannot be read, each refusal and each dropped
connection ends in the run's tally with a sentence; nothing is passed over in silence.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawlers.causes import cause
from crawlers.evidence import Shown
from crawlers.frontier import Wanted
from crawlers.pages.parts import ListPage, PageError, Parts, Row, WallError
from crawlers.pipelines.mask import masked
from crawlers.records import Post
from crawlers.run import LOOK_BACK, Run
from crawlers.spiders.faults import Fault, fault

AHEAD = 200  # posts waiting to be fetched beyond which the next list page waits: memory stays flat on a first run
NOT_MODIFIED = 304
PATIENCE = 10  # failures of the network in a row after which the rest is left for the next run


class BoardSpider(Spider, ABC):
    """The run of one board. Families implement `first_page`, `next_page`, `read_list` and `read_post`.

    `retake` is true when a post cannot be fetched without its list row: leftovers then wait for their row to come by.
    """

    name = "board"
    whole_list = False  # True for a list in no order: it is read to its end every time

    def __init__(self, run: Run) -> None:
        super().__init__(name=run.source.name)
        self.run = run
        self.source = run.source
        self.retake = run.source.needs_row
        self.page_known = False
        self.deeper = self._pages_to_look_back()
        self.waiting = 0
        self.misses = 0
        self.seen: set[str] = set()

    @abstractmethod
    def first_page(self) -> Request:
        """The request for the newest list page."""

    @abstractmethod
    def next_page(self, page: ListPage, number: int) -> Request | None:
        """The request for what follows `page`, the `number`-th; None at the end of the list."""

    @abstractmethod
    def read_list(self, response: Response) -> ListPage:
        """The rows of a list page; PageError when it is none."""

    @abstractmethod
    def read_post(self, response: Response) -> Parts:
        """The post on its own page; PageError when there is none."""

    async def start(self) -> AsyncIterator[Request]:
        """Ask for what earlier runs left, then for the list."""
        if not self.retake:
            for wanted in self.run.frontier.pending():
                yield self._ask_post(wanted, None)
        for wanted, revision in self._posts_to_look_back():
            yield self._ask_post(wanted, None).replace(
                priority=-2, cb_kwargs={"key": wanted.key, "row": None, "was": revision}
            )
        yield self._ask_list(self._if_changed(self.first_page()), 1)

    # --- the second look

    def _pages_to_look_back(self) -> int:
        rules, frontier = self.source.lookback, self.run.frontier
        if not rules.pages or not frontier.is_due(LOOK_BACK, rules.hours):
            return 0
        self.run.looks_back = True
        return rules.pages

    def _posts_to_look_back(self) -> list[tuple[Wanted, str]]:
        rules = self.source.lookback
        if self.retake or not rules.posts:
            return []
        return self.run.frontier.due(rules.posts, hours=rules.hours, days=rules.days)

    def _is_as_it_was(self, post: Post, was: str) -> bool:
        """Compare as sealed, that is masked; an edited post goes on to be sealed as a new revision."""
        if masked(post).revision != was:
            return False
        self.run.tally.unchanged += 1
        self.run.frontier.checked(post.key)
        return True

    # --- lists

    def _ask_list(self, request: Request, number: int) -> Request:
        return request.replace(
            callback=self.on_list,
            errback=self.on_list_failure,
            cb_kwargs={"number": number},
            dont_filter=True,
            priority=1 if number > 1 and self.waiting < AHEAD else -1,
        )

    def _if_changed(self, request: Request) -> Request:
        """Ask for the newest list page only if it is another than the last complete run saw; a POST has no version."""
        etag, modified = self.run.frontier.version(request.url) if request.method == "GET" else ("", "")
        headers = {name: value for name, value in (("If-None-Match", etag), ("If-Modified-Since", modified)) if value}
        if not headers:
            return request
        return request.replace(headers=headers, meta={"handle_httpstatus_list": [NOT_MODIFIED]})

    def _note_version(self, response: Response) -> None:
        etag, modified = _header(response, "ETag"), _header(response, "Last-Modified")
        if response.request is not None and response.request.method == "GET" and (etag or modified):
            asked: str = response.meta.get("redirect_urls", [response.url])[0]
            self.run.version = (asked, etag, modified)

    def on_list(self, response: Response, number: int) -> Iterator[Request | Post]:
        """Record a list page, then ask for its posts and for the next page."""
        self._still_worth_it()
        if response.status == NOT_MODIFIED:
            self.run.tally.pages, self.run.tally.complete = 1, True
            return
        if number == 1:
            self._note_version(response)
            self._show("list", response)
        try:
            page = self.read_list(response)
        except PageError as error:
            self._show("bad", response)
            self._unreadable(error, "list", page=number)
            return
        tally = self.run.tally
        if not page.rows and not page.more and number == 1 and tally.had_rows:
            tally.note("broken", cause("list-empty"))
            return
        tally.pages += 1
        rows = [row for row in page.rows if row.key not in self.seen]
        self.seen.update(row.key for row in rows)
        yield from self._take(rows, response)
        yield from self._go_on(page, rows, number)
        self.run.note_progress()

    def _take(self, rows: list[Row], response: Response) -> Iterator[Request | Post]:
        found = {row.key: row for row in rows}
        asked = [Wanted(row.key, self.to_path(row.url), row.digest) for row in found.values()]
        seen = self.run.frontier.see(asked, retake=self.retake)
        self.run.tally.unchanged += seen.unchanged
        self.page_known = seen.all_settled
        for wanted in self._most(seen.wanted):
            row = found[wanted.key]
            if row.parts:
                yield self.run.post(row.key, row.parts, row, response.url, response.status)
            elif row.wrong:
                self._missed(row.key, row.wrong)
            else:
                yield self._ask_post(wanted, row)

    def _go_on(self, page: ListPage, fresh: list[Row], number: int) -> Iterator[Request]:
        stale = not fresh or self.page_known
        if fresh and stale and self.deeper:
            self.deeper, stale = self.deeper - 1, False
        following = None if stale and not self.whole_list else self.next_page(page, number)
        if following is None or self.run.most_posts is not None:
            self.run.tally.complete = True
        elif number >= self.source.pace.max_pages:
            self.run.tally.note("degraded", cause("page-limit", n=number))
        else:
            yield self._ask_list(following, number + 1)

    def _most(self, wanted: tuple[Wanted, ...]) -> tuple[Wanted, ...]:
        return wanted[: self.run.most_posts]

    def on_list_failure(self, failure: Failure) -> None:
        """A list page that did not come: the run stays incomplete."""
        found = fault(failure, self.source)
        self._show("bad", getattr(failure.value, "response", None))
        self.run.tally.note(found.trouble, found.cause)
        self._give_up_if(found)

    # --- posts

    def _ask_post(self, wanted: Wanted, row: Row | None) -> Request:
        self.waiting += 1
        asked = Request(
            self.to_url(wanted.url),
            callback=self.on_post,
            errback=self.on_post_failure,
            cb_kwargs={"key": wanted.key, "row": row},
            dont_filter=True,
        )
        return self.to_post(asked)

    def to_post(self, request: Request) -> Request:
        """A family's own way to ask for a post's page."""
        return request

    def on_post(self, response: Response, key: str, row: Row | None, was: str = "") -> Iterator[Post]:
        """Read one post's page; on a second look, `was` is the revision it had."""
        self.waiting -= 1
        self._still_worth_it()
        try:
            parts = self.read_post(response)
        except PageError as error:
            self._missed(key, error)
            self._show("bad", response)
            self._unreadable(error, "post", key=key)
            return
        self.misses = 0
        self._show("post", response)
        post = self.run.post(key, parts, row, response.url, response.status)
        if not was or not self._is_as_it_was(post, was):
            yield post

    def on_post_failure(self, failure: Failure) -> None:
        """A post's page that did not come: gone for good, or left pending for the next run."""
        self.waiting -= 1
        found = fault(failure, self.source)
        asked = cast("Any", failure).request.cb_kwargs
        key = asked["key"]
        if found.gone:
            if asked.get("was"):
                self.run.gone.append(key)
                return
            self.run.tally.gone += 1
            self.run.frontier.missed(key, gone=True)
            return
        self.run.tally.failed += 1
        self._show("bad", getattr(failure.value, "response", None))
        self.run.tally.note(found.trouble, found.cause)
        if found.trouble == "broken":
            self.run.frontier.missed(key)
        self._give_up_if(found)

    # --- troubles

    def _show(self, what: str, response: Response | None) -> None:
        """Hold a page that may have to show why; of wrong ones the first."""
        if response is not None and (what != "bad" or what not in self.run.shown):
            kind = _header(response, "Content-Type")
            self.run.shown[what] = Shown(response.url, response.status, kind, response.body)

    def _missed(self, key: str, error: PageError) -> None:
        self.run.tally.failed += 1
        self.run.frontier.missed(key)
        self.run.tally.note("broken", cause("post-unreadable", key=key, why=error.cause))

    def _unreadable(self, error: PageError, what: str, **where: object) -> None:
        if isinstance(error, WallError):
            self.run.tally.note("blocked", cause(f"{what}-walled", **where, why=error.cause))
            raise CloseSpider("blocked")
        self.run.tally.note("broken", cause(f"{what}-unreadable", **where, why=error.cause))

    def _give_up_if(self, found: Fault) -> None:
        """Stop when shut out, or when nothing has come for a while: asking on would only burden a board in trouble."""
        self.misses += 1
        if found.trouble == "blocked" or found.stop or self.misses >= max(PATIENCE, 2 * self.source.pace.concurrency):
            raise CloseSpider(found.trouble)

    def _still_worth_it(self) -> None:
        if self.run.stop:
            raise CloseSpider("stopped")

    # --- addresses: kept without the host, so that a board that moves keeps its state

    def to_path(self, url: str) -> str:
        """`url` as it is kept in the frontier."""
        base = self.source.root
        return url.removeprefix(base) if url.startswith(f"{base}/") else url

    def to_url(self, path: str) -> str:
        """The absolute address of what the frontier keeps."""
        return f"{self.source.root}{path}" if path.startswith("/") else path


def _header(response: Response, name: str) -> str:
    return (response.headers.get(name) or b"").decode("latin-1")
