"""Screenshots of every page: `python -m tests.browser.screens [FOLDER]` writes them to docs/screens.

Each page as the role that works on it, on a desk (1366×768) and a phone (390×844), light and dark, Chinese and English.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

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
    ("trends", "manager", "/trends/"), ("verify", "verifier", "/verify/"), ("verify-item", "verifier", "/verify/next/"), ("papers", "manager", "/papers/"), ("sources", "manager", "/sources/"),
    ("ledger", "auditor", "/ledger/"), ("login", "", "/login/"), ("missing", "analyst", "/nothing-here/"),
)  # fmt: skip


def login(page: Page, base: str, user: str) -> None:
    page.goto(f"{base}/login/")
    page.fill("[name=username]", user)
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(f"{base}/")


def address(page: Page, base: str, path: str) -> str:
    """`path`, or for `risk:STATE` the first risk in that state."""
    if not path.startswith("risk:"):
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


def shoot(browser: Browser, base: str, folder: Path, wanted: str = "") -> None:
    for size in SIZES:
        for scheme in ("light", "dark"):
            for language in ("zh", "en"):
                for name, user, path in PAGES:
                    shot = f"{name}-{size}-{scheme}-{language}.png"
                    if not re.search(wanted, shot):
                        continue
                    with context(browser, size, scheme, language, base) as tab:
                        page = tab.new_page()
                        if user:
                            login(page, base, user)
                        page.goto(address(page, base, path))
                        page.screenshot(path=folder / shot, full_page=size == "phone")


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, running(Path(home)) as base, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        shoot(browser, base, folder, sys.argv[2] if len(sys.argv) > 2 else "")
        browser.close()


if __name__ == "__main__":
    main()
