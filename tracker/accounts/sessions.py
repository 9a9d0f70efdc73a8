"""What a session may do: nothing but finish logging in, until the second factor, a set password and its time allow more.

The rules of a session are here once, for pages and API; a session holds only the marks named below.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from tracker.accounts.actors import Actor
from tracker.accounts.models import User
from tracker.accounts.second_factor import has_factor, required

_FACTOR: Final = "factor"
_SEEN: Final = "seen"
# A session's last use is written down once in so long, not at every request.
_NOTED_EVERY: Final = timedelta(minutes=5)


class Missing(StrEnum):
    """What still stands between a password and the desk."""

    CODE = "code"
    PASSWORD = "password"  # noqa: S105 - the name of a step
    SET_UP = "set_up"


def begin(session: SessionBase, user: User) -> None:
    """The password was right: whoever has an authenticator is asked for its code, whatever the roles."""
    if has_factor(user):
        session[_FACTOR] = "due"


def prove(session: SessionBase) -> None:
    """The second factor was right; the session gets a new key, so that one seen before is worth nothing."""
    session.cycle_key()
    session[_FACTOR] = "done"


def missing(session: SessionBase, user: User, actor: Actor) -> Missing | None:
    """What this session still lacks; None when it may work. No query but for those who must have a factor and were not asked."""
    state = session.get(_FACTOR)
    if state == "due":
        return Missing.CODE
    if user.must_change:
        return Missing.PASSWORD
    if state != "done" and required(actor):
        return Missing.CODE if has_factor(user) else Missing.SET_UP
    return None


def left_alone(session: SessionBase, now: datetime) -> bool:
    """True when nobody has used this session for longer than the rule allows; otherwise notes that somebody does."""
    seen = session.get(_SEEN)
    last = datetime.fromisoformat(seen) if seen else now
    if now - last > timedelta(minutes=settings.SESSION_IDLE_MINUTES):
        return True
    if not seen or now - last > _NOTED_EVERY:
        session[_SEEN] = now.isoformat()
    return False
