"""From the editable tables to a deadline: which rule holds for this risk, on which calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from tracker.risks.calendars import with_edits
from tracker.risks.clocks import (
    Calendar,
    DayKind,
    Deadline,
    Pause,
    after_level_change,
    in_hours,
    in_working_days,
    paused,
)
from tracker.risks.errors import Refused
from tracker.risks.models import CalendarDay, DeadlineRule


class NoRule(Refused):
    """The table of periods has no row for this risk; the message says which."""


def pick(rules: Iterable[DeadlineRule], purpose: str, kind: str, level: int) -> DeadlineRule:
    """The most specific of `rules`: kind and level, then kind, then level, then any; NoRule when none fits."""
    fitting = [r for r in rules if r.purpose == purpose and r.kind in (kind, "*") and r.level in (level, 0)]
    if not fitting:
        raise NoRule(
            _("期限表里没有“{purpose} / {kind} / {level} 级”的期限，请管理员补上一行").format(
                purpose=purpose, kind=kind, level=level
            )
        )
    return max(fitting, key=lambda r: (r.kind != "*", r.level != 0))


def current_calendar() -> Calendar:
    """The official calendar with the department's edits."""
    return with_edits(
        {d.day: DayKind(working=d.working, why=d.note or _("本部门调整")) for d in CalendarDay.objects.all()}
    )


def deadline_for(purpose: str, *, kind: str, level: int, start: datetime) -> Deadline:
    """When `purpose` (sign, treat, answer) is due for a risk of `kind` and `level` that starts at `start`."""
    rule = pick(DeadlineRule.objects.filter(purpose=purpose), purpose, kind, level)
    if rule.unit == "hours":
        return in_hours(start, rule.amount)
    return in_working_days(start, rule.amount, current_calendar())


def opening_book(given: Deadline) -> dict[str, Any]:
    """The treatment clock as it is frozen with the assignment; what is granted or paused later is written into it."""
    return given.to_dict() | {"given": given.amount, "granted": [], "pauses": []}


def most_days(kind: str, level: int) -> int:
    """How many working days the extensions of one assignment may add up to."""
    return pick(DeadlineRule.objects.filter(purpose="extend"), "extend", kind, level).amount


def treatment(book: Mapping[str, Any]) -> dict[str, Any]:
    """The treatment clock reckoned anew from its own frozen `book`: start, days given, days granted since, pauses.

    The start never moves and no day is taken away: an extension adds days, a pause takes its days out of the count.
    """
    days = book["given"] + sum(book["granted"])
    counted_from = datetime.fromisoformat(book.get("counted_from", book["start"]))
    found = in_working_days(counted_from, days, paused(current_calendar(), _pauses(book))).to_dict()
    return {**book, **found, "start": book["start"]}


def relevelled(
    book: Mapping[str, Any], purpose: str, *, kind: str, level: int, was: int, now: datetime
) -> dict[str, Any] | None:
    """`book` after the level became `level` at `now`; None where the deadline stands (the rule is `clocks.after_level_change`).

    Working days granted and pauses stay. The start stays what it was; `counted_from` says from when days count since a raise, and
    `levels` keeps each change with the deadline it replaced.
    """
    rule = pick(DeadlineRule.objects.filter(purpose=purpose), purpose, kind, level)
    start, old = datetime.fromisoformat(book["start"]), datetime.fromisoformat(book["due"])
    counted_from = now if level > was else start
    if rule.unit == "hours":
        found = in_hours(counted_from, rule.amount)
    else:
        days = rule.amount + sum(book.get("granted", ()))
        found = in_working_days(counted_from, days, paused(current_calendar(), _pauses(book)))
    if not after_level_change(old, found.due, raised=level > was, now=now):
        return None
    kept = {key: value for key, value in book.items() if key != "counted_from"}
    moved = {"counted_from": now.isoformat()} if level > was else {}
    levels = [*book.get("levels", ()), [now.isoformat(), was, level, book["due"]]]
    given = {"given": rule.amount} if "given" in book else {}
    return {**kept, **found.to_dict(), **given, "start": book["start"], **moved, "levels": levels}


def _pauses(book: Mapping[str, Any]) -> list[Pause]:
    return [
        Pause(date.fromisoformat(first), date.fromisoformat(until), why) for first, until, why in book.get("pauses", ())
    ]


def long_overdue(risks: Iterable[tuple[int, str, int, datetime | None]], now: datetime) -> list[int]:
    """Those of `risks` (key, kind, level, treatment deadline) that are overdue by more than the table's number of days."""
    rules, calendar = list(DeadlineRule.objects.filter(purpose="overdue")), current_calendar()
    return [
        key
        for key, kind, level, due in risks
        if due and in_working_days(due, pick(rules, "overdue", kind, level).amount, calendar).due < now
    ]
