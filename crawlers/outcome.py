"""The verdict on a run: from what was counted to exactly one state, decided in one place and without any I/O.

The order is the rule: what the board said about us (blocked), then whether it was there at all (down), then whether its pages are
what the catalogue says (broken), then whether everything was done (degraded). A run is healthy only when none of these holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from crawlers.causes import Cause, cause
from crawlers.reports import State

Trouble = Literal["blocked", "down", "broken", "degraded"]
NOTHING_NEW = cause("nothing-new")
MANY = 3  # posts that all fail the same way before the source and not the post is blamed


@dataclass(slots=True)
class Tally:
    """What one run counted. `troubles` are the causes met on the way, the first of a kind each."""

    fetched: int = 0
    new: int = 0
    unchanged: int = 0
    failed: int = 0
    gone: int = 0
    undated: int = 0
    pages: int = 0
    complete: bool = False
    had_rows: bool = False
    troubles: dict[Trouble, Cause] = field(default_factory=dict)
    idle: Cause = NOTHING_NEW  # what is said when nothing came and nothing was wrong

    def note(self, trouble: Trouble, why: Cause) -> None:
        """Keep the first cause of each kind; the later ones are its echoes."""
        self.troubles.setdefault(trouble, why)


def judge(tally: Tally) -> tuple[State, tuple[Cause, ...]]:
    """The state of a run and its causes; there is none only for `ok`."""
    for trouble in _grave(tally):
        if trouble in tally.troubles:
            return trouble, (tally.troubles[trouble],)
    if tally.fetched == 0 and tally.gone >= MANY:
        return "broken", (cause("all-gone", n=tally.gone),)
    lacking = _lacking(tally)
    if lacking:
        return "degraded", lacking
    if tally.fetched == 0:
        return "ok-nothing-new", (tally.idle,)
    return "ok", ()


def _lacking(tally: Tally) -> tuple[Cause, ...]:
    """What a run that brought something did not do, or what its posts lack; empty when nothing."""
    if tally.troubles or tally.failed:
        return _degraded(tally)
    if not tally.complete:
        return (cause("unfinished"),)
    return ()


def _grave(tally: Tally) -> Iterable[Trouble]:
    """The states that outrank partial success: being shut out always, the others only when nothing came of the run."""
    yield "blocked"
    fruitless = tally.fetched == 0 and (tally.failed >= MANY or (tally.failed > 0 and tally.unchanged == 0))
    if tally.pages == 0 or fruitless:
        yield "down"
        yield "broken"


def _degraded(tally: Tally) -> tuple[Cause, ...]:
    missing = (cause("posts-failed", n=tally.failed),) if tally.failed else ()
    return (*missing, *list(tally.troubles.values())[:1])
