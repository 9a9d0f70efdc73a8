"""Screenshots: `python -m tests.browser.screens` makes those of the READMEs in docs/screens.

With `--all`, each page as the role that works on it, on a desk (1366×768) and a phone (390×844), light and dark, Chinese and
English, into var/screens (not kept in the repository: 70 pages and forms are 560 pictures); words after it, with commas, choose some.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from itertools import groupby, product
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.browser.pages import FORMS, PAGES, stand
from tests.browser.seed import PASSWORD
from tests.browser.server import ROOT, running

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
SIZES = {"desk": (1366, 768), "phone": (390, 844)}


# (file, page, size, theme, language) of the pictures that the READMEs and the docs show.
SHOWN = (
    ("queue.png", "queue", "desk", "light", "zh"), ("queue-en.png", "queue", "desk", "dark", "en"),
    ("today.png", "today-manager", "desk", "light", "zh"), ("sheet.png", "sheet", "desk", "light", "zh"),
    ("risk.png", "risk", "desk", "light", "zh"), ("risk-phone.png", "risk", "phone", "light", "zh"),
    ("inbox-phone.png", "inbox", "phone", "light", "zh"), ("verify.png", "verify-item", "desk", "light", "zh"),
    ("trends.png", "trends", "desk", "light", "zh"), ("papers.png", "papers", "desk", "light", "zh"),
    ("search.png", "search", "desk", "light", "zh"), ("many.png", "many", "desk", "light", "zh"), ("periods.png", "periods", "desk", "light", "zh"),
    ("tour-en.png", "tour", "desk", "light", "en"), ("design.png", "design", "desk", "dark", "zh"), ("people.png", "people", "desk", "light", "zh"),
    ("ledger.png", "ledger", "desk", "light", "zh"), ("model.png", "model", "desk", "light", "zh"), ("sources-en.png", "sources", "desk", "light", "en"),
)  # fmt: skip


# What is outside the window is laid out when it comes near; a picture of the whole length wants all of it.
_LAID_OUT = (
    "document.querySelectorAll('.paper-section, .card > .post').forEach((e) => (e.style.contentVisibility = 'visible'))"
)


def login(page: Page, base: str, user: str) -> None:
    page.goto(f"{base}/login/")
    page.fill("[name=username]", user)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(f"{base}/")


def context(browser: Browser, size: str, scheme: str, language: str, base: str) -> BrowserContext:
    width, height = SIZES[size]
    made = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale="zh-CN", has_touch=size == "phone", is_mobile=size == "phone",
        device_scale_factor=2 if size == "phone" else 1,
    )  # fmt: skip
    if language == "en":
        made.add_cookies([{"name": "django_language", "value": "en", "url": base}])
    return made


def shoot(
    browser: Browser, base: str, folder: Path, shots: Iterable[tuple[str, str, str, str, str]], *, long: bool
) -> None:
    """`shots` are (file name, page, size, scheme, language) each; `long` takes the whole length of a page.

    One window for each person, size, theme and language, since a password is slow to check on purpose.
    """
    where = {name: (user, path) for name, user, path in (*PAGES, *FORMS)}
    known: dict[str, list[Any]] = {}
    for (user, size, scheme, language), group in groupby(
        sorted(shots, key=lambda s: (where[s[1]][0], *s[2:])), key=lambda s: (where[s[1]][0], *s[2:])
    ):
        with context(browser, size, scheme, language, base) as tab:
            page = tab.new_page()
            page.set_default_timeout(15_000)
            if user in known:
                tab.add_cookies(known[user])
            elif user:
                login(page, base, user)
                known[user] = [cookie for cookie in tab.cookies() if cookie["name"] != "django_language"]
            for file, name, *_variant in group:
                try:
                    stand(page, base, where[name][1])
                except PlaywrightError as trouble:
                    print(f"{file}: {str(trouble).splitlines()[0]}")
                    continue
                if long:
                    page.evaluate(_LAID_OUT)
                page.screenshot(path=folder / file, full_page=long)
                wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if wide > 0:
                    print(f"{file}: {wide} pixels too wide")


def every(only: str) -> Iterator[tuple[str, str, str, str, str]]:
    """Each page and form in each size, theme and language; with `only`, those whose file name holds one of its words."""
    for size, scheme, language in product(SIZES, ("light", "dark"), ("zh", "en")):
        for name, _user, _path in (*PAGES, *FORMS):
            file = f"{name}-{size}-{scheme}-{language}.png"
            if not only or any(word in file for word in only.split(",")):
                yield file, name, size, scheme, language


def main() -> None:
    whole = "--all" in sys.argv
    shots = list(every("".join(sys.argv[2:])) if whole else SHOWN)
    folder = ROOT / ("var/screens" if whole else "docs/screens")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, running(Path(home)) as base, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        shoot(browser, base, folder, shots, long=whole)
        browser.close()


if __name__ == "__main__":
    main()
