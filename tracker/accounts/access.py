"""Which role may open which page and use which part of the API: one table, from which doors, navigation and tests derive.

A door refuses with 403 and a sentence; an item behind it that one may not see does not exist (404). What may be *done* is not
decided here but in `risks.policies`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tracker.accounts.actors import Actor
from tracker.accounts.models import Role

EVERYBODY: Final = frozenset(Role.values)
# Those whose papers and pages speak of every unit; a handler sees the own unit only.
_OFFICE: Final = EVERYBODY - {Role.HANDLER}


@dataclass(frozen=True, slots=True)
class Page:
    """A family of addresses: `label` is its name in the navigation (empty: not listed there), `roles` who may open it."""

    label: str | Promise
    roles: frozenset[str]


def _only(*roles: Role) -> frozenset[str]:
    return frozenset(str(role) for role in roles)


PAGES: Final[dict[str, Page]] = {
    "today": Page(gettext_lazy("今日"), EVERYBODY),
    "queue": Page(gettext_lazy("研判"), _only(Role.ANALYST)),
    "inbox": Page(gettext_lazy("待办"), _only(Role.HANDLER)),
    "verify": Page(gettext_lazy("核查"), _only(Role.VERIFIER, Role.MANAGER)),
    "sheet": Page(gettext_lazy("清单"), EVERYBODY),
    "search": Page(gettext_lazy("检索"), _OFFICE),
    "trends": Page(gettext_lazy("趋势"), _OFFICE),
    "papers": Page(gettext_lazy("周报"), _OFFICE),
    "sources": Page(gettext_lazy("来源"), _OFFICE - {Role.VERIFIER}),
    "sources-card": Page("", _only(Role.ADMIN)),
    "sources-test": Page("", _only(Role.ADMIN)),
    "sources-crawl": Page("", _only(Role.ADMIN, Role.ANALYST)),
    "sources-import": Page("", _only(Role.ADMIN, Role.ANALYST)),
    "model": Page(gettext_lazy("模型"), _OFFICE - {Role.VERIFIER}),
    "ledger": Page(gettext_lazy("台账"), _only(Role.MANAGER, Role.AUDITOR, Role.ADMIN)),
    "people": Page(gettext_lazy("人员"), _only(Role.ADMIN, Role.AUDITOR)),
    "office": Page(gettext_lazy("设置"), _only(Role.ADMIN, Role.AUDITOR)),
    "office-secret": Page("", _only(Role.ADMIN)),
    "privacy": Page(gettext_lazy("隐私"), _only(Role.ADMIN, Role.AUDITOR)),
    "guide": Page("", EVERYBODY),
    "account": Page("", EVERYBODY),
    "sheet-writeback": Page("", _only(Role.DISPATCHER, Role.MANAGER)),
    "ledger-verify": Page("", _only(Role.MANAGER, Role.AUDITOR)),
}


def may_open(page: str, actor: Actor) -> bool:
    """True when one of the actor's roles in force opens `page`."""
    return actor.has(*PAGES[page].roles)


def refusal_sentence(page: str) -> str:
    """Why `page` does not open, for the person: which roles it is for."""
    roles = _("、").join(str(role.label) for role in Role if role in PAGES[page].roles)
    return _("“{page}”这一页供{roles}使用，您现在没有这个角色").format(
        page=PAGES[page.partition("-")[0]].label, roles=roles
    )
