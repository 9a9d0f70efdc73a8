"""Chromium on a short leash, for boards whose pages are empty without their scripts: the same rules as for every other request.

The browser finds its own addresses, so the check at connect time is done for it: names are resolved and checked here once, it is told
those addresses, and every other name, number or port does not exist for it, whatever redirect leads there. What a page asks for by itself
goes through robots.txt, the day's budget, the list of hosts and the lock of its host like what we ask for: one request at a time; pictures,
fonts and films are not asked for at all. A redirect is followed by the browser itself: it is counted, and stays within the hosts.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import Callable
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from crawlers.causes import Cause, cause
from crawlers.gate import Slots
from crawlers.run import Run
from crawlers.sources import Source

if TYPE_CHECKING:
    from playwright.async_api import Request

HANDLER: Final = "crawlers.chromium.PageHandler"
UNWANTED: Final = frozenset({"image", "media", "font", "texttrack", "eventsource", "websocket", "manifest"})
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PORTS: Final = {"http": 80, "https": 443}
SPARE: Final = 5.0  # seconds
MEMORY: Final = 256  # megabytes that the scripts of a page may fill


def unusable(source: Source) -> Cause | None:
    """Why no browser can be started for `source`, or None."""
    try:
        import scrapy_playwright  # noqa: F401 - only whether it is there
    except ImportError:
        return cause("no-browser")
    if executable() is None:
        return cause("no-browser")
    for host in hosts(source):
        if host not in source.card.allow_private_hosts and not _is_public(host):
            return cause("private-address", host=host)
    return None


def executable() -> str | None:
    """Where Chromium is: YIDAN_CHROMIUM, or the first of the usual names."""
    given = os.environ.get("YIDAN_CHROMIUM")
    if given:
        return given if Path(given).is_file() else None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


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


def addresses(host: str) -> list[str]:
    """The addresses of `host`, none when it has none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return list(dict.fromkeys(str(row[4][0]) for row in found))


def _is_public(host: str) -> bool:
    return all(ip_address(address).is_global for address in addresses(host))


def settings(run: Run) -> dict[str, Any]:
    """The settings by which Scrapy hands the pages of `run` to a browser."""
    source = run.source
    pins = [f"MAP {host}:{port} {found[0]}" for host, port in sorted(places(source)) if (found := addresses(host))]
    arguments = [
        f"--host-resolver-rules={','.join([*pins, 'MAP * ~NOTFOUND'])}",
        f"--js-flags=--max-old-space-size={MEMORY}",
        "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run",
        "--no-proxy-server", "--disable-features=WebRtcHideLocalIpsWithMdns", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    ]  # fmt: skip
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to start as root otherwise
    return {
        "DOWNLOAD_HANDLERS": {"http": HANDLER, "https": HANDLER},
        "PLAYWRIGHT_BROWSER_TYPE": "chromium",
        "PLAYWRIGHT_LAUNCH_OPTIONS": {"executable_path": executable(), "args": arguments, "timeout": 30_000},
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": source.pace.concurrency,
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": source.pace.timeout * 1000,
        "YIDAN_PAGE_SECONDS": 2 * source.pace.timeout + SPARE,  # to get it, and to wait for its rows
        "PLAYWRIGHT_ABORT_REQUEST": Leash(run),
        "PLAYWRIGHT_CONTEXTS": {
            "default": {
                "user_agent": source.agent,
                "service_workers": "block",
                "accept_downloads": False,
                "locale": "zh-CN",
            }
        },
    }


class Leash:
    """Decides on every request of a page, its own and its scripts': True stops it. One at a time is let through to a host."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._places = places(run.source)
        self._own = _place(run.source.root)
        self._own_turn = asyncio.Lock()  # the page itself holds a slot of its host: its scripts share it
        self._slots: dict[str, Slots] = {}
        self._held: dict[Request, tuple[Any, Callable[[], None]]] = {}

    def __deepcopy__(self, _memo: object) -> Leash:
        """Scrapy copies settings; a run is one and the same."""
        return self

    async def __call__(self, request: Request) -> bool:
        if not self._may(request):
            return True
        if request.is_navigation_request():
            return False  # counted, and given its turn, where Scrapy sends it
        self._held[request] = (request.frame.page, await self._turn(request.url))
        if self._run.quiet_until() or not self._run.spend():
            self.ended(request)
            return True
        return False

    def _may(self, request: Request) -> bool:
        if urlsplit(request.url).scheme not in PORTS or _place(request.url) not in self._places:
            return False
        robots = self._run.robots
        forbidden = robots is not None and not robots.allowed(request.url, self._run.source.agent)
        return request.resource_type not in UNWANTED and not forbidden

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
            "requestfinished": self.ended,
            "requestfailed": self.ended,
            "close": self.closed,
        }

    def began(self, request: Request) -> None:
        """A redirect that the browser follows comes by here only: it is one of the day's requests too."""
        if request.redirected_from is not None:
            self._run.spend()

    def ended(self, request: Request) -> None:
        """An answer is there, or will not come."""
        _page, let_go = self._held.pop(request, (None, _nothing))
        let_go()

    def closed(self, page: Any) -> None:
        """The page is gone: what it still asked for will not be answered."""
        for request in [request for request, (asking, _let_go) in self._held.items() if asking is page]:
            self.ended(request)


def _nothing() -> None:
    pass
