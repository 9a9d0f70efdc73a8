"""One server and one browser for all browser tests; every test gets its own contexts and must leave a clean console."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.screens import CHROMIUM, QUIET, login
from tests.browser.server import running

# What the browser logs when the server refuses on purpose, and what it and htmx log when a test cuts the connection.
_EXPECTED = re.compile(
    "Failed to load resource: (the server responded with a status of|net::ERR_INTERNET_DISCONNECTED)"
    "|^htmx:(afterRequest|sendError)"
)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `base` leaves the store as it was filled, before any test."""
    return tmp_path_factory.mktemp("filled") / "home"


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory, filled: Path) -> Iterator[str]:
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI"):
            pytest.fail(f"{CHROMIUM} is absent: in CI the browser tests must run")
        pytest.skip(f"{CHROMIUM} is absent: browser tests do not run here")
    with running(tmp_path_factory.mktemp("home"), copy=filled) as address:
        yield address


@pytest.fixture(scope="session")
def browser(base: str) -> Iterator[Browser]:
    with sync_playwright() as play:
        running_browser = play.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield running_browser
        running_browser.close()


@pytest.fixture
def person(base: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """`person("analyst")` is a page of an own context, logged in; keyword arguments go to the context."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def enter(name: str = "", **options) -> Page:
        context = browser.new_context(**({"viewport": {"width": 1366, "height": 768}, "locale": "zh-CN"} | options))
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda m: complaints.append(m.text) if m.type == "error" and not _EXPECTED.search(m.text) else None,
        )
        page.set_default_timeout(15_000)
        if name:
            login(page, base, name)
        return page

    yield enter
    for context in contexts:
        context.close()
    assert not complaints, complaints
