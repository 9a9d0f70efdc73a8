"""What this session decided, newest last, so that `u` can take it back one after the other, or say why it cannot.

A listing is in the ledger and on the sheet: by rule a manager alone withdraws it, with a reason that the circular prints. So `u`
leads to the item there, and takes back nothing older in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib.sessions.backends.base import SessionBase

from tracker.posts.models import Event

_KEY: Final = "taken"
_KEPT: Final = 50


@dataclass(frozen=True, slots=True)
class Undo:
    """A decision: the event, the version it was left at, its title, which decision; the item's `number` where it was listed."""

    event: int
    version: int
    title: str
    decision: str
    number: str = ""


def remember(session: SessionBase, event: Event, number: str = "") -> None:
    """`event` has just been decided and stands as it is now; with `number` it was listed."""
    row = [event.pk, event.version, event.title[:60], event.decision, number]
    session[_KEY] = [*session.get(_KEY, []), row][-_KEPT:]


def forget(session: SessionBase, event: int) -> None:
    """`event` awaits its verdict again."""
    session[_KEY] = [row for row in session.get(_KEY, []) if row[0] != event]


def last(session: SessionBase) -> Undo | None:
    """The newest decision that has not been taken back."""
    rows = session.get(_KEY, [])
    return Undo(*rows[-1]) if rows else None


def earlier(session: SessionBase) -> Undo | None:
    """The newest one that can be taken back."""
    return next((found for row in reversed(session.get(_KEY, [])) if not (found := Undo(*row)).number), None)
