"""What a risk was at a moment of the past, replayed from its ledger entries.

A paper speaks of the end of its week, not of the moment somebody computes it: so state, unit, level and outcome come from the
ledger, and a closing after the week does not reach back into it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tracker.reports.facts import ActRow, RiskRow
from tracker.risks.lifecycle import OPEN, Act, State

_OPEN = {str(state) for state in OPEN}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One risk at one moment. `state` is empty before it was listed; the due times hold only while they run."""

    row: RiskRow
    state: str = ""
    level: int = 0
    unit: str = ""
    listed_at: datetime | None = None
    assigned_at: datetime | None = None
    submitted_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str = ""
    returns: int = 0
    send_backs: int = 0
    recurrences: int = 0
    supervised: bool = False
    treat_due: datetime | None = None
    answer_due: datetime | None = None
    sign_due: datetime | None = None

    @property
    def open(self) -> bool:
        return self.state in _OPEN

    @property
    def key(self) -> str:
        return self.row.key

    def overdue(self, at: datetime) -> bool:
        """Open past the treatment deadline, as `risks.selectors.overdue` has it."""
        return self.open and self.treat_due is not None and self.treat_due < at


def snapshot(row: RiskRow, at: datetime) -> Snapshot:
    """`row` as it was just before `at`."""
    past = [act for act in row.acts if act.at < at]
    future = [act for act in row.acts if act.at >= at]
    shot = Snapshot(row)
    for act in past:
        shot = _after(shot, act)
    dues = _arithmetic(row, future)
    return replace(
        shot,
        treat_due=_due(dues, "treat") if shot.assigned_at else None,
        answer_due=_due(dues, "answer"),
        sign_due=None if _unit_moves(future) else _due(dues, "sign"),
    )


def _arithmetic(row: RiskRow, future: Iterable[ActRow]) -> Mapping[str, Any]:
    """The deadlines before `future` happened: an act that changes them keeps the previous ones in its entry."""
    for act in future:
        previous = act.data.get("previous") or {}
        if isinstance(previous, Mapping) and previous.get("arithmetic"):
            return dict(previous["arithmetic"])
    return row.arithmetic


def _unit_moves(future: Iterable[ActRow]) -> bool:
    return any(act.act in (_name(Act.ASSIGN), _name(Act.REASSIGN)) for act in future)


def _due(arithmetic: Mapping[str, Any], purpose: str) -> datetime | None:
    text = arithmetic.get(purpose, {}).get("due")
    return datetime.fromisoformat(text) if text else None


def _name(act: Act) -> str:
    return f"risk.{act}"


def _after(shot: Snapshot, act: ActRow) -> Snapshot:
    """`shot` after one more entry: the same columns that `risks.services` sets, read from what the entry says."""
    changes: dict[str, Any] = {"state": act.to_state or shot.state}
    kind, data = act.act, act.data
    if kind == _name(Act.LIST):
        changes |= {"listed_at": act.at, "level": data.get("level", shot.level)}
    elif kind in (_name(Act.ASSIGN), _name(Act.REASSIGN)):
        changes |= {"unit": data.get("unit", shot.unit), "assigned_at": shot.assigned_at or act.at}
    elif kind == _name(Act.RETURN):
        changes |= {"returns": shot.returns + 1}
    elif kind == _name(Act.SUBMIT):
        changes |= {"submitted_at": act.at, "answered_at": act.at, "outcome": data.get("outcome", "")}
    elif kind == _name(Act.SEND_BACK):
        changes |= {"send_backs": shot.send_backs + 1, "submitted_at": None, "answered_at": None}
    elif kind == _name(Act.REOPEN):
        changes |= {
            "recurrences": shot.recurrences + 1, "level": data.get("level", shot.level), "assigned_at": act.at,
            "submitted_at": None, "answered_at": None, "closed_at": None, "outcome": "",
        }  # fmt: skip
    elif kind == _name(Act.RELEVEL):
        changes |= {"level": data.get("level", shot.level)}
    elif kind == _name(Act.SUPERVISE):
        changes |= {"supervised": True}
    if act.to_state in (State.CLOSED, State.WITHDRAWN) and act.from_state != act.to_state:
        changes |= {"closed_at": act.at}
    return replace(shot, **changes)
