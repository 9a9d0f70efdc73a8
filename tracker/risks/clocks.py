"""The two clocks, pure: the public answer runs in natural hours, the treatment in working days.

Working days count from the day after the start; the deadline is the close of office (`OFFICE_CLOSES`) on the last of them, so
nothing ever falls due at midnight or on a holiday. A deadline carries its arithmetic, so that it can be shown and frozen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
# No wait of a sender is longer: what waits longer was put off under a clock that ran ahead, and is due now.
FARTHEST = timedelta(days=14)
OFFICE_CLOSES = time(17, 30)
_HORIZON = 400


@dataclass(frozen=True, slots=True)
class DayKind:
    """Is a day worked, and why: a holiday's name, 调休上班, 周末; `basis` says where that comes from."""

    working: bool
    why: str = ""
    basis: str = ""


Calendar = Callable[[date], DayKind]


@dataclass(frozen=True, slots=True)
class Deadline:
    """When something is due (aware UTC) and how that was reckoned.

    `amount` in `unit` ("working days" or "hours"); `skipped` are the days that did not count, each with its reason.
    """

    start: datetime
    due: datetime
    amount: int
    unit: str
    skipped: tuple[tuple[date, str], ...] = ()
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON for the store: frozen with the item, whatever happens to the calendar later."""
        return {
            "start": self.start.isoformat(),
            "due": self.due.isoformat(),
            "amount": self.amount,
            "unit": self.unit,
            "skipped": [[day.isoformat(), why] for day, why in self.skipped],
            "notes": list(self.notes),
        }


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"a clock needs a time zone, got the naive {moment.isoformat()}")
    return moment.astimezone(UTC)


def in_hours(start: datetime, hours: int) -> Deadline:
    """`hours` ≥ 0 natural hours after `start`: nights and holidays count."""
    if hours < 0:
        raise ValueError(f"a period of hours is not negative, got {hours}")
    start = _aware(start)
    return Deadline(start, start + timedelta(hours=hours), hours, "hours")


def in_working_days(start: datetime, days: int, calendar: Calendar) -> Deadline:
    """The close of office on the `days`-th working day after the day of `start` (`days` ≥ 1).

    ValueError when the calendar knows no such day within 400 days: a calendar with only holidays is a mistake.
    """
    if days < 1:
        raise ValueError(f"a treatment period has at least one working day, got {days}")
    start = _aware(start)
    day, left = start.astimezone(SHANGHAI).date(), days
    skipped: list[tuple[date, str]] = []
    notes: list[str] = []
    for _step in range(_HORIZON):
        day += timedelta(days=1)
        kind = calendar(day)
        if kind.basis and kind.basis not in notes:
            notes.append(kind.basis)
        if not kind.working:
            skipped.append((day, kind.why))
            continue
        left -= 1
        if left == 0:
            due = datetime.combine(day, OFFICE_CLOSES, SHANGHAI).astimezone(UTC)
            return Deadline(start, due, days, "working days", tuple(skipped), tuple(notes))
    raise ValueError(f"the calendar has fewer than {days} working days in the {_HORIZON} days after {start.date()}")


@dataclass(frozen=True, slots=True)
class Pause:
    """Whole days that do not count, from `first` up to but without `until`, and why."""

    first: date
    until: date
    why: str


def paused(calendar: Calendar, pauses: Sequence[Pause]) -> Calendar:
    """`calendar` with the days of `pauses` taken out."""

    def kind(day: date) -> DayKind:
        held = next((pause for pause in pauses if pause.first <= day < pause.until), None)
        return DayKind(working=False, why=held.why) if held else calendar(day)

    return kind


def used(start: datetime, due: datetime, now: datetime) -> float:
    """The share of the time used at `now`: 0 at the start, 1 at the deadline, above 1 when overdue."""
    whole = (due - start).total_seconds()
    return (now - start).total_seconds() / whole if whole > 0 else 1.0


def after_level_change(old: datetime, new: datetime, *, raised: bool, now: datetime) -> bool:
    """True when the deadline `new` replaces `old` after the level changed at `now`.

    A raise only shortens and a lowering only lengthens; what has passed stands, so that no change of level undoes a breach.
    """
    if now > old:
        return False
    return new < old if raised else new > old


def met(due: datetime | None, done: datetime | None) -> bool:
    """True when what was due was done in time.

    The treatment is done by the application to strike off, unless that is sent back: then it has not been done, and the clock,
    which never stopped, tells how late it is.
    """
    return due is not None and done is not None and done <= due
