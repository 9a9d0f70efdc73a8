"""WCAG 2.2 AA on every page: axe-core finds nothing serious, in both themes, on a desk and a phone; the keyboard alone is enough.

The walk goes over a store with hostile text in every field, so that it also shows that no page breaks under it: the policy refuses
nothing, nothing is too wide, no address is linked that must not be.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.budget import BYTES, SHIFT
from tests.browser.pages import PAGES
from tests.browser.screens import context
from tests.browser.walk import AXE_SCRIPT, LINKS, RULES, Walk, findings, poisoned, walk, watch

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hostile(base: str, filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with poisoned(filled, tmp_path_factory.mktemp("hostile")) as address:
        yield address


@pytest.fixture(scope="module")
def walked(hostile: str, browser: Browser) -> Walk:
    return walk(browser, hostile)


def test_no_serious_finding_on_any_page(walked):
    assert not walked.axe, "\n".join(walked.axe)


def test_a_printed_page_shows_nothing_to_press(walked):
    assert not walked.paper, "\n".join(walked.paper)


def test_a_first_load_is_light_and_nothing_jumps(walked):
    assert {cost.name: cost.bytes for cost in walked.costs if cost.bytes > BYTES} == {}
    assert {cost.name: cost.shift for cost in walked.costs if cost.shift >= SHIFT} == {}
    assert len(walked.costs) == len(PAGES)


def test_whatever_the_public_wrote_the_policy_refuses_nothing(walked):
    assert not walked.refused, "\n".join(walked.refused)


def test_no_page_is_wider_than_its_window(walked):
    assert not walked.wide, walked.wide


def test_only_the_web_is_linked_and_nobody_is_told_where_a_reader_came_from(walked):
    assert not walked.links, "\n".join(walked.links)


def test_the_walk_would_see_what_it_looks_for(base, browser):
    """Each watcher, on a page that has what it must find."""
    refused: list[str] = []
    with context(browser, "desk", "light", "zh", base) as tab:
        page = tab.new_page()
        watch(page, refused)
        page.goto(f"{base}/login/")
        assert not refused
        page.evaluate(
            """() => {
              const made = document.createElement("div");
              made.innerHTML = '<b style="color: red">x</b><img src=x onerror="alert(1)"><a href="javascript:alert(1)">y</a>'
                + '<a href="https://board.example/">z</a><label>unnamed</label><input>';
              document.querySelector("main").append(made);
              const script = document.createElement("script");
              script.textContent = "alert(1)";
              document.body.append(script);
            }"""
        )
        for _ in range(100):  # told a moment later
            if len(refused) >= 3:
                break
            page.wait_for_timeout(50)
        kinds = {line.split(": ", 1)[1].split(" ", 1)[0] for line in refused}
        assert kinds == {"style-src-attr", "script-src-attr", "script-src-elem"}
        assert len(page.evaluate(LINKS)) == 2
        page.evaluate(AXE_SCRIPT)
        assert any(found.startswith("label:") for found in findings(page, RULES))


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
