"""What a page costs a browser: bytes of a first load, largest paint, shifts, long tasks. `python -m tests.browser.budget [ADDRESS]`.

Without an address over the store of the browser tests, else of a running desk whose people have the password of the tests. Bytes and
shifts are the same on every machine and are held by the tests; times are for a quiet one and are reported.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.screens import CHROMIUM, PAGES, QUIET, address, context, login
from tests.browser.server import running

BYTES, SHIFT, PAINT, TASK = 250_000, 0.05, 1000, 100
_OBSERVE = """
window.seen = {paint: 0, shift: 0, task: 0};
new PerformanceObserver((l) => l.getEntries().forEach((e) => (seen.paint = e.startTime))).observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver((l) => l.getEntries().forEach((e) => { if (!e.hadRecentInput) seen.shift += e.value; })).observe({type: "layout-shift", buffered: true});
new PerformanceObserver((l) => l.getEntries().forEach((e) => (seen.task = Math.max(seen.task, e.duration)))).observe({type: "longtask", buffered: true});
"""


@dataclass(frozen=True)
class Cost:
    """Milliseconds but for `bytes` (as sent, compressed where the server does) and `shift` (cumulative)."""

    name: str
    bytes: int
    shift: float
    paint: float
    task: float


def cost(browser: Browser, base: str, name: str, user: str, path: str) -> Cost:
    """One page in a browser that has seen nothing of the desk but the login."""
    with context(browser, "desk", "light", "zh", base) as tab:
        page = tab.new_page()
        if user:
            login(page, base, user)
        where = address(page, base, path)
        tab.add_init_script(_OBSERVE)
        fresh = tab.new_page()
        session = tab.new_cdp_session(fresh)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        sizes: list[float] = []
        session.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
        fresh.goto(where, wait_until="networkidle")
        seen = fresh.evaluate("window.seen")
        return Cost(name, round(sum(sizes)), seen["shift"], seen["paint"], seen["task"])


def main() -> None:
    given = sys.argv[1] if len(sys.argv) > 1 else ""
    with tempfile.TemporaryDirectory() as home, nullcontext(given) if given else running(Path(home)) as base, sync_playwright() as play:  # fmt: skip
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        print(f"{'page':16} {'bytes':>8} {'shift':>6} {'paint ms':>9} {'task ms':>8}")
        for name, user, path in PAGES:
            found = cost(browser, base, name, user, path)
            print(f"{name:16} {found.bytes:8} {found.shift:6.3f} {found.paint:9.0f} {found.task:8.0f}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
