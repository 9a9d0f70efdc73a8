"""Which clocks run, who is to hear of them, and what a step would have said in the past."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet

from tracker.accounts.models import Role, Unit, User
from tracker.ledger.models import Entry, moment_text
from tracker.notify.ladder import Clock, Step, allowed, moment
from tracker.notify.models import Audience, Notice
from tracker.risks.clocks import Calendar, met
from tracker.risks.deadlines import current_calendar
from tracker.risks.lifecycle import OPEN, Act, State
from tracker.risks.models import Risk
from tracker.risks.replay import replayed

_OPEN = frozenset(map(str, OPEN))
# From assigned to assigned: another unit, with its own time to sign.
_ANEW = frozenset({f"risk.{Act.TRANSFER}"})
_SENT_BACK = f"risk.{Act.SEND_BACK}"


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


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a step would have said between two moments: (item, when) each, and how many notices that makes today's people."""

    spoken: tuple[tuple[str, datetime], ...]
    notices: int


def rehearse(step: Step, since: datetime, until: datetime) -> Rehearsal:
    """Play `step` over the ledger of [since, until): "this rule would have sent N notices last month".

    Deadlines, levels and states are those of the time; the people and the calendar are today's.
    """
    calendar, spoken, count = current_calendar(), [], 0
    for risk, entries in _histories():
        for when in _spoken(step, risk, entries, calendar):
            if since <= when < until:
                spoken.append((risk.number, when))
                count += len(recipients(step.to, risk.unit, until))
    return Rehearsal(tuple(sorted(spoken, key=lambda pair: (pair[1], pair[0]))), count)


def _histories() -> Iterator[tuple[Risk, list[Entry]]]:
    entries: dict[str, list[Entry]] = defaultdict(list)
    for entry in Entry.objects.filter(subject__startswith="risk:").order_by("seq").iterator():
        entries[entry.subject].append(entry)
    for risk in Risk.objects.select_related("unit").iterator():
        yield risk, entries[risk.subject]


def _spoken(step: Step, risk: Risk, entries: Sequence[Entry], calendar: Calendar) -> Iterator[datetime]:
    """When `step` would have spoken about `risk`: once a deadline, at the first moment at which it held."""
    said: set[datetime] = set()
    for clock, known in _given(risk, entries):
        when = moment(step, clock, calendar)
        if when is None or clock.due in said:
            continue
        # What was decided only after its moment (a level raised, a deadline shortened) is said when it was decided.
        first = when if when >= known else allowed(known, clock.level, calendar)
        spoken = next((at for at in _chances(first, clock, entries, calendar) if _unmet(clock, entries, at)), None)
        if spoken is not None:
            said.add(clock.due)
            yield spoken


def _chances(first: datetime, clock: Clock, entries: Sequence[Entry], calendar: Calendar) -> Iterator[datetime]:
    """When a step looks at `clock`: at its moment, and whenever what had met the clock was sent back after it."""
    yield first
    for entry in entries:
        if entry.act == _SENT_BACK and (again := _time(entry.at)) > first:
            yield allowed(again, clock.level, calendar)


def _given(risk: Risk, entries: Sequence[Entry]) -> Iterator[tuple[Clock, datetime]]:
    """Every deadline at every level the entries gave it, each with the moment from which that held."""
    seen: set[tuple[str, str, int]] = set()
    started: dict[tuple[str, str], str] = {}
    given = ""
    for count, entry in enumerate(entries, 1):
        standing = replayed(entries[:count])
        reopened = standing["recurrences"] > 0
        given = entry.at if entry.to_state == State.ASSIGNED != entry.from_state or entry.act in _ANEW else given
        starts = {
            "sign": given,
            "treat": standing["assigned_at"],
            "answer": standing["assigned_at"] if reopened else moment_text(risk.discovered_at),
        }
        for purpose, start in starts.items():
            due, level = standing[f"{purpose}_due"], standing["level"]
            if due and (purpose, due, level) not in seen:
                seen.add((purpose, due, level))
                began = started.setdefault((purpose, due), start)
                yield Clock(risk.number, purpose, level, _time(began), _time(due)), _time(entry.at)


def _unmet(clock: Clock, entries: Iterable[Entry], when: datetime) -> bool:
    """Say whether `clock` was this item's deadline and level at `when`, and was it unmet."""
    standing: dict[str, Any] = replayed(entry for entry in entries if _time(entry.at) <= when)
    if standing[f"{clock.purpose}_due"] != moment_text(clock.due) or standing["level"] != clock.level:
        return False
    kept = {
        "sign": standing["state"] != State.ASSIGNED,
        "treat": "" < standing["submitted_at"] <= standing["treat_due"],
        "answer": bool(standing["answered_at"]),
    }
    return standing["state"] in _OPEN and not kept[clock.purpose]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
