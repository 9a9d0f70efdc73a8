"""When a step speaks: the share of the time, days past it, never at night, except about level 3."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.notify.ladder import OFFICE_OPENS, Clock, Step, allowed, moment, office_time
from tracker.risks.calendars import official
from tracker.risks.clocks import OFFICE_CLOSES, SHANGHAI, in_working_days

MOMENTS = st.datetimes(datetime(2019, 1, 1), datetime(2026, 10, 1), timezones=st.just(UTC))  # noqa: DTZ001
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def clock(level: int = 2, start: datetime = MONDAY, days: int = 4) -> Clock:
    return Clock("YD-1", "treat", level, start, in_working_days(start, days, official).due)


@given(MOMENTS)
def test_office_time_is_the_first_open_minute(when):
    found = office_time(when, official)
    local = found.astimezone(SHANGHAI)
    assert found >= when
    assert official(local.date()).working
    assert OFFICE_OPENS <= local.time() < OFFICE_CLOSES
    probe = when
    while probe < found:
        here = probe.astimezone(SHANGHAI)
        assert not (official(here.date()).working and OFFICE_OPENS <= here.time() < OFFICE_CLOSES)
        probe += timedelta(minutes=30)


@given(MOMENTS, st.integers(1, 10), st.integers(0, 100), st.integers(1, 3))
def test_a_share_of_the_time_is_never_told_too_early(start, days, percent, level):
    due = in_working_days(start, days, official).due
    when = moment(Step("x", "treat", "handlers", percent=percent), Clock("n", "treat", level, start, due), official)
    exact = start + (due - start) * percent / 100
    assert when == (exact if level == 3 else office_time(exact, official))


@pytest.mark.parametrize(
    ("days_after", "level", "told"),
    [
        (0, 2, "2026-11-30 08:30"),  # due Friday at the close of office: told when it opens again
        (0, 3, "2026-11-27 17:30"),  # level 3 at once
        (1, 2, "2026-11-30 08:30"),
        (2, 2, "2026-12-01 08:30"),
        (1, 3, "2026-11-30 08:30"),
    ],
)
def test_days_past_the_deadline_are_working_days(days_after, level, told):
    step = Step("x", "treat", "leads", days_after=days_after)
    assert moment(step, clock(level), official) == at(told)


def test_a_step_speaks_of_its_own_purpose_and_level_only():
    assert moment(Step("x", "sign", "handlers", percent=75), clock(), official) is None
    assert moment(Step("x", "treat", "managers", days_after=0, level=3), clock(2), official) is None
    assert moment(Step("x", "treat", "managers", days_after=0, level=3), clock(3), official) is not None


def test_about_level_three_at_any_hour():
    night = at("2026-11-28 03:00")
    assert allowed(night, 3, official) == night
    assert allowed(night, 2, official) == at("2026-11-30 08:30")


def test_a_calendar_without_working_days_is_a_mistake():
    from tracker.risks.clocks import DayKind

    with pytest.raises(ValueError, match="fewer than 1 working days"):
        office_time(MONDAY, lambda _day: DayKind(working=False, why="停"))
