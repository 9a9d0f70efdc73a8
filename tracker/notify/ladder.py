"""When a step of the ladder speaks, pure.

Nobody is told anything at night or on a day off, except about level 3: a moment that falls there waits for the next opening of
the office.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tracker.risks.clocks import OFFICE_CLOSES, SHANGHAI, Calendar

OFFICE_OPENS = time(8, 30)
LEVEL_AT_ANY_HOUR = 3
_HORIZON = 60


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: at `percent` of the time used, or `days_after` working days past the deadline; exactly one of them is set."""

    code: str
    purpose: str
    to: str
    percent: int | None = None
    days_after: int | None = None
    level: int = 0


@dataclass(frozen=True, slots=True)
class Clock:
    """One running deadline of one item; aware times."""

    number: str
    purpose: str
    level: int
    start: datetime
    due: datetime


def moment(step: Step, clock: Clock, calendar: Calendar) -> datetime | None:
    """When `step` speaks about `clock` (aware UTC); None when it is not meant for it."""
    if step.purpose != clock.purpose or clock.level < step.level:
        return None
    if step.percent is not None:
        when = clock.start + (clock.due - clock.start) * step.percent / 100
    elif step.days_after:
        when = _opening(clock.due.astimezone(SHANGHAI).date(), step.days_after, calendar)
    else:
        when = clock.due
    return allowed(when, clock.level, calendar)


def immediate(step: Step, clock: Clock) -> bool:
    """True for what cannot wait for tomorrow's digest: level 3, what nobody has signed for, and what is about to be missed."""
    return clock.level >= LEVEL_AT_ANY_HOUR or step.purpose == "sign" or step.percent is not None


def allowed(when: datetime, level: int, calendar: Calendar) -> datetime:
    """The first moment from `when` on at which somebody may be told about an item of `level` (aware UTC)."""
    return when.astimezone(UTC) if level >= LEVEL_AT_ANY_HOUR else office_time(when, calendar)


def office_time(when: datetime, calendar: Calendar) -> datetime:
    """`when`, if the office is open then, else the next opening."""
    local = when.astimezone(SHANGHAI)
    if calendar(local.date()).working and local.time() < OFFICE_CLOSES:
        return max(local, datetime.combine(local.date(), OFFICE_OPENS, SHANGHAI)).astimezone(UTC)
    return _opening(local.date(), 1, calendar)


def _opening(day: date, nth: int, calendar: Calendar) -> datetime:
    """The opening of the office on the `nth` working day after `day`."""
    left = nth
    for _step in range(_HORIZON):
        day += timedelta(days=1)
        left -= calendar(day).working
        if left == 0:
            return datetime.combine(day, OFFICE_OPENS, SHANGHAI).astimezone(UTC)
    raise ValueError(f"the calendar has fewer than {nth} working days in the {_HORIZON} days before {day}")
