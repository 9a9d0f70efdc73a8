"""Counting one period over the replayed sheet, pure: what moved in it, what stood at its end, what fell due.

Movements are counted by ledger entry, stocks by risk, so that the balance always closes even when an item is struck off and
reopened in one week: open before + listed + reopened - closed - withdrawn = open after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.reports.facts import ActRow, RiskRow
from tracker.reports.history import Snapshot, snapshot
from tracker.risks.lifecycle import Act, Outcome, State

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """[since, until) of the sheet: each risk just before `since` and just before `until`, and the entries between."""

    since: datetime
    until: datetime
    before: tuple[Snapshot, ...]
    after: tuple[Snapshot, ...]
    acts: tuple[ActRow, ...]

    def moved(self, *acts: Act) -> Keys:
        """The entries of `acts`."""
        names = {f"risk.{act}" for act in acts}
        return tuple(act.key for act in self.acts if act.act in names)

    def struck(self) -> tuple[ActRow, ...]:
        """The entries that struck an item off."""
        return tuple(act for act in self.acts if act.to_state == State.CLOSED and act.from_state != State.CLOSED)

    def fixed(self) -> Keys:
        """Strikings-off with the outcome "fixed": the only ones that count as fixed."""
        return self.struck_as(Outcome.FIXED)

    def struck_as(self, outcome: str) -> Keys:
        return tuple(act.key for act in self.struck() if act.brought.get("outcome") == outcome)

    def open_before(self) -> Keys:
        return keys(self.before, lambda shot: shot.open)

    def open_after(self) -> Keys:
        return keys(self.after, lambda shot: shot.open)

    def listed(self) -> tuple[Snapshot, ...]:
        """The items that came onto the sheet in this period, as they stand at its end."""
        return tuple(s for s in self.after if s.listed_at and self.since <= s.listed_at < self.until)

    def overdue(self) -> tuple[Snapshot, ...]:
        """Open past the treatment deadline at the end of the period, longest overdue first: all of them, always."""
        late = [shot for shot in self.after if shot.overdue(self.until)]
        return tuple(sorted(late, key=lambda shot: (shot.treat_due or self.until, shot.row.number)))

    def due(self) -> Due:
        """The items whose treatment fell due in this period."""
        whole = [s for s in self.after if s.treat_due and self.since <= s.treat_due < self.until and _counts(s)]
        return _partition((s.key, s.treat_due, s.closed_at) for s in whole if s.treat_due)

    def answers(self) -> Due:
        """The items whose public answer fell due in this period."""
        whole = [s for s in self.after if s.answer_due and self.since <= s.answer_due < self.until and _counts(s)]
        return _partition((s.key, s.answer_due, s.answered_at) for s in whole if s.answer_due)

    def unanswered(self) -> tuple[Snapshot, ...]:
        """Open past the deadline of the public answer at the end of the period, longest first."""
        late = [s for s in self.after if s.open and not s.answered_at and s.answer_due and s.answer_due < self.until]
        return tuple(sorted(late, key=lambda shot: (shot.answer_due or self.until, shot.row.number)))


@dataclass(frozen=True, slots=True)
class Due:
    """A partition: whole = on_time + late + still_open."""

    whole: Keys
    on_time: Keys
    late: Keys
    still_open: Keys


def _partition(rows: Iterable[tuple[str, datetime, datetime | None]]) -> Due:
    """(key, due, done or None) each."""
    every = list(rows)
    return Due(
        whole=tuple(key for key, _due, _done in every),
        on_time=tuple(key for key, due, done in every if done and done <= due),
        late=tuple(key for key, due, done in every if done and done > due),
        still_open=tuple(key for key, _due, done in every if not done),
    )


def _counts(shot: Snapshot) -> bool:
    """A withdrawn item was listed in error: it owes nothing."""
    return shot.state not in ("", State.WITHDRAWN)


def keys(shots: Iterable[Snapshot], when: Callable[[Snapshot], object] = lambda _shot: True) -> Keys:
    """The keys of those `shots` for which `when` holds."""
    return tuple(shot.key for shot in shots if when(shot))


def tally(risks: Sequence[RiskRow], since: datetime, until: datetime) -> Tally:
    """`risks` over [since, until)."""
    moves = [act for risk in risks for act in risk.acts if since <= act.moment < until]
    return Tally(
        since=since,
        until=until,
        before=tuple(snapshot(risk, since) for risk in risks),
        after=tuple(snapshot(risk, until) for risk in risks),
        acts=tuple(sorted(moves, key=lambda act: act.seq)),
    )
