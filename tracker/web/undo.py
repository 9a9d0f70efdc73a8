"""The dismissals and mergings of this session, newest last, so that `u` can take them back one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib.sessions.backends.base import SessionBase

from tracker.posts.models import Event

_KEY: Final = "taken"
_KEPT: Final = 50


@dataclass(frozen=True, slots=True)
class Undo:
    """What can be taken back: the event, the version it was left at, its title, and which decision that was."""

    event: int
    version: int
    title: str
    decision: str


def remember(session: SessionBase, event: Event) -> None:
    """`event` has just been dismissed or merged, and stands as it is now."""
    row = [event.pk, event.version, event.title[:60], event.decision]
    session[_KEY] = [*session.get(_KEY, []), row][-_KEPT:]


def forget(session: SessionBase, event: int) -> None:
    """`event` awaits its verdict again."""
    session[_KEY] = [row for row in session.get(_KEY, []) if row[0] != event]


def last(session: SessionBase) -> Undo | None:
    """The newest one that has not been taken back."""
    rows = session.get(_KEY, [])
    return Undo(*rows[-1]) if rows else None
