"""The papers of a period, as data: what computes each, and over which periods it can be asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tracker.reports.annual import annual
from tracker.reports.circular import circular
from tracker.reports.paper import Json
from tracker.reports.periods import Month, Period, Week, Year, parse
from tracker.reports.weekly import monthly, weekly


@dataclass(frozen=True, slots=True)
class Kind:
    """One paper: `compute` (facts, period, as_of → content) and the kinds of period it exists for, the usual one first."""

    compute: Callable[..., Json]
    periods: tuple[type[Period], ...]


KINDS: Final[dict[str, Kind]] = {
    "weekly": Kind(weekly, (Week,)),
    "monthly": Kind(monthly, (Month,)),
    "circular": Kind(circular, (Week, Month)),
    "annual": Kind(annual, (Year,)),
}


def period_of(kind: str, text: str) -> Period:
    """The period `text` of a paper of `kind`; BadPeriod, one sentence, when there is none such."""
    return parse(text, KINDS[kind].periods)
