"""How each unit stands in a period, pure: what it was given, what it owed, what it did in time, and its rank.

Owed (应结) is what had fallen due by the end and was not settled before the period began, so an old overdue item weighs on its
unit every week until it is struck off. In time is what the unit applied for in time (`risks.clocks.met`), however long others took
to verify it; while they do, it is not owed. The rank follows the share of the owed that was struck off in time; ties share a rank.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tracker.ledger.models import moment_text
from tracker.reports.facts import ActRow, RiskRow
from tracker.reports.history import Snapshot
from tracker.reports.tally import Tally
from tracker.reports.wording import local
from tracker.risks.lifecycle import Act, State

_GIVING = {f"risk.{Act.ASSIGN}", f"risk.{Act.REASSIGN}", f"risk.{Act.TRANSFER}"}


@dataclass(slots=True)
class Standing:
    """One unit over one period: record keys under each heading; `hours_lost` between its returns and what followed them."""

    unit: str
    given: list[str] = field(default_factory=list)
    owed: list[str] = field(default_factory=list)
    on_time: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    overdue: list[str] = field(default_factory=list)
    sent_back: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    recurred: list[str] = field(default_factory=list)
    hours_lost: float = 0.0
    rank: int | None = None

    @property
    def merit(self) -> tuple[float, int, int]:
        """The order of the rank: a greater share in time, then fewer overdue, then fewer sent back."""
        return (-len(self.on_time) / len(self.owed), len(self.overdue), len(self.sent_back))


def standings(tally: Tally) -> dict[str, Standing]:
    """Every unit that had anything to do with the period, by code, ranked where it owed something."""
    found: dict[str, Standing] = {}
    since = moment_text(tally.since)
    for shot in tally.after:
        if shot.unit and _owed(shot, tally):
            _owe(found.setdefault(shot.unit, Standing(shot.unit)), shot)
        # Most items lie still: only one that moved, or lies returned, has anything more to say.
        if not shot.row.moved_since(since) and shot.state != State.RETURNED:
            continue
        for act, unit in acts_with_units(shot.row):
            if unit and act.moment < tally.until:
                _move(found, act, unit, tally)
        for unit, start, end in _away(shot.row, tally.until):
            lost = (min(end, tally.until) - max(start, tally.since)) / timedelta(hours=1)
            if lost > 0:
                found.setdefault(unit, Standing(unit)).hours_lost += lost
    _rank([standing for standing in found.values() if standing.owed])
    return found


def _owed(shot: Snapshot, tally: Tally) -> bool:
    """Fallen due by the end, not withdrawn, and not struck off before the period began."""
    if shot.treat_due is None or shot.treat_due >= tally.until or shot.state in ("", State.WITHDRAWN):
        return False
    if shot.open and shot.in_time:
        return False
    return shot.closed_at is None or shot.closed_at >= tally.since or shot.treat_due >= tally.since


def _owe(standing: Standing, shot: Snapshot) -> None:
    standing.owed.append(shot.key)
    if shot.closed_at is None:
        standing.overdue.append(shot.key)
    else:
        (standing.on_time if shot.in_time else standing.late).append(shot.key)


def acts_with_units(row: RiskRow) -> Iterator[tuple[ActRow, str]]:
    """Each act with the unit in charge when it was done (for a giving act: the unit that received)."""
    unit = ""
    for act in row.acts:
        if act.act in _GIVING:
            unit = str(act.brought.get("unit", ""))
        yield act, unit


_HEADINGS = {
    **dict.fromkeys(_GIVING, "given"), f"risk.{Act.REOPEN}": "recurred",
    f"risk.{Act.SEND_BACK}": "sent_back", f"risk.{Act.RETURN}": "returned",
}  # fmt: skip


def _move(found: dict[str, Standing], act: ActRow, unit: str, tally: Tally) -> None:
    heading = _HEADINGS.get(act.act)
    if heading and act.moment >= tally.since:
        getattr(found.setdefault(unit, Standing(unit)), heading).append(act.key)


def _away(row: RiskRow, until: datetime) -> Iterator[tuple[str, datetime, datetime]]:
    """(unit that returned, from, until when the item lay returned)."""
    pairs = list(acts_with_units(row))
    for index, (act, unit) in enumerate(pairs):
        if act.to_state == State.RETURNED != act.from_state:
            left = (later.moment for later, _unit in pairs[index + 1 :] if later.to_state != State.RETURNED)
            yield unit, act.moment, next(left, until)


def bounced(row: RiskRow) -> Iterator[tuple[str, ActRow]]:
    """(unit, arbitration) of each return that ended with the same unit in charge: the grounds did not hold."""
    returner = ""
    for act, unit in acts_with_units(row):
        if act.act == f"risk.{Act.RETURN}":
            returner = unit
        elif act.act == f"risk.{Act.REASSIGN}":
            if unit == returner:
                yield unit, act
            returner = ""


def _rank(standings: Sequence[Standing]) -> None:
    ordered = sorted(standings, key=lambda s: (s.merit, s.unit))
    for place, standing in enumerate(ordered, 1):
        before = ordered[place - 2] if place > 1 else None
        standing.rank = before.rank if before and before.merit == standing.merit else place


def working_days_between(start: datetime, end: datetime, free: frozenset[date]) -> int:
    """Working days after the day of `start` up to the last whole day before `end`; days outside `free`'s span count as worked."""
    day, last, days = local(start).date(), local(end - timedelta(microseconds=1)).date(), 0
    while day < last:
        day += timedelta(days=1)
        days += day not in free
    return days
