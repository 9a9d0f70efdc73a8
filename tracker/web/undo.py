"""The dismissals of this session, newest last, so that `u` can take them back one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib.sessions.backends.base import SessionBase

from tracker.posts.models import Event

_KEY: Final = "dismissed"
_KEPT: Final = 50


@dataclass(frozen=True, slots=True)
class Undo:
    """What can be taken back: the event, the version its dismissal left, and its title."""

    event: int
    version: int
    title: str


def remember(session: SessionBase, event: Event, version: int) -> None:
    """`event` has just been dismissed, which left it at `version`."""
    session[_KEY] = [*session.get(_KEY, []), [event.pk, version, event.title[:60]]][-_KEPT:]


def forget(session: SessionBase, event: int) -> None:
    """`event` is no longer dismissed."""
    session[_KEY] = [row for row in session.get(_KEY, []) if row[0] != event]


def last(session: SessionBase) -> Undo | None:
    """The newest dismissal that has not been taken back."""
    rows = session.get(_KEY, [])
    return Undo(*rows[-1]) if rows else None
