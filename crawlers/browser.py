"""Chromium on a short leash, for boards whose pages are empty without their scripts: the same rules as for every other request.

The browser finds its own addresses, so the check at connect time is done for it: names are resolved and checked here once, it is told
those addresses, and every other name or number does not exist for it. What a page asks for by itself goes through robots.txt, the day's
budget and the list of hosts like what we ask for; pictures, fonts and films are not asked for at all.
"""

from __future__ import annotations

import os
import shutil
import socket
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from crawlers.causes import Cause, cause
from crawlers.run import Run
from crawlers.sources import Source

HANDLER: Final = "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"
UNWANTED: Final = frozenset({"image", "media", "font", "texttrack", "eventsource", "websocket", "manifest"})
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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
    pins = [f"MAP {host} {found[0]}" for host in hosts(source) if (found := addresses(host))]
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
    """Decides on every request of a page, its own and its scripts': True stops it."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._hosts = set(hosts(run.source))

    def __deepcopy__(self, _memo: object) -> Leash:
        """Scrapy copies settings; a run is one and the same."""
        return self

    def __call__(self, request: Any) -> bool:
        parts = urlsplit(request.url)
        if parts.scheme not in ("http", "https") or (parts.hostname or "").lower() not in self._hosts:
            return True
        if request.resource_type in UNWANTED:
            return True
        robots = self._run.robots
        if robots is not None and not robots.allowed(request.url, self._run.source.agent):
            return True
        if request.is_navigation_request():
            return False  # counted where Scrapy sends it
        return bool(self._run.quiet_until()) or not self._run.spend()
