"""Which days are worked: the State Council's arrangements of 2019-2026, the estimate beyond them, the department's own days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from chinese_calendar.constants import Holiday

from tracker.risks.calendars import _CHINESE, official, with_edits
from tracker.risks.clocks import DayKind

# Weekend days declared worked, copied by hand from the State Council's yearly notices.
MAKE_UP = {
    2019: "0202 0203 0428 0505 0929 1012",
    2020: "0119 0426 0509 0628 0927 1010",
    2021: "0207 0220 0425 0508 0918 0926 1009",
    2022: "0129 0130 0402 0424 0507 1008 1009",
    2023: "0128 0129 0423 0506 0625 1007 1008",
    2024: "0204 0218 0407 0428 0511 0914 0929 1012",
    2025: "0126 0208 0427 0928 1011",
    2026: "0104 0214 0228 0509 0920 1010",
}
# Weekdays declared free, the same way: first and last day of each long holiday.
FREE = {
    2019: ["0101-0101", "0204-0210", "0405-0405", "0501-0504", "0607-0607", "0913-0913", "1001-1007"],
    2020: ["0101-0101", "0124-0202", "0404-0406", "0501-0505", "0625-0627", "1001-1008"],
    2024: ["0101-0101", "0210-0217", "0404-0406", "0501-0505", "0610-0610", "0915-0917", "1001-1007"],
    2025: ["0101-0101", "0128-0204", "0404-0406", "0501-0505", "0531-0602", "1001-1008"],
    2026: ["0101-0103", "0215-0223", "0404-0406", "0501-0505", "0619-0621", "0925-0927", "1001-1007"],
}


def day(year: int, text: str) -> date:
    return date(year, int(text[:2]), int(text[2:]))


def days(year: int):
    return [date(year, 1, 1) + timedelta(n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


@pytest.mark.parametrize("year", MAKE_UP)
def test_every_make_up_day_and_no_other_weekend_is_worked(year):
    expected = {day(year, text) for text in MAKE_UP[year].split()}
    assert {d for d in days(year) if d.weekday() >= 5 and official(d).working} == expected
    assert {official(d).why for d in expected} == {"调休上班"}


@pytest.mark.parametrize("year", FREE)
def test_every_holiday_and_no_other_weekday_is_free(year):
    expected = set()
    for span in FREE[year]:
        first, last = (day(year, text) for text in span.split("-"))
        expected |= {first + timedelta(n) for n in range((last - first).days + 1)}
    assert all(not official(d).working for d in expected)
    assert {d for d in days(year) if d.weekday() < 5 and not official(d).working} == {
        d for d in expected if d.weekday() < 5
    }


def test_each_holiday_says_its_chinese_name():
    assert {holiday.value for holiday in Holiday} == set(_CHINESE)
    assert official(date(2026, 2, 17)).why == "春节"
    assert official(date(2026, 11, 22)).why == "周末"
    assert official(date(2026, 11, 23)) == DayKind(working=True)


def test_a_year_without_an_arrangement_is_estimated_and_says_so():
    for free in (date(2027, 10, 1), date(2027, 1, 1), date(2027, 3, 6)):
        kind = official(free)
        assert not kind.working
        assert kind.why
        assert "2027" in kind.basis
    assert official(date(2027, 3, 9)).working
    assert official(date(2026, 3, 9)).basis == ""


def test_the_departments_own_day_overrides_the_arrangement():
    monday, sunday = date(2026, 11, 23), date(2026, 11, 22)
    calendar = with_edits({monday: DayKind(working=False, why="停电"), sunday: DayKind(working=True)})
    assert calendar(monday) == DayKind(working=False, why="停电")
    assert calendar(sunday).working
    assert calendar(date(2026, 11, 24)) == official(date(2026, 11, 24))
