"""Which days are worked: the department's own edits, else the State Council's arrangement, else an honest estimate.

The arrangement (holidays and make-up working days) comes from the package `chinesecalendar`, which knows the years that have
been published. For later years: statutory holidays by the package `holidays`, weekends off, and a note that says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from typing import Any

from tracker.risks.clocks import Calendar, DayKind

_SATURDAY = 5


@cache
def _estimate(year: int) -> Any:
    import holidays

    return holidays.country_holidays("CN", years=year, language="zh_CN")


@lru_cache(maxsize=4096)
def official(day: date) -> DayKind:
    """The State Council's arrangement for `day`, or the estimate for a year not yet published."""
    import chinese_calendar

    try:
        on_holiday, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return _estimated(day)
    if on_holiday:
        return DayKind(working=False, why=_CHINESE.get(name or "", name or "周末"))
    return DayKind(working=True, why="调休上班" if day.weekday() >= _SATURDAY else "")


def _estimated(day: date) -> DayKind:
    basis = f"{day.year}年放假安排尚未公布，按周末和法定节日推算，公布后请核对"
    if name := _estimate(day.year).get(day):
        return DayKind(working=False, why=str(name), basis=basis)
    return DayKind(working=day.weekday() < _SATURDAY, why="周末" if day.weekday() >= _SATURDAY else "", basis=basis)


_CHINESE = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利70周年",
}


def with_edits(edits: Mapping[date, DayKind]) -> Calendar:
    """The official calendar with the department's own days laid over it."""
    return lambda day: edits.get(day) or official(day)
