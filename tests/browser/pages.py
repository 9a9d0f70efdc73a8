"""Every page and every step of a page that a person can stand on, with who stands there: pictures, axe and the budget go through them.

An address may be a path, `risk:STATE` (the first risk of the sheet in that state), `many:STATE` (the preview of assigning all of
them), each with `#ID` to unfold the form of that id, or `do:NAME` for a step that needs hands (STEPS).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from playwright.sync_api import Page

PAGES: Final = (
    ("today", "analyst", "/"), ("today-manager", "manager", "/"), ("today-handler", "handler", "/"), ("queue", "analyst", "/queue/"),
    ("sheet", "dispatcher", "/sheet/"), ("risk", "handler", "risk:handling"), ("risk-verify", "verifier", "risk:submitted"),
    ("inbox", "handler", "/inbox/"), ("trends", "manager", "/trends/"), ("verify", "verifier", "/verify/"),
    ("verify-item", "verifier", "/verify/next/"), ("papers", "manager", "/papers/"), ("sources", "manager", "/sources/"),
    ("source", "admin", "/sources/demo-pages/"), ("source-page", "admin", "/sources/demo-pages/page/b0/"), ("source-card", "admin", "/sources/demo-pages/card/"),
    ("source-import", "admin", "/sources/import/"), ("model", "admin", "/model/"), ("ledger", "auditor", "/ledger/"),
    ("search", "analyst", "/search/?words=护栏"), ("many", "dispatcher", "many:listed"), ("units", "admin", "/office/units/"),
    ("periods", "admin", "/office/periods/"), ("calendar", "admin", "/office/calendar/"),
    ("rules", "admin", "/office/notices/?rehearse=treat-75"), ("outgoing", "admin", "/office/outgoing/"),
    ("exports", "auditor", "/office/exports/"), ("people", "admin", "/people/"), ("privacy", "admin", "/privacy/"),
    ("account", "analyst", "/account/"), ("tour", "analyst", "/guide/"), ("design", "analyst", "/guide/design/"),
    ("login-setup", "manager", "/login/setup/"), ("person", "admin", "/people/handler/"), ("login", "", "/login/"),
    ("missing", "analyst", "/nothing-here/"),
)  # fmt: skip
# The forms and steps of those pages.
FORMS: Final = (
    ("form-assign", "dispatcher", "risk:listed#act-assign"), ("form-sign", "handler", "risk:assigned#act-sign"),
    ("form-return", "handler", "risk:assigned#act-return"), ("form-reassign", "dispatcher", "risk:returned#act-reassign"),
    ("form-transfer", "dispatcher", "risk:handling#act-transfer"), ("form-plan", "handler", "risk:handling#act-plan"),
    ("form-submit", "handler", "risk:handling#act-submit"),
    ("form-pause", "manager", "risk:handling#act-pause"), ("form-grant", "manager", "risk:handling#act-grant"),
    ("form-relevel", "manager", "risk:handling#act-relevel"), ("form-send-back", "verifier", "risk:submitted#act-send_back"),
    ("form-approve", "manager", "risk:approving#act-approve"), ("form-reopen", "analyst", "risk:closed#act-reopen"),
    ("form-withdraw", "manager", "risk:listed#act-withdraw"), ("evidence", "verifier", "risk:submitted#evidence"),
    ("risk-closed", "auditor", "risk:closed"), ("risk-withdrawn", "analyst", "risk:withdrawn"),
    ("risk-arithmetic", "manager", "do:arithmetic"), ("refused", "handler", "do:refused"),
    ("queue-merge", "analyst", "/queue/#merge"), ("queue-split", "analyst", "do:split"), ("queue-help", "analyst", "/queue/#help"),
    ("sheet-columns", "dispatcher", "do:columns"),
    ("sheet-none", "dispatcher", "/sheet/?words=没有这样的事"), ("search-none", "analyst", "/search/?words=没有这样的事"),
    ("paper-circular", "manager", "/papers/?was=circular&kind=circular"), ("paper-monthly", "manager", "/papers/?was=monthly&kind=monthly"),
    ("paper-annual", "manager", "/papers/?was=annual&kind=annual"), ("paper-subscribe", "manager", "do:subscribe"),
    ("lend", "admin", "do:lend"), ("person-add", "admin", "do:person-add"), ("period-edit", "admin", "do:period"),
    ("how", "analyst", "do:how"), ("forbidden", "handler", "/queue/"), ("password", "analyst", "/login/password/"),
    ("login-wrong", "", "do:wrong"), ("ledger-verified", "auditor", "do:verify"), ("privacy-checked", "admin", "do:privacy"),
)  # fmt: skip


def _arithmetic(page: Page, base: str) -> None:
    page.goto(risk_in(page, base, "handling"))
    page.eval_on_selector_all(".clocks details", "all => all.forEach((one) => (one.open = true))")


def _refused(page: Page, base: str) -> None:
    """An application for closure without evidence."""
    page.goto(risk_in(page, base, "handling"))
    page.select_option("#submit-outcome", "explained")
    page.fill("#submit-answer", "情况是这样的：那一段正在施工。")
    page.click("#act-submit button")
    page.wait_for_selector("#act-submit .note.error")


def _split(page: Page, base: str) -> None:
    page.goto(f"{base}/queue/")
    page.eval_on_selector_all("details.fold, details:has(#split)", "all => all.forEach((one) => (one.open = true))")


def _unfolded(address: str, selector: str) -> Callable[[Page, str], None]:
    def go(page: Page, base: str) -> None:
        page.goto(base + address)
        unfold(page, str(page.locator(selector).first.evaluate("e => (e.id ||= 'shown')")))

    return go


def _pressed(address: str, button: str) -> Callable[[Page, str], None]:
    def go(page: Page, base: str) -> None:
        page.goto(base + address)
        page.click(button)
        page.wait_for_load_state("networkidle")

    return go


def _wrong(page: Page, base: str) -> None:
    page.goto(f"{base}/login/")
    page.fill("[name=username]", "nobody-here")
    page.fill("[name=password]", "wrong")
    page.click("main button")
    page.wait_for_load_state("networkidle")


STEPS: Final[dict[str, Callable[[Page, str], None]]] = {
    "arithmetic": _arithmetic,
    "refused": _refused,
    "split": _split,
    "lend": _unfolded("/people/handler/", "details:has(form[action$='/lend/'])"),
    "person-add": _unfolded("/people/", "details:has(form[action='/people/add/'])"),
    "period": _unfolded("/office/periods/", "main details"),
    "columns": _unfolded("/sheet/?state=open&cols=place&cols=topic&cols=assigned_at", "details:has([name=cols])"),
    "subscribe": _unfolded("/papers/", "details.subscribe"),
    "how": _unfolded("/queue/", "details.how"),
    "wrong": _wrong,
    "verify": _pressed("/ledger/", "form[action='/ledger/verify/'] button"),
    "privacy": _pressed("/privacy/", "form[action='/privacy/check/'] button"),
}


def risk_in(page: Page, base: str, state: str) -> str:
    """The address of the first risk in `state` that this person sees."""
    page.goto(f"{base}/sheet/?state={state}")
    return base + str(page.get_attribute("td a", "href"))


def unfold(page: Page, name: str) -> None:
    """Open the fold or dialog `name` and bring it into view."""
    page.evaluate(
        """(id) => {
          const it = document.getElementById(id);
          if (!it) throw new Error(`nothing is called ${id}`);
          if (it.tagName === "DIALOG") return it.showModal();
          for (let at = it.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
          it.scrollIntoView();
        }""",
        name,
    )


def stand(page: Page, base: str, path: str) -> None:
    """Bring `page` to where `path` says."""
    if path.startswith("do:"):
        return STEPS[path[3:]](page, base)
    where, _hash, name = path.partition("#")
    page.goto(address(page, base, where))
    return unfold(page, name) if name else None


def address(page: Page, base: str, path: str) -> str:
    """The whole address of `path`, without what is unfolded there."""
    kind, _colon, state = path.partition(":")
    if kind == "risk":
        return risk_in(page, base, state)
    if kind == "many":
        page.goto(f"{base}/sheet/?state={state}")
        picks = page.eval_on_selector_all("[name=pick]", "boxes => boxes.map((box) => `pick=${box.value}`).join('&')")
        return f"{base}/sheet/many/?act=assign&{picks}"
    return base + path
