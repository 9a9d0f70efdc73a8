"""Why an act is refused: typed, and the message is the tooltip."""

from __future__ import annotations


class Refused(Exception):
    """An act that the rules do not allow; str() is one sentence for the person who tried."""


class WrongState(Refused):
    """The risk is not in a state from which this act leads on."""


class NotYours(Refused):
    """The role or the unit is not the one this act asks for."""


class SameHands(Refused):
    """Separation of duties: the hands that did the work do not judge it."""


class Incomplete(Refused):
    """Something the act needs was not brought."""


class Unanswered(Incomplete):
    """The answer reads as empty, and nobody said why it is enough."""


class Conflict(Refused):
    """Somebody else acted first; nothing was changed."""
