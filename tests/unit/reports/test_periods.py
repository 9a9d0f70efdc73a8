from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.reports.periods import (
    BadPeriod,
    Month,
    Week,
    Year,
    parse,
    parse_month,
    parse_week,
    parse_year,
    week_at,
    week_of_day,
)


def test_a_week_is_monday_to_monday_in_shanghai():
    week = parse_week("2026-W47")
    assert (week.since, week.until) == (datetime(2026, 11, 15, 16, tzinfo=UTC), datetime(2026, 11, 22, 16, tzinfo=UTC))
    assert week_at(week.since) == week
    assert week_at(week.since - timedelta(microseconds=1)) == Week(2026, 46)


def test_the_label_names_the_year_where_it_is_another():
    assert parse_week("2026-W47").label() == "2026年第47周（11月16日至11月22日）"
    assert parse_week("2026-W53").label() == "2026年第53周（12月28日至2027年1月3日）"


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_every_day_is_in_exactly_one_week_that_reads_back(day):
    week = week_of_day(day)
    assert day in week.days
    assert parse_week(week.name) == week
    assert week.shifted(1).since == week.until
    assert week.shifted(1).shifted(-1) == week


@pytest.mark.parametrize(
    "text",
    ["2019-W60", "2019-W53", "2019-W00", "2019W10", "2019-10", "", "2019-W1", "0001-W01", "9999-W52", "２０１９-W10"],
)
def test_a_week_that_does_not_exist_is_one_sentence(text):
    with pytest.raises(BadPeriod) as caught:
        parse_week(text)
    assert repr(text) in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_every_day_is_in_one_month_and_one_year_that_read_back(day):
    month, year = Month(day.year, day.month), Year(day.year)
    assert day in month.days
    assert day in year.days
    assert (parse_month(month.name), parse_year(year.name)) == (month, year)
    for period in (month, year):
        assert period.shifted(1).since == period.until
        assert period.shifted(1).shifted(-1) == period
    assert year.months[0].since == year.since
    assert year.months[-1].until == year.until


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "2026-1", "0001-01", "9999-12", "2026", "x", "2026-W01"])
def test_a_month_that_does_not_exist_is_one_sentence(text):
    with pytest.raises(BadPeriod, match="is not a month"):
        parse_month(text)


@pytest.mark.parametrize("text", ["26", "0003", "9999", "2026-01", "２０２６"])
def test_a_year_that_does_not_exist_is_one_sentence(text):
    with pytest.raises(BadPeriod, match="is not a year"):
        parse_year(text)


def test_a_period_is_told_apart_by_its_form():
    assert parse("2026-W05", (Week, Month)) == Week(2026, 5)
    assert parse("2026-05", (Week, Month)) == Month(2026, 5)
    with pytest.raises(BadPeriod, match="is not a week"):
        parse("2026", (Week, Month))
