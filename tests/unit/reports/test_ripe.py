"""Every paper is made on the first working morning after its period, also where that morning was missed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tracker.reports.ripe import ripe

NEW_YEAR = {date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 3)}


def works(day):
    return day.weekday() < 5 and day not in NEW_YEAR


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 23), {("weekly", "2026-W47"), ("circular", "2026-W47")}),
        (date(2026, 11, 27), {("weekly", "2026-W47"), ("circular", "2026-W47")}),
        (date(2026, 11, 22), set()),
        (date(2026, 12, 1), {("weekly", "2026-W48"), ("circular", "2026-W48"), ("monthly", "2026-11"), ("circular", "2026-11")}),
        (
            date(2027, 1, 4),
            {("weekly", "2026-W53"), ("circular", "2026-W53"), ("monthly", "2026-12"), ("circular", "2026-12"), ("annual", "2026")},
        ),
        (date(2027, 1, 1), set()),
    ],
)  # fmt: skip
def test_the_papers_of_a_morning(today, expected):
    found = ripe(today, works)
    assert set(found) == expected
    assert len(found) == len(expected)


def test_over_a_year_every_period_has_its_papers():
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    made = {pair for day in days for pair in ripe(day, works)}
    assert {period for kind, period in made if kind == "weekly"} == {
        "2025-W52",
        *(f"2026-W{n:02d}" for n in range(1, 53)),
    }
    assert {p for kind, p in made if kind == "monthly"} == {"2025-12", *(f"2026-{n:02d}" for n in range(1, 12))}
    assert {p for kind, p in made if kind == "annual"} == {"2025"}
