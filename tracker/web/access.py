"""Which role may open which page: one table, from which the views, the navigation and the tests derive.

A page refuses with 403 and a sentence; an item on a page that one may not see does not exist (404). What may be *done* is
not decided here but in `risks.policies`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.core.exceptions import PermissionDenied
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
    "trends": Page(gettext_lazy("趋势"), _OFFICE),
    "papers": Page(gettext_lazy("周报"), _OFFICE),
    "sources": Page(gettext_lazy("来源"), _OFFICE - {Role.VERIFIER}),
    "ledger": Page(gettext_lazy("台账"), _only(Role.MANAGER, Role.AUDITOR, Role.ADMIN)),
    "ledger-verify": Page("", _only(Role.MANAGER, Role.AUDITOR)),
}


def may_open(page: str, actor: Actor) -> bool:
    """True when one of the actor's roles in force opens `page`."""
    return actor.has(*PAGES[page].roles)


def require(page: str, actor: Actor) -> None:
    """PermissionDenied, with the sentence for the 403 page, unless `actor` may open `page`."""
    if may_open(page, actor):
        return
    roles = _("、").join(str(role.label) for role in Role if role in PAGES[page].roles)
    raise PermissionDenied(
        _("“{page}”这一页供{roles}使用，您现在没有这个角色").format(
            page=PAGES[page.partition("-")[0]].label, roles=roles
        )
    )


def navigation(actor: Actor) -> list[tuple[str, str]]:
    """(page, label) of every page in the navigation that `actor` may open, in the order of the table."""
    return [(name, str(page.label)) for name, page in PAGES.items() if page.label and may_open(name, actor)]
