"""What a browser may ask for, page by page: nothing that the source itself may not ask for, and not more at once.

Everything that pages ask goes through robots.txt, the day's budget, the list of hosts and the lock of its host; pictures, fonts and films
are not asked for at all. Redirects are followed by the browser itself, so they are stopped on their way and held against the same rules.
A window that a page opens is none of its pages and gets nothing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urldefrag, urlsplit

from crawlers.allowance import BUDGET, QUIET
from crawlers.gate import Slots
from crawlers.run import Run
from crawlers.sources import Source

if TYPE_CHECKING:
    from playwright.async_api import Request, Response

UNWANTED: Final = frozenset({"image", "media", "font", "texttrack", "eventsource", "websocket", "manifest"})
PORTS: Final = {"http": 80, "https": 443}
REDIRECTS: Final = (301, 302, 303, 307, 308)


def hosts(source: Source) -> tuple[str, ...]:
    """The hosts that pages of `source` may ask: its own, and those its file names."""
    return (source.host, *(source.browser.hosts if source.browser else ()))


def places(source: Source) -> set[tuple[str, int]]:
    """Host and port of everything that pages of `source` may ask: its own address, and the usual ports of all its hosts."""
    usual = {(host, port) for host in hosts(source) for port in PORTS.values()}
    return usual | {_place(source.root)}


def _place(url: str) -> tuple[str, int]:
    """Host and port of an address; of one that is none, a place where nothing is."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").lower(), parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", 0


class Leash:
    """Decides on every request of a page, its own and its scripts': True stops it. One at a time is let through to a host."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._places = places(run.source)
        self._own = _place(run.source.root)
        self._own_turn = asyncio.Lock()  # the page itself holds a slot of its host: its scripts share it
        self._slots: dict[str, Slots] = {}
        self._held: dict[Request, tuple[Any, Callable[[], None]]] = {}
        self._opened: set[Any] = set()  # pages
        self._led_on: set[Request] = set()  # answered by a redirect: its turn goes on to what follows
        self._passed: Counter[str] = Counter()  # let through here, and not yet seen on its way out of the browser
        self.astray = ""  # why the last page that was led on was stopped

    def __deepcopy__(self, _memo: object) -> Leash:
        """Scrapy copies settings; a run is one and the same."""
        return self

    async def __call__(self, request: Request) -> bool:
        if self._refusal(request.url, request.resource_type):
            return True
        if not self._opens(request):
            self._held[request] = (request.frame.page, await self._turn(request.url))
            if self._unpaid():
                self.ended(request)
                return True
        self._passed[urldefrag(request.url)[0]] += 1
        return False

    def _opens(self, request: Request) -> bool:
        """True for the request that opens a page, which is counted and given its turn where Scrapy sends it; a page opens once."""
        if not request.is_navigation_request() or request.frame.parent_frame or request.frame.page in self._opened:
            return False
        self._opened.add(request.frame.page)
        return True

    def stops(self, paused: Mapping[str, Any]) -> bool:
        """True for a request about to leave the browser that may not: `paused` is Chromium's `Fetch.requestPaused`.

        A redirect comes by here only. What is neither one nor was let through before was asked by none of our pages.
        """
        url, kind = urldefrag(paused["request"]["url"])[0], str(paused["resourceType"]).lower()
        if paused.get("redirectedRequestId"):
            refusal = self._refusal(url, kind) or self._unpaid()
            self.astray = refusal if kind == "document" else self.astray
            return bool(refusal)
        if not self._passed[url]:
            return True
        self._passed[url] -= 1
        return False

    def _unpaid(self) -> str:
        """Take a request from the day's budget; why there is none to take, or nothing."""
        if self._run.quiet_until():
            return QUIET
        return "" if self._run.spend() else BUDGET

    def _refusal(self, url: str, kind: str) -> str:
        """Why `url` may not be asked for, or nothing."""
        if urlsplit(url).scheme not in PORTS or _place(url) not in self._places:
            return "another host"
        robots = self._run.robots
        if robots is not None and not robots.allowed(url, self._run.source.agent):
            return "forbidden by robots.txt"
        return "unwanted" if kind in UNWANTED else ""

    async def _turn(self, url: str) -> Callable[[], None]:
        """Wait until the host may be asked; what is returned lets the next one ask."""
        if _place(url) == self._own:
            await self._own_turn.acquire()
            return self._own_turn.release
        netloc = urlsplit(url).netloc
        slots = self._slots.setdefault(netloc, Slots(self._run, netloc))
        slot = await slots.take()
        return partial(slots.give_back, slot)

    @property
    def listeners(self) -> dict[str, Callable[[Any], None]]:
        """What is to be told of a page's life."""
        return {
            "request": self.began,
            "response": self.answered,
            "requestfinished": self.ended,
            "requestfailed": self.failed,
            "close": self.closed,
        }

    def began(self, request: Request) -> None:
        """A redirect goes on in the turn of the request that led to it."""
        before = request.redirected_from
        if before in self._led_on:
            self._led_on.discard(before)
            if before in self._held:
                self._held[request] = self._held.pop(before)

    def answered(self, response: Response) -> None:
        """A redirect is no end: what it leads to is asked next."""
        if response.status in REDIRECTS and "location" in response.headers:
            self._led_on.add(response.request)

    def ended(self, request: Request) -> None:
        """An answer is there: the next may ask, unless this one goes on."""
        if request not in self._led_on:
            _page, let_go = self._held.pop(request, (None, _nothing))
            let_go()

    def failed(self, request: Request) -> None:
        """No answer will come."""
        self._led_on.discard(request)
        self.ended(request)

    def closed(self, page: Any) -> None:
        """The page is gone: what it still asked for will not be answered."""
        self._opened.discard(page)
        for request in [request for request, (asking, _let_go) in self._held.items() if asking is page]:
            self.failed(request)


def _nothing() -> None:
    pass
