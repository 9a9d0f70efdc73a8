"""A walk over every page with hostile text in every field: each page is loaded once and looked at in every way that a browser can.

In the light on a desk and in the dark on a phone axe-core looks for everything, in the two other ways for colours, and in all but the
first with every fold open; the page is weighed, watched for jumps and for what its policy refuses, printed, and its links are read. One load for all of it, because loads are what a
walk takes its time with.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.browser.budget import Cost, Meter
from tests.browser.pages import PAGES, address
from tests.browser.screens import SIZES, context, login
from tests.browser.server import running

# `preload` reads every style sheet once more for one rule, about screens that can be turned one way only: the style sheet has none.
_COMMON: Final = {"resultTypes": ["violations"], "preload": False}
RULES: Final = _COMMON | {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# What a theme can get wrong on its own; everything else is the same in both.
COLOURS: Final = _COMMON | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
SERIOUS: Final = {"moderate", "serious", "critical"}
# (theme, size, rules)
VIEWS: Final = (
    ("light", "desk", RULES),
    ("dark", "desk", COLOURS),
    ("dark", "phone", RULES),
    ("light", "phone", COLOURS),
)

PRINTED: Final = """() => {
  const seen = (e) => e.checkVisibility() && e.getBoundingClientRect().width > 1;
  const name = (e) => `${e.tagName.toLowerCase()}.${e.className} ${e.textContent.trim().slice(0, 30)}`;
  const controls = [...document.querySelectorAll("button, input:not([type=hidden]), select, textarea, .top, .foot")].filter(seen);
  return controls.map((e) => `pressed on paper: ${name(e)}`);
}"""
LINKS: Final = """() => [...document.querySelectorAll("a[href], area[href]")].filter((a) =>
  !/^https?:$/.test(a.protocol) || (a.host !== location.host && !a.relList.contains("noreferrer"))
).map((a) => a.outerHTML.slice(0, 120))"""
# Heard before anything of the page runs, and kept outside it.
WATCH: Final = """document.addEventListener("securitypolicyviolation", (e) =>
  window.refused(`${e.violatedDirective} ${e.blockedURI} ${e.sample} ${e.sourceFile}:${e.lineNumber}`));
window.alert = () => window.refused("a script of the public ran");"""


@dataclass
class Walk:
    """What was found, each with the name of its page."""

    axe: list[str] = field(default_factory=list)
    paper: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)


@contextmanager
def poisoned(clean: Path, home: Path) -> Iterator[str]:
    """The address of a server over a copy of the filled store `clean` with hostile text in every field."""
    shutil.copytree(clean, home, dirs_exist_ok=True)
    with running(home, module="tests.browser.seed_hostile") as base:
        yield base


def walk(browser: Browser, base: str) -> Walk:
    """Every page once, as the person who works on it."""
    seen = Walk()
    for user, group in groupby(sorted(PAGES, key=lambda row: row[1]), key=lambda row: row[1]):
        with context(browser, "desk", "light", "zh", base) as tab:
            page = tab.new_page()
            page.set_default_timeout(30_000)
            watch(page, seen.refused)
            if user:
                login(page, base, user)
            meter = Meter(page)
            for name, _user, path in group:
                meter.open(address(page, base, path))
                _look(page, name, meter, seen)
    return seen


def watch(page: Page, refused: list[str]) -> None:
    """Note in `refused` whatever the policy of `page` refuses, and every error of its scripts."""
    page.expose_function("refused", lambda what: refused.append(f"{page.url}: {what}"))
    page.add_init_script(WATCH)
    page.on("pageerror", lambda error: refused.append(f"{page.url}: {error}"))


def _look(page: Page, name: str, meter: Meter, seen: Walk) -> None:
    page.evaluate(AXE_SCRIPT)
    for turn, (theme, size, rules) in enumerate(VIEWS):
        turned(page, theme, size)
        # The longest thing of all; the two full looks have seen it in both themes.
        skipped = [[".paper"]] if rules is COLOURS else []
        seen.axe += [f"{name} {theme} {size}: {what}" for what in findings(page, rules, skipped)]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            seen.wide.append(f"{name} {size}")
        if turn == 0:
            seen.costs.append(meter.read(name))  # before anything was turned
            page.evaluate("document.querySelectorAll('details:not(.paper *)').forEach((fold) => (fold.open = true))")
    seen.links += [f"{name}: {what}" for what in page.evaluate(LINKS)]
    page.emulate_media(media="print")
    seen.paper += [f"{name}: {what}" for what in page.evaluate(PRINTED)]
    page.emulate_media(media="screen")
    turned(page, "light", "desk")


def turned(page: Page, theme: str, size: str) -> None:
    """The same page in another theme and another window, drawn: the browser hears of both a little later, and nothing fades over."""
    width, height = SIZES[size]
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(
        "([dark, width]) => matchMedia(dark).matches && innerWidth === width",
        arg=[f"(prefers-color-scheme: {theme})", width],
    )
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def findings(page: Page, rules: dict[str, Any], skipped: Sequence[list[str]] = ()) -> list[str]:
    """The serious findings of axe-core, which the page holds already, outside of what is `skipped`."""
    run = "([exclude, rules]) => axe.run({exclude}, rules).then((found) => found.violations)"
    violations = page.evaluate(run, [list(skipped), rules])
    return [
        f"{violation['id']}: {node['html'][:160]}"
        for violation in violations
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]
