"""Which papers the morning's job makes, pure: from the first working day after a period has ended, and again while late data come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from tracker.reports.periods import Month, Period, Year, week_of_day

# For how many days after the end of a month or year its papers (a week: until the next one has ended) are computed again each working morning. Later changes are found by
# whoever holds the paper against the ledger (`yidan report verify`, or the button on the page).
WATCHED = {"month": 15, "year": 31}


def ripe(today: date, works: Callable[[date], bool]) -> list[tuple[str, str]]:
    """(kind, period) of every paper due on the morning of `today`; none on a day that is not worked.

    The first working day of a week makes the papers of the week before, that of a month those of the month before, that of a
    year the summary of the year before. Where that morning was missed, the next one makes them.
    """
    if not works(today):
        return []
    return [(kind, period.name) for kinds, period in _ended(today) for kind in kinds]


def _ended(today: date) -> Iterator[tuple[tuple[str, ...], Period]]:
    yield ("weekly", "circular"), week_of_day(today).shifted(-1)
    month, year = Month(today.year, today.month).shifted(-1), Year(today.year - 1)
    if (today - month.after).days < WATCHED["month"]:
        yield ("monthly", "circular"), month
    if (today - year.after).days < WATCHED["year"]:
        yield ("annual",), year
