"""The whole loop by four people in four browsers: from a key press on the queue to a verified closure."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Route, expect

from tests.factories import PNG

pytestmark = pytest.mark.slow


def test_four_people_take_a_post_to_its_verified_end(base, person):
    analyst, dispatcher = person("analyst"), person("dispatcher")
    handler = person("handler", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    verifier = person("verifier")

    analyst.goto(f"{base}/queue/")
    first = analyst.locator("[data-item][aria-current=true]")
    title = str(first.locator("b").inner_text())
    analyst.keyboard.press("c")
    message = analyst.locator("#undo")
    expect(message).to_contain_text("已列单")
    number = re.search(r"YD-\d+-\d+", message.inner_text())[0]
    expect(analyst.locator("[data-item][aria-current=true] b")).not_to_have_text(title)
    analyst.keyboard.press("u")
    expect(analyst.locator("#undo a")).to_be_focused()

    dispatcher.goto(f"{base}/sheet/{number}/")
    dispatcher.select_option("#assign-unit", "road")
    dispatcher.fill("#assign-requirements", "请围挡并更换伸缩缝")
    dispatcher.click("#act-assign form button")
    expect(dispatcher.locator(".chips .state")).to_have_text("已交办（待签收）")

    handler.goto(f"{base}/inbox/")
    handler.locator("article", has_text=number).get_by_role("button", name="签收").click()
    expect(handler.locator(".chips .state")).to_have_text("办理中")
    handler.set_input_files("#attach-photo", {"name": "现场.png", "mimeType": "image/png", "buffer": PNG})
    handler.click("#act-attach button")
    expect(handler.locator(".evidence img")).to_have_count(1)
    handler.select_option("#submit-outcome", "fixed")
    handler.fill("#submit-answer", "已于当日围挡，次日更换伸缩缝，现已恢复通行。")
    handler.click("#act-submit button")
    expect(handler.locator(".chips .state")).to_have_text("申请销号（待核查）")
    refused = handler.locator(".act.refused", has_text="核查通过，销号")
    expect(refused.locator("button")).to_be_disabled()
    expect(refused).to_contain_text("您没有这个角色")

    verifier.goto(f"{base}/verify/")
    verifier.click(f"a[href='/verify/{number}/']")
    expect(verifier.locator(".three")).to_contain_text("已于当日围挡")
    verifier.keyboard.press("b")
    expect(verifier.locator("#act-send_back textarea")).to_be_focused()
    verifier.keyboard.press("Escape")
    for key in ("1", "2", "3", "a"):
        verifier.keyboard.press(key)
    expect(verifier.locator("#act-verify form button")).to_be_focused()
    verifier.keyboard.press("Enter")
    expect(verifier.locator(".note.success")).to_contain_text("核查通过")
    verifier.goto(f"{base}/sheet/{number}/")
    expect(verifier.locator(".story")).to_contain_text("书面核查：凭证与地点对得上")
    state = verifier.locator(".chips .state")
    expect(state).to_have_text(re.compile("已销号|待批准"))
    if state.inner_text() == "待批准":
        manager = person("manager")
        manager.goto(f"{base}/sheet/{number}/")
        manager.click("#act-approve button")
        expect(manager.locator(".chips .state")).to_have_text("已销号")


def test_the_keys_of_the_queue(base, person):
    page = person("analyst")
    page.goto(f"{base}/queue/")
    current = page.locator("[data-item][aria-current=true] b")
    titles = page.locator("[data-item] b").all_inner_texts()
    page.keyboard.press("j")
    expect(current).to_have_text(titles[1])
    page.keyboard.press("k")
    expect(current).to_have_text(titles[0])
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_hidden()
    page.keyboard.press("e")
    expect(page.locator("#verdict-level")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.keyboard.press("2")
    expect(page.locator("#dismiss input[type=radio]").nth(1)).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator("#undo")).to_contain_text(titles[0][:10])
    expect(page.locator("[data-item] b").first).not_to_have_text(titles[0])
    page.keyboard.press("u")
    expect(current).to_have_text(titles[0])
    expect(page.locator("#undo")).to_have_count(0)
    page.locator("#verdict-place").focus()
    page.keyboard.type("jcd?")
    expect(page.locator("#verdict-place")).to_have_value(re.compile(r"jcd\?"))
    expect(current).to_have_text(titles[0])


def test_the_next_item_is_there_before_it_is_asked_for_and_a_lost_connection_loses_nothing(base, person):
    page = person("analyst")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.resource_type in ("xhr", "fetch") else None)
    page.goto(f"{base}/queue/")
    current = page.locator("[data-item][aria-current=true] b")
    titles = page.locator("[data-item] b").all_inner_texts()
    page.wait_for_function("() => performance.getEntriesByType('resource').some((r) => r.initiatorType === 'fetch')")
    page.wait_for_load_state("networkidle")
    before = len(asked)
    page.context.set_offline(True)  # what is shown now was fetched while the first item was read
    page.keyboard.press("j")
    expect(current).to_have_text(titles[1])
    assert not [url for url in asked[before:] if url.endswith("/confirm/")]
    page.context.set_offline(False)
    page.keyboard.press("k")
    expect(current).to_have_text(titles[0])
    page.wait_for_load_state("networkidle")
    page.fill("#verdict-problem", "桥头伸缩缝张开，需围挡")
    page.route("**/confirm/", lost)
    page.click("#confirm button")
    expect(page.locator("#notice")).to_contain_text("没有提交")
    expect(page.locator("#verdict-problem")).to_have_value("桥头伸缩缝张开，需围挡")
    expect(current).to_have_text(titles[0])
    expect(page.locator("#confirm[data-sent], [data-busy]")).to_have_count(0)  # it can be pressed again


def lost(route: Route) -> None:
    """A connection that breaks after a while, when the next item has long been shown."""
    time.sleep(0.5)
    route.abort("internetdisconnected")


def test_a_refusal_is_shown_in_place_and_nothing_typed_is_lost(base, person):
    page = person("handler")
    page.goto(f"{base}/sheet/?state=handling")
    page.locator("td.num a").first.click()
    page.select_option("#submit-outcome", "explained")
    page.fill("#submit-answer", "情况是这样的：那一段正在施工。")
    page.click("#act-submit button")
    expect(page.locator("#act-submit .note.error")).to_contain_text("凭证")
    expect(page.locator("#submit-answer")).to_have_value("情况是这样的：那一段正在施工。")
    page.reload()
    expect(page.locator("#submit-answer")).to_have_value("情况是这样的：那一段正在施工。")


def test_an_expired_session_loses_nothing(base, person):
    page = person("dispatcher")
    page.goto(f"{base}/sheet/?state=listed")
    page.locator("td.num a").last.click()
    page.locator("#act-comment summary").click()
    page.fill("#comment-reason", "请先核实是否本省路段")
    page.context.clear_cookies(name="sessionid")
    page.click("#act-comment button")
    expect(page.locator("#notice")).to_contain_text("登录已过期")
    expect(page.locator("#comment-reason")).to_have_value("请先核实是否本省路段")
    with page.expect_popup() as opened:
        page.click("#notice a")
    opened.value.fill("[name=username]", "dispatcher")
    opened.value.fill("[name=password]", "browser-test-2026")
    opened.value.click("main button")
    opened.value.wait_for_url(f"{base}/")
    page.click("#act-comment button")
    expect(page.locator(".story")).to_contain_text("请先核实是否本省路段")


def test_a_bad_connection_keeps_the_draft_and_sends_it_once_when_it_is_back(base, person):
    page = person("handler", viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page.goto(f"{base}/sheet/?state=handling")
    page.locator("td.num a").last.click()
    page.locator("#act-progress summary").click()
    page.fill("#progress-reason", "材料已到，明早施工")
    page.context.set_offline(True)
    page.click("#act-progress form button")
    expect(page.locator("#notice")).to_contain_text("连不上服务器")
    expect(page.locator("#progress-reason")).to_have_value("材料已到，明早施工")
    page.context.set_offline(False)
    page.click("#act-progress form button")
    expect(page.locator(".story li", has_text="材料已到，明早施工")).to_have_count(1)
    page.wait_for_function("!Object.keys(localStorage).some(key => key.includes('/do/progress/'))")


def test_a_double_click_posts_once(base, person):
    page = person("dispatcher")
    page.goto(f"{base}/sheet/?state=listed")
    page.locator("td.num a").last.click()
    page.locator("#act-comment summary").click()
    page.fill("#comment-reason", "只记一次的话")
    page.dblclick("#act-comment button")
    expect(page.locator(".story li", has_text="只记一次的话")).to_have_count(1)
    page.reload()
    expect(page.locator(".story li", has_text="只记一次的话")).to_have_count(1)


def test_without_scripts_every_step_still_works(base, person):
    page = person("analyst", java_script_enabled=False)
    page.goto(f"{base}/queue/")
    page.locator("[data-item]").last.click()
    title = page.locator("[data-item][aria-current=true] b").inner_text()
    page.locator("#dismiss input[type=radio]").first.check()
    page.click("#dismiss button")
    expect(page.locator("#undo")).to_contain_text(title[:8])
    page.click("#undo button")
    expect(page.locator("[data-item]", has_text=title)).to_have_count(1)
    page.goto(f"{base}/sheet/?state=listed")
    page.select_option("[name=level]", "1")
    page.click(".filters button")
    assert "level=1" in page.url


def test_the_sheet_is_filtered_in_place_and_in_the_address(base, person):
    page = person("manager")
    page.goto(f"{base}/sheet/")
    page.fill("[name=words]", "护栏")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert "words=" in page.url
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_m_merges_and_u_takes_it_back(base, person):
    page = person("analyst")
    page.goto(f"{base}/queue/")
    before = page.locator("[data-item]").count()
    page.keyboard.press("m")
    expect(page.locator("#merge-into")).to_be_focused()
    page.locator("#merge-into").select_option(index=1)
    page.click("#merge button")
    expect(page.locator("#undo")).to_contain_text("刚刚并入")
    expect(page.locator("[data-item]")).to_have_count(before - 1)
    page.keyboard.press("u")
    expect(page.locator("[data-item]")).to_have_count(before)
