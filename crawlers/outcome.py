"""The verdict on a run: from what was counted to exactly one state, decided in one place and without any I/O.

The order is the rule: what the board said about us (blocked), then whether it was there at all (down), then whether its pages are
what the catalogue says (broken), then whether everything was done (degraded). A run is healthy only when none of these holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from crawlers.reports import State

Trouble = Literal["blocked", "down", "broken", "degraded"]
MANY = 3  # posts that all fail the same way before the source and not the post is blamed


@dataclass(slots=True)
class Tally:
    """What one run counted. `troubles` are the sentences met on the way, the first of a kind each."""

    fetched: int = 0
    new: int = 0
    unchanged: int = 0
    failed: int = 0
    gone: int = 0
    undated: int = 0
    pages: int = 0
    complete: bool = False
    had_rows: bool = False
    troubles: dict[Trouble, str] = field(default_factory=dict)

    def note(self, trouble: Trouble, sentence: str) -> None:
        """Keep the first sentence of each kind; the later ones are its echoes."""
        self.troubles.setdefault(trouble, sentence)


def judge(tally: Tally) -> tuple[State, str]:
    """The state of a run and the sentence that gives its cause; the sentence is empty only for `ok`."""
    for trouble in _grave(tally):
        if trouble in tally.troubles:
            return trouble, tally.troubles[trouble]
    if tally.fetched == 0 and tally.gone >= MANY:
        return (
            "broken",
            f"All {tally.gone} posts of the list are answered with not found; check the source's addresses.",
        )
    lacking = _lacking(tally)
    if lacking:
        return "degraded", lacking
    if tally.fetched == 0:
        return "ok-nothing-new", "The list was read and holds nothing new."
    return "ok", ""


def _lacking(tally: Tally) -> str:
    """What a run that brought something did not do, or what its posts lack; empty when nothing."""
    if tally.troubles or tally.failed:
        return _degraded(tally)
    if not tally.complete:
        return "The run ended before the list was read to where it was known; the next run goes on."
    if tally.fetched >= MANY and tally.undated == tally.fetched:
        return f"None of {tally.fetched} posts has a readable time; check post.published_at against the page."
    return ""


def _grave(tally: Tally) -> Iterable[Trouble]:
    """The states that outrank partial success: being shut out always, the others only when nothing came of the run."""
    yield "blocked"
    fruitless = tally.fetched == 0 and (tally.failed >= MANY or (tally.failed > 0 and tally.unchanged == 0))
    if tally.pages == 0 or fruitless:
        yield "down"
        yield "broken"


def _degraded(tally: Tally) -> str:
    cause = next(iter(tally.troubles.values()), "")
    missing = f"{tally.failed} posts could not be fetched and are tried again in the next run." if tally.failed else ""
    return " ".join(filter(None, (missing, cause)))
