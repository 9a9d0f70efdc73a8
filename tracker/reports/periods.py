"""The weeks that papers speak of: ISO weeks of the office's own time zone, as half-open intervals of UTC."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tracker.risks.clocks import SHANGHAI

_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")


class BadWeek(ValueError):
    """A week that does not exist; str() is one sentence that says how to write one."""


@dataclass(frozen=True, slots=True)
class Week:
    """[since, until) of one ISO week: Monday 00:00 to Monday 00:00, Asia/Shanghai, kept in UTC."""

    year: int
    number: int

    @property
    def name(self) -> str:
        return f"{self.year}-W{self.number:02d}"

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.monday + timedelta(days=n) for n in range(7))

    @property
    def since(self) -> datetime:
        return _midnight(self.monday)

    @property
    def until(self) -> datetime:
        return _midnight(self.monday + timedelta(days=7))

    def shifted(self, weeks: int) -> Week:
        """The week `weeks` later (earlier when negative)."""
        return week_of_day(self.monday + timedelta(weeks=weeks))

    def label(self) -> str:
        """2026年第47周（11月16日至11月22日）, with the year at each end that lies in another one."""
        first, last = self.days[0], self.days[-1]
        return f"{self.year}年第{self.number}周（{_day(first, self.year)}至{_day(last, self.year)}）"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def _day(day: date, year: int) -> str:
    return f"{day.month}月{day.day}日" if day.year == year else f"{day.year}年{day.month}月{day.day}日"


def week_of_day(day: date) -> Week:
    """The ISO week that holds `day`."""
    year, number, _weekday = day.isocalendar()
    return Week(year, number)


def week_at(moment: datetime) -> Week:
    """The ISO week of an aware `moment`, as the office counts days."""
    return week_of_day(moment.astimezone(SHANGHAI).date())


def parse_week(text: str) -> Week:
    """`2026-W47` → Week; BadWeek for another form, for year 1, and for a week that the year does not have."""
    match = _WEEK.fullmatch(text)
    if not match:
        raise BadWeek(f"{text!r} is not a week: write year and ISO week number, such as 2026-W47")
    year, number = int(match[1]), int(match[2])
    try:
        date.fromisocalendar(year - 1, 1, 1), date.fromisocalendar(year + 1, 1, 1)
        last = date(year, 12, 28).isocalendar().week
    except ValueError as error:
        raise BadWeek(f"{text!r} is not a week: the year {match[1]} is out of range, use one such as 2026") from error
    if not 1 <= number <= last:
        raise BadWeek(f"{text!r} is not a week: {year} has the weeks 01 to {last}, choose one of them")
    return Week(year, number)
