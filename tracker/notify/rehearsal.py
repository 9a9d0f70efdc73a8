"""What a step of the ladder would have said in the past, from the ledger.

Only items that it can have spoken about are played: those on which something was recorded since the office last closed before, and those
that stand open with a deadline it had not yet spoken about by then. Nothing else can appear, so the cost grows with the time asked for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import F, Q

from tracker.accounts.models import Unit
from tracker.ledger.models import Entry, moment_text
from tracker.notify.ladder import Clock, Step, allowed, moment
from tracker.notify.selectors import recipients
from tracker.risks.clocks import SHANGHAI, Calendar
from tracker.risks.deadlines import current_calendar
from tracker.risks.lifecycle import OPEN, Act, State
from tracker.risks.models import Risk
from tracker.risks.replay import Standing, stages

_OPEN = frozenset(map(str, OPEN))
# From assigned to assigned: another unit, with its own time to sign.
_ANEW = frozenset({f"risk.{Act.TRANSFER}"})
# Says only that a deadline has passed: it neither moves nor meets one.
_NOTED = f"risk.{Act.BREACH}"
_SENT_BACK = f"risk.{Act.SEND_BACK}"
_CHUNK = 500


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
    listeners: dict[Unit | None, int] = {}
    for risk, entries in _histories(_within_reach(step, since, calendar)):
        for when in _spoken(step, risk, _Past(entries), calendar):
            if since <= when < until:
                spoken.append((risk.number, when))
                if risk.unit not in listeners:
                    listeners[risk.unit] = len(recipients(step.to, risk.unit, until))
                count += listeners[risk.unit]
    return Rehearsal(tuple(sorted(spoken, key=lambda pair: (pair[1], pair[0]))), count)


def _within_reach(step: Step, since: datetime, calendar: Calendar) -> list[str]:
    """The numbers of the items about which `step` can have spoken at `since` or later.

    On what has not moved since `closed`, everything held before `since` already: only its present deadline can speak, at its moment.
    That the machine noted a passed deadline moves nothing.
    """
    closed = _earliest(replace(step, percent=100, days_after=None), since, calendar)
    moved = (
        Entry.objects.filter(subject__startswith="risk:", at__gte=moment_text(closed)).exclude(act=_NOTED).order_by()
    )
    due = f"{step.purpose}_due"
    unmet = {
        "sign": Q(state=State.ASSIGNED),
        "treat": Q(submitted_at=None) | Q(submitted_at__gt=F("treat_due")),
        "answer": Q(answered_at=None),
    }[step.purpose]
    ahead = Q(**{f"{due}__gte": _earliest(step, since, calendar)})
    standing = Risk.objects.filter(unmet, ahead, state__in=OPEN, level__gte=step.level).order_by()
    numbers = {subject.removeprefix("risk:") for subject in moved.values_list("subject", flat=True).distinct()}
    return sorted(numbers | set(standing.values_list("number", flat=True)))


def _earliest(step: Step, since: datetime, calendar: Calendar) -> datetime:
    """A deadline before which `step` has spoken before `since`, at the latest."""
    day = since.astimezone(SHANGHAI).date()
    while True:
        due = datetime.combine(day, time(), SHANGHAI).astimezone(UTC)
        when = moment(step, Clock("", step.purpose, step.level, due, due), calendar)
        if when is None or when < since:
            return due
        day -= timedelta(days=1)


class _Past:
    """The entries of one item, and what they had made of it at any moment."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self.times = [_time(entry.at) for entry in entries]
        self.stages = stages(entries)
        self._in_order = all(one <= next_one for one, next_one in pairwise(self.times))

    def standing(self, when: datetime) -> Standing:
        """What the entries of `when` and before give."""
        if self._in_order:
            return self.stages[bisect_right(self.times, when)]
        return stages(entry for entry, at in zip(self.entries, self.times, strict=True) if at <= when)[-1]


def _histories(numbers: Sequence[str]) -> Iterator[tuple[Risk, list[Entry]]]:
    for start in range(0, len(numbers), _CHUNK):
        chunk = numbers[start : start + _CHUNK]
        entries: defaultdict[str, list[Entry]] = defaultdict(list)
        subjects = [f"risk:{number}" for number in chunk]
        for entry in Entry.objects.filter(subject__in=subjects).order_by("subject", "seq"):
            entries[entry.subject].append(entry)
        for risk in Risk.objects.filter(number__in=chunk).select_related("unit"):
            yield risk, entries[risk.subject]


def _spoken(step: Step, risk: Risk, past: _Past, calendar: Calendar) -> Iterator[datetime]:
    """When `step` would have spoken about `risk`: once a deadline, at the first moment at which it held."""
    said: set[datetime] = set()
    for clock, known in _given(risk, past):
        when = moment(step, clock, calendar)
        if when is None or clock.due in said:
            continue
        # What was decided only after its moment (a level raised, a deadline shortened) is said when it was decided.
        first = when if when >= known else allowed(known, clock.level, calendar)
        spoken = next((at for at in _chances(first, clock, past, calendar) if _unmet(clock, past.standing(at))), None)
        if spoken is not None:
            said.add(clock.due)
            yield spoken


def _chances(first: datetime, clock: Clock, past: _Past, calendar: Calendar) -> Iterator[datetime]:
    """When a step looks at `clock`: at its moment, and whenever what had met the clock was sent back after it."""
    yield first
    for entry, again in zip(past.entries, past.times, strict=True):
        if entry.act == _SENT_BACK and again > first:
            yield allowed(again, clock.level, calendar)


def _given(risk: Risk, past: _Past) -> Iterator[tuple[Clock, datetime]]:
    """Every deadline at every level the entries gave it, each with the moment from which that held."""
    seen: set[tuple[str, str, int]] = set()
    started: dict[tuple[str, str], str] = {}
    given = ""
    for entry, standing in zip(past.entries, past.stages[1:], strict=True):
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


def _unmet(clock: Clock, standing: dict[str, Any]) -> bool:
    """Say whether `clock` was the deadline and level of an item that stood so, and was it unmet."""
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
