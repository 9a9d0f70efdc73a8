"""From the editable tables to a deadline: which rule holds for this risk, on which calendar."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from tracker.risks.calendars import with_edits
from tracker.risks.clocks import Calendar, DayKind, Deadline, in_hours, in_working_days
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
