"""What a risk was at a moment of the past: its ledger entries before that moment, replayed by the rules of the lifecycle.

A paper speaks of the end of its week, not of the moment somebody computes it: so state, unit, level, deadlines and outcome come
from the ledger, and a closing after the week does not reach back into it. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple, cast

from tracker.ledger.models import moment_text
from tracker.reports.facts import ActRow, RiskRow
from tracker.risks.clocks import met
from tracker.risks.lifecycle import OPEN, Act
from tracker.risks.replay import replayed

_OPEN = {str(state) for state in OPEN}
_SUPERVISE = f"risk.{Act.SUPERVISE}"


class Snapshot(NamedTuple):
    """One risk at one moment. `state` is empty before it was listed; a time is None where there is none.

    `in_time`: the unit applied to strike off within the deadline, and that has not been sent back. What follows from the rest is
    kept, not computed on demand: a paper asks a million times.
    """

    row: RiskRow
    key: str
    open: bool
    in_time: bool
    state: str
    level: int
    topic: str
    unit: str
    outcome: str
    returns: int
    send_backs: int
    recurrences: int
    supervised: bool
    listed_at: datetime | None
    assigned_at: datetime | None
    answered_at: datetime | None
    submitted_at: datetime | None
    closed_at: datetime | None
    sign_due: datetime | None
    treat_due: datetime | None
    answer_due: datetime | None

    def overdue(self, at: datetime) -> bool:
        """Open past the treatment deadline without an application in time, as `risks.selectors.overdue` has it."""
        return self.open and self.treat_due is not None and self.treat_due < at and not self.in_time


def snapshot(row: RiskRow, at: datetime) -> Snapshot:
    """`row` as it was just before `at`; `risks.replay.Unlawful` when its entries break the table of the lifecycle."""
    return snapshots(row, (at,))[0]


def snapshots(row: RiskRow, moments: Sequence[datetime]) -> list[Snapshot]:
    """`row` just before each of `moments`; between two moments without an entry it is the same object."""
    return snapshots_at(row, [moment_text(moment) for moment in moments])


def snapshots_at(row: RiskRow, moments: Sequence[str]) -> list[Snapshot]:
    """`snapshots` for moments as the ledger writes them, rising."""
    if not row.moved_since(moments[0]):
        return [_standing(row, list(row.acts))] * len(moments)
    found: dict[int, Snapshot] = {}
    shots = []
    for at in moments:
        past = [act for act in row.acts if act.at < at]
        if len(past) not in found:
            found[len(past)] = _standing(row, past)
        shots.append(found[len(past)])
    return shots


def _standing(row: RiskRow, past: list[ActRow]) -> Snapshot:
    standing = replayed(cast("list[Any]", past))  # a frozen row has what the protocol reads, but may not be written to
    assigned, submitted, closed, sign, treat, answer = [_moment(text) for text in _times(standing)]
    state, level, topic, unit, outcome, returns, send_backs, recurrences = _same(standing)
    return Snapshot(
        row,
        row.key,
        state in _OPEN,
        met(treat, submitted),
        state,
        level,
        topic,
        unit,
        outcome,
        returns,
        send_backs,
        recurrences,
        any(act.act == _SUPERVISE for act in past),
        past[0].moment if past else None,
        assigned,
        # Where no answer of its own is recorded, it goes with the application to strike off and falls with it.
        _moment(standing.get("answered_at", standing["submitted_at"])),
        submitted,
        closed,
        sign,
        treat,
        answer,
    )


# In the order of the fields of a Snapshot.
_times = itemgetter("assigned_at", "submitted_at", "closed_at", "sign_due", "treat_due", "answer_due")
_same = itemgetter("state", "level", "topic", "unit", "outcome", "returns", "send_backs", "recurrences")


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
