"""Chromium on a short leash, for boards whose pages are empty without their scripts: the same rules as for every other request.

The browser finds its own addresses, so the check at connect time is done for it: names are resolved and checked here once, it is told
those addresses, and every other name, number or port does not exist for it, whatever redirect leads there. What it may ask of them, and
when, `crawlers.leash` decides; how much memory it may take, `crawlers.footprint` watches.
"""

from __future__ import annotations

import os
import shutil
import socket
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from crawlers.causes import Cause, cause
from crawlers.leash import Leash, hosts, places
from crawlers.run import Run
from crawlers.sources import Source

HANDLER: Final = "crawlers.chromium.PageHandler"
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SPARE: Final = 5.0  # seconds
HEAP: Final = 256  # megabytes that the objects of a page's scripts may fill
MOST: Final = 1024  # megabytes that the browser may take with all its processes
# Settings of `crawlers.chromium`: how many seconds a page may take in all, and how many bytes the browser.
SECONDS: Final = "YIDAN_PAGE_SECONDS"
CEILING: Final = "YIDAN_BROWSER_BYTES"
FULL: Final = "the browser's memory is full"


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
        f"--js-flags=--max-old-space-size={HEAP}",
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
        SECONDS: 2 * source.pace.timeout + SPARE,  # to get it, and to wait for its rows
        CEILING: MOST << 20,
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
