"""Counting one period over the replayed sheet, pure: what moved in it, what stood at its end, what fell due.

Movements are counted by ledger entry, stocks by risk, so that the balance always closes even when an item is struck off and
reopened in one week: open before + listed + reopened - closed - withdrawn = open after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import pairwise

from tracker.ledger.models import moment_text
from tracker.reports.facts import ActRow, RiskRow
from tracker.reports.history import Snapshot, snapshots_at
from tracker.risks.lifecycle import Act, Outcome, State

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Tally:
    """[since, until) of the sheet: each risk just before `since` and just before `until`, and the entries between."""

    since: datetime
    until: datetime
    before: tuple[Snapshot, ...]
    after: tuple[Snapshot, ...]
    acts: tuple[ActRow, ...]

    @cached_property
    def _by_act(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for act in self.acts:
            found[act.act].append(act.key)
        return found

    @cached_property
    def _struck(self) -> tuple[tuple[ActRow, str], ...]:
        struck = (act for act in self.acts if struck_off(act))
        return tuple((act, str(act.brought.get("outcome", ""))) for act in struck)

    def moved(self, *acts: Act) -> Keys:
        """The entries of `acts`."""
        return tuple(key for act in acts for key in self._by_act.get(f"risk.{act}", ()))

    def struck(self) -> tuple[ActRow, ...]:
        """The entries that struck an item off."""
        return tuple(act for act, _outcome in self._struck)

    def fixed(self) -> Keys:
        """Strikings-off with the outcome "fixed": the only ones that count as fixed."""
        return self.struck_as(Outcome.FIXED)

    def struck_as(self, outcome: str) -> Keys:
        return tuple(act.key for act, found in self._struck if found == outcome)

    def open_before(self) -> Keys:
        return tuple(shot.key for shot in self.before if shot.open)

    def open_after(self) -> Keys:
        return tuple(shot.key for shot in self.after if shot.open)

    def listed(self) -> tuple[Snapshot, ...]:
        """The items that came onto the sheet in this period, as they stand at its end."""
        return tuple(s for s in self.after if s.listed_at and self.since <= s.listed_at < self.until)

    def overdue(self) -> tuple[Snapshot, ...]:
        """Open past the treatment deadline at the end of the period, longest overdue first: all of them, always."""
        return self._overdue

    @cached_property
    def _overdue(self) -> tuple[Snapshot, ...]:
        late = [shot for shot in self.after if shot.overdue(self.until)]
        return tuple(sorted(late, key=lambda shot: (shot.treat_due or self.until, shot.row.number)))

    def due(self) -> Due:
        """The items whose treatment fell due in this period; in time when the unit applied in time and was not sent back."""
        whole = [s for s in self.after if s.treat_due and self.since <= s.treat_due < self.until and _counts(s)]
        done = ((s, s.submitted_at if s.in_time else s.closed_at) for s in whole)
        return _partition((s.key, s.treat_due, when) for s, when in done if s.treat_due)

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


def struck_off(act: ActRow) -> bool:
    """The entry that struck an item off."""
    return act.to_state == State.CLOSED != act.from_state


def breached(act: ActRow) -> bool:
    """The entry of a treatment deadline that passed."""
    return act.act == f"risk.{Act.BREACH}" and act.brought.get("purpose") == "treat"


def keys(shots: Iterable[Snapshot], when: Callable[[Snapshot], object] = lambda _shot: True) -> Keys:
    """The keys of those `shots` for which `when` holds."""
    return tuple(shot.key for shot in shots if when(shot))


def tally(risks: Sequence[RiskRow], since: datetime, until: datetime) -> Tally:
    """`risks` over [since, until)."""
    return tallies(risks, (since, until))[0]


def tallies(risks: Sequence[RiskRow], moments: Sequence[datetime]) -> list[Tally]:
    """`risks` over each interval between two neighbours of `moments`, rising."""
    texts = [moment_text(moment) for moment in moments]
    shots = [snapshots_at(risk, texts) for risk in risks]
    columns = [tuple(column) for column in zip(*shots, strict=True)] or [()] * len(moments)
    return [
        Tally(since, until, columns[index], columns[index + 1], _between(risks, since, until))
        for index, (since, until) in enumerate(pairwise(moments))
    ]


def _between(risks: Sequence[RiskRow], since: datetime, until: datetime) -> tuple[ActRow, ...]:
    low, high = moment_text(since), moment_text(until)
    moves = [act for risk in risks if risk.moved_since(low) for act in risk.acts if low <= act.at < high]
    return tuple(sorted(moves, key=lambda act: act.seq))
