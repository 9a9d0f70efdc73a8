"""WCAG 2.2 AA on every page: axe-core finds nothing serious, in both themes and on a phone; the keyboard alone is enough."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.budget import BYTES, SHIFT, cost
from tests.browser.screens import PAGES, address

pytestmark = pytest.mark.slow
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SERIOUS = {"moderate", "serious", "critical"}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def findings(page: Page, name: str) -> list[str]:
    violations = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{name}: {violation['id']}: {node['html'][:160]}"
        for violation in violations
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"color_scheme": "light"}, {name for name, _user, _path in PAGES}),
        ({"color_scheme": "dark"}, {name for name, _user, _path in PAGES}),
        (PHONE, {"queue", "sheet", "risk", "inbox", "verify-item", "papers", "login"}),
    ],
    ids=["light", "dark", "phone"],
)
def test_no_serious_finding_on_any_page(base, person, options, names):
    found: list[str] = []
    pages: dict[str, Page] = {}
    for name, user, path in PAGES:
        if name in names:
            page = pages.setdefault(user, pages.get(user) or person(user, **options))
            page.goto(address(page, base, path))
            found += findings(page, name)
    assert not found, "\n".join(found)


def test_the_whole_way_by_keyboard(base, person):
    page = person("analyst")
    page.goto(f"{base}/queue/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#confirm button')"):
            break
    else:
        pytest.fail("the button that lists an event cannot be reached by Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_a_page_fits_a_phone_and_weighs_little(base, person):
    page = person("handler", **PHONE)
    weights: list[int] = []
    page.on("response", lambda answer: weights.append(len(answer.body())) if answer.ok else None)
    page.goto(f"{base}/inbox/")
    assert sum(weights) <= 250_000
    for name, user, path in PAGES:
        if user == "handler":
            page.goto(address(page, base, path))
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 390, (name, wide)


@pytest.mark.parametrize("name", ["queue", "sheet"])
def test_a_first_load_is_light_and_nothing_jumps(base, browser, name):
    user, path = next((user, path) for page, user, path in PAGES if page == name)
    found = cost(browser, base, name, user, path)
    assert found.bytes <= BYTES
    assert found.shift < SHIFT
