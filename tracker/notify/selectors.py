"""Which clocks run, and who is to hear of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q, QuerySet

from tracker.accounts.models import Role, Unit, User
from tracker.notify.ladder import Clock
from tracker.notify.models import Audience, Notice
from tracker.risks.clocks import met
from tracker.risks.lifecycle import OPEN, State
from tracker.risks.models import Risk


def clocks(risk: Risk) -> Iterator[Clock]:
    """The deadlines of `risk` that run now and are unmet."""
    unmet = {
        "sign": risk.state == State.ASSIGNED,
        "treat": risk.state in OPEN and not met(risk.treat_due, risk.submitted_at),
        "answer": risk.state in OPEN and risk.answered_at is None,
    }
    dues = {"sign": risk.sign_due, "treat": risk.treat_due, "answer": risk.answer_due}
    for purpose, due in dues.items():
        if due and unmet[purpose]:
            start = datetime.fromisoformat(risk.arithmetic[purpose]["start"])
            yield Clock(risk.number, purpose, risk.level, start, due)


def recipients(to: str, unit: Unit | None, now: datetime) -> list[str]:
    """The user names that `to` means for an item of `unit`; nobody while it has no unit, except managers.

    A unit without a manager of its own is led by its handlers: a reminder that reaches nobody is none.
    """
    if to == Audience.MANAGERS:
        return _holders(Role.MANAGER, now, ~Q(unit__path__startswith=unit.path) if unit else Q())
    if unit is None:
        return []
    leads = _holders(Role.MANAGER, now, Q(unit=unit)) if to == Audience.LEADS else []
    return leads or _holders(Role.HANDLER, now, Q(unit=unit))


def _holders(role: Role, now: datetime, where: Q) -> list[str]:
    held = User.objects.filter(
        where, Q(grants__until=None) | Q(grants__until__gt=now), is_active=True, grants__role=role
    )
    return sorted(set(held.values_list("username", flat=True)))


def notices(username: str, *, unread: bool = False) -> QuerySet[Notice]:
    """What was said to one person, newest first."""
    rows = Notice.objects.filter(recipient=username).order_by("-at", "-id")
    return rows.filter(read_at=None) if unread else rows
