"""WCAG 2.2 AA on every page: axe-core finds nothing serious, in both themes and on a phone; the keyboard alone is enough.

One walk over every page also weighs it, watches for jumps, and looks at it as it would be printed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.budget import BYTES, SHIFT, Cost, Meter
from tests.browser.pages import PAGES, address
from tests.browser.screens import context, login

pytestmark = pytest.mark.slow
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SERIOUS = {"moderate", "serious", "critical"}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


# What a theme can get wrong on its own; everything else is the same in both.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}


def findings(page: Page, name: str, rules: dict[str, Any] = RULES) -> list[str]:
    violations = Axe().run(page, options=rules).response["violations"]
    return [
        f"{name}: {violation['id']}: {node['html'][:160]}"
        for violation in violations
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def printed(page: Page) -> list[str]:
    """What stands on paper though nobody can press it there."""
    page.emulate_media(media="print")
    found = page.evaluate(PRINTED)
    page.emulate_media(media="screen")
    return list(found)


PRINTED = """() => {
  const seen = (e) => e.checkVisibility() && e.getBoundingClientRect().width > 1;
  const name = (e) => `${e.tagName.toLowerCase()}.${e.className} ${e.textContent.trim().slice(0, 30)}`;
  const controls = [...document.querySelectorAll("button, input:not([type=hidden]), select, textarea, .top, .foot")].filter(seen);
  return controls.map((e) => `pressed on paper: ${name(e)}`);
}"""


@dataclass
class Walk:
    """What a walk over every page found."""

    axe: list[str] = field(default_factory=list)
    paper: list[str] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)


@pytest.fixture(scope="module")
def walk(base: str, browser: Browser) -> Walk:
    """Every page once, in the light, as the person who works on it."""
    seen = Walk()
    for user, group in groupby(sorted(PAGES, key=lambda row: row[1]), key=lambda row: row[1]):
        with context(browser, "desk", "light", "zh", base) as tab:
            page = tab.new_page()
            if user:
                login(page, base, user)
            meter = Meter(page)
            for name, _user, path in group:
                seen.costs.append(meter.cost(name, address(page, base, path)))
                seen.axe += findings(page, name)
                seen.paper += [f"{name}: {what}" for what in printed(page)]
    return seen


def test_no_serious_finding_on_any_page(walk):
    assert not walk.axe, "\n".join(walk.axe)


def test_a_printed_page_shows_nothing_to_press(walk):
    assert not walk.paper, "\n".join(walk.paper)


def test_a_first_load_is_light_and_nothing_jumps(walk):
    assert {cost.name: cost.bytes for cost in walk.costs if cost.bytes > BYTES} == {}
    assert {cost.name: cost.shift for cost in walk.costs if cost.shift >= SHIFT} == {}
    assert len(walk.costs) == len(PAGES)


@pytest.mark.parametrize(
    ("options", "rules", "names"),
    [
        ({"color_scheme": "dark"}, COLOURS, {name for name, _user, _path in PAGES}),
        (PHONE, RULES, {"queue", "sheet", "risk", "inbox", "verify-item", "papers", "login"}),
    ],
    ids=["dark", "phone"],
)
def test_no_serious_finding_in_the_dark_or_on_a_phone(base, person, options, rules, names):
    found: list[str] = []
    pages: dict[str, Page] = {}
    for name, user, path in PAGES:
        if name in names:
            page = pages.setdefault(user, pages.get(user) or person(user, **options))
            page.goto(address(page, base, path))
            found += findings(page, name, rules)
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
