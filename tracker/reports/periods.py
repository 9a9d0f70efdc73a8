"""The periods that papers speak of: ISO weeks, months and years of the office's own time zone, as half-open intervals of UTC."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar, Self

from tracker.risks.clocks import SHANGHAI

_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
_YEAR = re.compile(r"[0-9]{4}")
_MONTHS = 12


class BadPeriod(ValueError):
    """A period that does not exist; str() is one sentence that says how to write one."""


class Period(ABC):
    """[since, until): midnight to midnight, Asia/Shanghai, kept in UTC.

    `this`, `last` and `coming` are the words for it and its neighbours; `earlier` is how many periods before it an event's
    usual heat is measured on, `usual` the word for their mean; `trend` is how many periods a trend shows. `written`, `titled` and
    `axis` are the forms of its name, of the line under a title and of a label along an axis.
    """

    this: ClassVar[str]
    last: ClassVar[str]
    coming: ClassVar[str]
    usual: ClassVar[str]
    each: ClassVar[str]
    earlier: ClassVar[int]
    trend: ClassVar[int]
    written: ClassVar[str]
    titled: ClassVar[str]
    axis: ClassVar[str]

    @property
    @abstractmethod
    def first(self) -> date:
        """Its first day."""

    @abstractmethod
    def shifted(self, periods: int) -> Self:
        """The period `periods` later (earlier when negative)."""

    @property
    def name(self) -> str:
        """How commands, files and the store write it."""
        return self.written.format(self)

    def label(self) -> str:
        """Under the title of a paper."""
        return self.titled.format(self)

    def short(self) -> str:
        """Along the axis of a chart."""
        return self.axis.format(self)

    @property
    def after(self) -> date:
        """The first day that is no longer in it."""
        return self.shifted(1).first

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.first + timedelta(days=n) for n in range((self.after - self.first).days))

    @property
    def since(self) -> datetime:
        return _midnight(self.first)

    @property
    def until(self) -> datetime:
        return _midnight(self.after)


@dataclass(frozen=True, slots=True)
class Week(Period):
    """One ISO week, Monday to Sunday."""

    this, last, coming, usual, each, earlier, trend = "本周", "上周", "下周", "前四周均值", "每周", 4, 8
    written, titled, axis = "{0.year}-W{0.number:02d}", "{0.year}年第{0.number}周", "第{0.number}周"

    year: int
    number: int

    @property
    def first(self) -> date:
        return date.fromisocalendar(self.year, self.number, 1)

    def shifted(self, periods: int) -> Week:
        return week_of_day(self.first + timedelta(weeks=periods))

    def label(self) -> str:
        """2026年第47周（11月16日至11月22日）, with the year at each end that lies in another one."""
        ends = "至".join(_day(day, self.year) for day in (self.days[0], self.days[-1]))
        return f"{self.titled.format(self)}（{ends}）"


@dataclass(frozen=True, slots=True)
class Month(Period):
    """One calendar month."""

    this, last, coming, usual, each, earlier, trend = "本月", "上月", "下月", "上月", "每月", 1, 12
    written, titled, axis = "{0.year}-{0.number:02d}", "{0.year}年{0.number}月", "{0.number}月"

    year: int
    number: int

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    def shifted(self, periods: int) -> Month:
        year, month = divmod(self.year * _MONTHS + self.number - 1 + periods, _MONTHS)
        return Month(year, month + 1)


@dataclass(frozen=True, slots=True)
class Year(Period):
    """One calendar year."""

    this, last, coming, usual, each, earlier, trend = "本年", "上年", "下年", "上年", "每年", 1, 5
    written, titled, axis = "{0.year:04d}", "{0.year}年", "{0.year}年"

    year: int

    @property
    def first(self) -> date:
        return date(self.year, 1, 1)

    @property
    def months(self) -> tuple[Month, ...]:
        return tuple(Month(self.year, number) for number in range(1, _MONTHS + 1))

    def shifted(self, periods: int) -> Year:
        return Year(self.year + periods)


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


def month_at(moment: datetime) -> Month:
    """The month of an aware `moment`, as the office counts days."""
    day = moment.astimezone(SHANGHAI).date()
    return Month(day.year, day.month)


def year_at(moment: datetime) -> Year:
    """The year of an aware `moment`, as the office counts days."""
    return Year(moment.astimezone(SHANGHAI).year)


def parse_week(text: str) -> Week:
    """`2026-W47` → Week; BadPeriod for another form, for year 1, and for a week that the year does not have."""
    match = _WEEK.fullmatch(text)
    if not match:
        raise BadPeriod(f"{text!r} is not a week: write year and ISO week number, such as 2026-W47")
    year, number = _year_in_range(match[1], text, "week"), int(match[2])
    last = date(year, 12, 28).isocalendar().week
    if not 1 <= number <= last:
        raise BadPeriod(f"{text!r} is not a week: {year} has the weeks 01 to {last}, choose one of them")
    return Week(year, number)


def parse_month(text: str) -> Month:
    """`2026-11` → Month; BadPeriod for another form and for a month or year out of range."""
    match = _MONTH.fullmatch(text)
    if not match:
        raise BadPeriod(f"{text!r} is not a month: write year and month, such as 2026-11")
    year, number = _year_in_range(match[1], text, "month"), int(match[2])
    if not 1 <= number <= _MONTHS:
        raise BadPeriod(f"{text!r} is not a month: the months are 01 to 12, choose one of them")
    return Month(year, number)


def parse_year(text: str) -> Year:
    """`2026` → Year; BadPeriod for another form and for a year out of range."""
    if not _YEAR.fullmatch(text):
        raise BadPeriod(f"{text!r} is not a year: write four digits, such as 2026")
    return Year(_year_in_range(text, text, "year"))


def _year_in_range(digits: str, text: str, what: str) -> int:
    """Trends look some years back and every period has a neighbour, so the first and last years of the calendar are out."""
    year = int(digits)
    if not date.min.year + Year.trend < year < date.max.year:
        raise BadPeriod(f"{text!r} is not a {what}: the year {digits} is out of range, use one such as 2026")
    return year


_PARSERS: dict[type[Period], Any] = {Week: parse_week, Month: parse_month, Year: parse_year}


def parse(text: str, kinds: tuple[type[Period], ...]) -> Period:
    """The period `text` of one of `kinds`, told apart by its form; BadPeriod with the sentence of the first kind otherwise."""
    forms = {Week: _WEEK, Month: _MONTH, Year: _YEAR}
    kind = next((kind for kind in kinds if forms[kind].fullmatch(text)), kinds[0])
    found: Period = _PARSERS[kind](text)
    return found
