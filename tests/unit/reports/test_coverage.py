from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.reports.rows import MONDAY, WEEK, board
from tracker.reports.coverage import sight, sights

HOUR = timedelta(hours=1)


@given(
    st.sets(st.integers(0, 167), max_size=12), st.integers(1, 60), st.none() | st.integers(1, 100),
    st.sets(st.integers(0, 167), max_size=4),
)  # fmt: skip
def test_blind_hours_are_those_counted_hour_by_hour(hours, limit, before, failed):
    last = None if before is None else MONDAY - before * HOUR
    source = board(hours=hours, limit=float(limit), last_before=last, failed=failed)
    healthy = [*hours, *([] if before is None else [-before])]
    slow = sum(not any(h <= t < h + limit for h in healthy) for t in range(168))
    assert sight(source, WEEK.since, WEEK.until).hours_blind == slow


@pytest.mark.parametrize(
    ("source", "blind", "sees"),
    [
        (board(hours=range(0, 168, 6)), 0, True),
        (board(), 168, False),
        (board(failed=range(0, 168, 6)), 168, False),
        (board(last_before=MONDAY - 10 * HOUR), 160, False),
        (board(hours=(167,)), 167, True),
    ],
)
def test_a_source_that_did_not_run_well_is_blind(source, blind, sees):
    seen = sight(source, WEEK.since, WEEK.until)
    assert (seen.hours_blind, seen.sees) == (blind, sees)


def test_sources_that_are_switched_off_are_not_due():
    found = sights([board("a", hours=(1,)), board("b", due=False)], WEEK.since, WEEK.until)
    assert found.due == ("source:a",)
    assert not found.whole


def test_no_source_is_not_full_sight():
    found = sights([], WEEK.since, WEEK.until)
    assert not found.whole
    assert "不代表没有隐患" in found.sentence()
