"""What a page costs a browser: bytes of a first load, largest paint, shifts, long tasks. `python -m tests.browser.budget [ADDRESS]`.

Without an address over the store of the browser tests, else of a running desk whose people have the password of the tests. Bytes and
shifts are the same on every machine and are held by the tests; times are for a quiet one and are reported.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.pages import PAGES, address
from tests.browser.screens import CHROMIUM, QUIET, context, login
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


class Meter:
    """What pages cost that are opened one after the other in `page`, each with an empty cache."""

    def __init__(self, page: Page) -> None:
        self._page, self._sizes = page, list[float]()
        page.add_init_script(_OBSERVE)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        session.on("Network.loadingFinished", lambda done: self._sizes.append(done["encodedDataLength"]))

    def open(self, where: str) -> None:
        """Load `where` with all that it asks for at once."""
        self._page.goto("about:blank")
        self._sizes.clear()
        self._page.goto(where)

    def read(self, name: str) -> Cost:
        """What the open page has cost until now."""
        self._page.wait_for_function("() => window.seen.paint > 0")  # told a moment after the paint itself
        seen = self._page.evaluate("window.seen")
        return Cost(name, round(sum(self._sizes)), seen["shift"], seen["paint"], seen["task"])

    def cost(self, name: str, where: str) -> Cost:
        """Open `where` and wait until it is quiet."""
        self.open(where)
        self._page.wait_for_load_state("networkidle")
        return self.read(name)


def costs(browser: Browser, base: str) -> Iterator[Cost]:
    """Every page, as the person who works on it."""
    for user, group in groupby(sorted(PAGES, key=lambda row: row[1]), key=lambda row: row[1]):
        with context(browser, "desk", "light", "zh", base) as tab:
            page = tab.new_page()
            page.set_default_timeout(60_000)
            if user:
                login(page, base, user)
            meter = Meter(page)
            for name, _user, path in group:
                yield meter.cost(name, address(page, base, path))


def main() -> None:
    given = sys.argv[1] if len(sys.argv) > 1 else ""
    with tempfile.TemporaryDirectory() as home, nullcontext(given) if given else running(Path(home)) as base, sync_playwright() as play:  # fmt: skip
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        print(f"{'page':16} {'bytes':>8} {'shift':>6} {'paint ms':>9} {'task ms':>8}")
        for found in costs(browser, base):
            over = [
                word
                for word, high in (
                    ("bytes", found.bytes > BYTES),
                    ("shift", found.shift >= SHIFT),
                    ("paint", found.paint >= PAINT),
                    ("task", found.task > TASK),
                )
                if high
            ]
            print(
                f"{found.name:16} {found.bytes:8} {found.shift:6.3f} {found.paint:9.0f} {found.task:8.0f} {' '.join(over)}",
                flush=True,
            )
        browser.close()


if __name__ == "__main__":
    main()
