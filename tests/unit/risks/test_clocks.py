"""The two clocks, against an implementation that walks minute-free through the days and can be read at a glance."""

from __future__ import annotations

import time as machine
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tracker.risks.calendars import official
from tracker.risks.clocks import (
    SHANGHAI,
    DayKind,
    Deadline,
    Pause,
    after_level_change,
    in_hours,
    in_working_days,
    met,
    paused,
    used,
)

MOMENTS = st.datetimes(datetime(2019, 1, 1), datetime(2026, 10, 1), timezones=st.just(UTC))  # noqa: DTZ001
ZONES = st.integers(-12, 14).map(lambda h: timezone(timedelta(hours=h)))


def slow_due(start: datetime, days: int, worked, held: int = 60) -> datetime:
    """List far more days than needed, keep the worked ones, take the `days`-th."""
    first = start.astimezone(SHANGHAI).date()
    later = [first + timedelta(n) for n in range(1, 60 + 12 * days + 2 * held)]
    return datetime.combine([d for d in later if worked(d)][days - 1], time(17, 30), SHANGHAI)


@given(MOMENTS, st.integers(1, 30))
def test_working_days_agree_with_the_slow_way(start, days):
    found = in_working_days(start, days, official)
    assert found.due == slow_due(start, days, lambda d: official(d).working)


@given(MOMENTS, st.integers(1, 12), st.sets(st.integers(1, 40)))
def test_working_days_agree_on_any_calendar(start, days, free):
    first = start.astimezone(SHANGHAI).date()
    closed = {first + timedelta(n) for n in free}

    def calendar(day: date) -> DayKind:
        return DayKind(working=day not in closed, why="" if day not in closed else "停")

    found = in_working_days(start, days, calendar)
    assert found.due == slow_due(start, days, lambda d: d not in closed)
    last = found.due.astimezone(SHANGHAI).date()
    assert [d for d, _why in found.skipped] == sorted(d for d in closed if first < d < last)


@given(MOMENTS, st.integers(1, 20))
def test_the_arithmetic_adds_up(start, days):
    found = in_working_days(start, days, official)
    span = (found.due.astimezone(SHANGHAI).date() - start.astimezone(SHANGHAI).date()).days
    assert span == days + len(found.skipped)
    assert all(why for _day, why in found.skipped)
    assert official(found.due.astimezone(SHANGHAI).date()).working
    assert found.due > start


@given(MOMENTS, st.integers(1, 20), ZONES)
def test_the_zone_of_the_start_does_not_matter(start, days, zone):
    assert in_working_days(start.astimezone(zone), days, official) == in_working_days(start, days, official)


@given(MOMENTS, MOMENTS, st.integers(1, 20))
def test_starting_later_is_never_due_earlier(one, other, days):
    early, late = sorted([one, other])
    assert in_working_days(early, days, official).due <= in_working_days(late, days, official).due


@given(MOMENTS, st.integers(0, 500), ZONES)
def test_hours_are_natural_hours(start, hours, zone):
    found = in_hours(start.astimezone(zone), hours)
    assert found.due - start == timedelta(hours=hours)
    assert found.due.tzinfo is UTC
    assert not found.skipped


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-11-23 09:00", 1, "2026-11-24 17:30"),  # Monday → Tuesday
        ("2026-11-23 23:59", 1, "2026-11-24 17:30"),  # late at night is still Monday
        ("2026-11-24 00:01", 1, "2026-11-25 17:30"),  # a minute past midnight is Tuesday
        ("2026-11-20 16:00", 1, "2026-11-23 17:30"),  # Friday → over the weekend
        ("2026-09-30 10:00", 1, "2026-10-08 17:30"),  # over National Day
        ("2026-10-09 10:00", 1, "2026-10-10 17:30"),  # the Saturday after it is worked
        ("2026-02-13 10:00", 3, "2026-02-25 17:30"),  # Sat 14 worked, holiday 15-23, then Tue 24, Wed 25
        ("2025-01-24 10:00", 2, "2025-01-27 17:30"),  # Sunday 26 is worked before Spring Festival
        ("2024-04-30 10:00", 6, "2024-05-11 17:30"),  # Labour Day, then 6-10 May and the worked Saturday 11
    ],
)
def test_known_cases(start, days, due):
    begun = datetime.fromisoformat(start).replace(tzinfo=SHANGHAI)
    found = in_working_days(begun, days, official).due.astimezone(SHANGHAI)
    assert found.strftime("%Y-%m-%d %H:%M") == due


def test_what_makes_no_sense_is_refused():
    start = datetime(2026, 11, 23, tzinfo=UTC)
    with pytest.raises(ValueError, match="at least one working day"):
        in_working_days(start, 0, official)
    with pytest.raises(ValueError, match="not negative"):
        in_hours(start, -1)
    with pytest.raises(ValueError, match="time zone"):
        in_hours(datetime(2026, 11, 23), 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        in_working_days(datetime(2026, 11, 23), 1, official)  # noqa: DTZ001
    with pytest.raises(ValueError, match="fewer than 1 working days"):
        in_working_days(start, 1, lambda _day: DayKind(working=False, why="停"))


def test_a_deadline_beyond_the_published_years_says_so_once():
    found = in_working_days(datetime(2026, 12, 30, tzinfo=UTC), 15, official)
    assert len(found.notes) == 1
    assert found.to_dict()["notes"] == list(found.notes)


@given(MOMENTS, st.integers(1, 10), st.floats(0, 3))
def test_used_is_the_share_of_the_time(start, days, share):
    due = in_working_days(start, days, official).due
    assume(due > start)
    assert used(start, due, start + (due - start) * share) == pytest.approx(share, abs=1e-6)


@given(MOMENTS, st.integers(1, 15), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)), max_size=4))
def test_paused_days_do_not_count(start, days, spans):
    first = start.astimezone(SHANGHAI).date()
    pauses = [Pause(first + timedelta(a), first + timedelta(a + n), "等") for a, n in spans]
    held = {first + timedelta(a + k) for a, n in spans for k in range(n)}
    found = in_working_days(start, days, paused(official, pauses))
    assert found.due == slow_due(start, days, lambda d: official(d).working and d not in held, len(held))
    assert found.due >= in_working_days(start, days, official).due


def test_no_time_at_all_is_used_up():
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert used(now, now, now) == 1.0


def test_the_arithmetic_is_plain_json():
    found = in_working_days(datetime(2026, 9, 30, 2, tzinfo=UTC), 1, official).to_dict()
    assert found["unit"] == "working days"
    assert found["skipped"][0] == ["2026-10-01", "国庆节"]
    assert datetime.fromisoformat(found["due"]) == datetime(2026, 10, 8, 9, 30, tzinfo=UTC)


def test_a_deadline_holds_all_it_was_reckoned_from():
    start, due = datetime(2026, 11, 23, 2, tzinfo=UTC), datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
    assert in_hours(start, 5) == Deadline(start, start + timedelta(hours=5), 5, "hours")
    found = in_working_days(start, 2, official)
    assert found == Deadline(start, due, 2, "working days")
    assert found.due.tzinfo is UTC
    assert found.to_dict() == {
        "start": start.isoformat(), "due": due.isoformat(), "amount": 2, "unit": "working days", "skipped": [], "notes": [],
    }  # fmt: skip


def test_the_zone_of_the_machine_does_not_matter(monkeypatch):
    start = datetime(2026, 11, 23, 17, tzinfo=UTC)  # Tuesday one o'clock in Shanghai, Monday noon in New York
    here = in_working_days(start, 1, official)
    monkeypatch.setenv("TZ", "America/New_York")
    machine.tzset()
    try:
        assert in_working_days(start, 1, official) == here
        assert here.due == datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        machine.tzset()


def test_a_paused_day_is_free_and_says_why():
    day = date(2026, 11, 24)
    calendar = paused(official, [Pause(day, date(2026, 11, 25), "等备件")])
    assert calendar(day) == DayKind(working=False, why="等备件")
    assert calendar(day).working is False
    assert calendar(date(2026, 11, 25)) == official(date(2026, 11, 25))


def test_the_share_of_a_very_short_time_is_a_share_too():
    start = datetime(2026, 11, 23, tzinfo=UTC)
    assert used(start, start + timedelta(seconds=1), start + timedelta(seconds=0.25)) == 0.25


OLD = datetime(2026, 11, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("new", "raised", "now", "moves"),
    [
        (OLD - DAY, True, OLD - 3 * DAY, True), (OLD, True, OLD - DAY, False), (OLD + DAY, True, OLD - DAY, False),
        (OLD + DAY, False, OLD - DAY, True), (OLD, False, OLD - DAY, False), (OLD - DAY, False, OLD - 3 * DAY, False),
        (OLD + DAY, False, OLD, True), (OLD - DAY, True, OLD, True),
        (OLD + DAY, False, OLD + timedelta(seconds=1), False), (OLD - DAY, True, OLD + timedelta(seconds=1), False),
    ],
)  # fmt: skip
def test_a_raise_only_shortens_a_lowering_only_lengthens_and_what_has_passed_stands(new, raised, now, moves):
    assert after_level_change(OLD, new, raised=raised, now=now) is moves


@pytest.mark.parametrize(
    ("due", "done", "kept"),
    [(OLD, OLD, True), (OLD, OLD - DAY, True), (OLD, OLD + DAY, False), (None, OLD, False), (OLD, None, False)],
)
def test_what_was_done_by_its_deadline_is_met(due, done, kept):
    assert met(due, done) is kept
