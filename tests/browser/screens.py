"""Screenshots: `python -m tests.browser.screens` makes those of the READMEs in docs/screens.

With `--all`, each page as the role that works on it, on a desk (1366×768) and a phone (390×844), light and dark, Chinese and
English, into var/screens (not kept in the repository: 30 pages are 240 pictures).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

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
PAGES = (
    ("today", "analyst", "/"), ("today-manager", "manager", "/"), ("queue", "analyst", "/queue/"), ("sheet", "dispatcher", "/sheet/"),
    ("risk", "handler", "risk:handling"), ("risk-verify", "verifier", "risk:submitted"), ("inbox", "handler", "/inbox/"),
    ("trends", "manager", "/trends/"), ("verify", "verifier", "/verify/"), ("verify-item", "verifier", "/verify/next/"), ("papers", "manager", "/papers/"), ("sources", "manager", "/sources/"), ("source", "admin", "/sources/demo-pages/"), ("source-page", "admin", "/sources/demo-pages/page/b0/"), ("source-import", "admin", "/sources/import/"),
    ("model", "admin", "/model/"), ("ledger", "auditor", "/ledger/"), ("search", "analyst", "/search/?words=护栏"), ("many", "dispatcher", "many:listed"),
    ("units", "admin", "/office/units/"), ("periods", "admin", "/office/periods/"), ("calendar", "admin", "/office/calendar/"), ("rules", "admin", "/office/notices/?rehearse=treat-75"), ("exports", "auditor", "/office/exports/"), ("people", "admin", "/people/"), ("privacy", "admin", "/privacy/"),
    ("account", "analyst", "/account/"), ("tour", "analyst", "/guide/"), ("design", "analyst", "/guide/design/"),
    ("login-setup", "manager", "/login/setup/"), ("person", "admin", "/people/handler/"),
    ("login", "", "/login/"), ("missing", "analyst", "/nothing-here/"),
)  # fmt: skip


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


def login(page: Page, base: str, user: str) -> None:
    page.goto(f"{base}/login/")
    page.fill("[name=username]", user)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(f"{base}/")


def address(page: Page, base: str, path: str) -> str:
    """`path`; for `risk:STATE` the first risk in that state, for `many:STATE` the preview of assigning all of them."""
    kind, _colon, state = path.partition(":")
    if kind == "many":
        page.goto(f"{base}/sheet/?state={state}")
        picks = page.eval_on_selector_all("[name=pick]", "boxes => boxes.map((box) => `pick=${box.value}`).join('&')")
        return f"{base}/sheet/many/?act=assign&{picks}"
    if kind != "risk":
        return base + path
    page.goto(f"{base}/sheet/?state={path[5:]}")
    return base + str(page.get_attribute("td a", "href"))


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
    """`shots` are (file name, page, size, scheme, language) each; `long` takes the whole length of a phone's page."""
    where = {name: (user, path) for name, user, path in PAGES}
    known: dict[str, list[Any]] = {}  # the cookies of who has logged in: a password is slow to check on purpose
    for file, name, size, scheme, language in shots:
        user, path = where[name]
        with context(browser, size, scheme, language, base) as tab:
            page = tab.new_page()
            if user in known:
                tab.add_cookies(known[user])
            elif user:
                login(page, base, user)
                known[user] = [cookie for cookie in tab.cookies() if cookie["name"] != "django_language"]
            page.goto(address(page, base, path))
            page.screenshot(path=folder / file, full_page=long and size == "phone")


def every() -> Iterator[tuple[str, str, str, str, str]]:
    """Each page in each size, theme and language."""
    for size, scheme, language in product(SIZES, ("light", "dark"), ("zh", "en")):
        for name, _user, _path in PAGES:
            yield f"{name}-{size}-{scheme}-{language}.png", name, size, scheme, language


def main() -> None:
    whole = "--all" in sys.argv
    shots = list(every() if whole else SHOWN)
    folder = ROOT / ("var/screens" if whole else "docs/screens")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, running(Path(home)) as base, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        shoot(browser, base, folder, shots, long=whole)
        browser.close()


if __name__ == "__main__":
    main()
