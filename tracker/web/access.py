"""The access table, at the door of the pages: 403 with its sentence, and the navigation that shows only what opens."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied

from tracker.accounts.access import PAGES, may_open, refusal_sentence
from tracker.accounts.actors import Actor

__all__ = ["PAGES", "may_open", "navigation", "require"]


def require(page: str, actor: Actor) -> None:
    """PermissionDenied, with the sentence for the 403 page, unless `actor` may open `page`."""
    if not may_open(page, actor):
        raise PermissionDenied(refusal_sentence(page))


def navigation(actor: Actor) -> list[tuple[str, str]]:
    """(page, label) of every page in the navigation that `actor` may open, in the order of the table."""
    return [(name, str(page.label)) for name, page in PAGES.items() if page.label and may_open(name, actor)]
