"""Level and field changed with a reason, and what a change of level does to the clocks that run.

Raised: the new level's period, counted from the change, holds where it ends earlier. Lowered: the new level's period, counted
from the clock's own start, holds where it ends later. So nobody is late by a decision, time that has run out is not given
back, and raising and lowering again ends where it began. A clock that is met or past is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from analysis.records import TOPICS
from tracker.accounts.actors import Actor, system_actor
from tracker.risks.deadlines import relevelled
from tracker.risks.errors import Incomplete
from tracker.risks.lifecycle import Act, State
from tracker.risks.models import Risk
from tracker.risks.swap import applied, fetch, opened, record, required

LEVELS = (1, 2, 3)


@transaction.atomic
def risk_relevel(*, risk: int, version: int, actor: Actor, now: datetime, level: int, reason: str) -> Risk:
    """Raise or lower the level, with a reason; the running clocks follow by rule and the entry shows from when to when."""
    row = opened(Act.RELEVEL, risk=risk, version=version, actor=actor)
    required(reason.strip(), _("请写明调整等级的理由"))
    if level not in LEVELS or level == row.level:
        raise Incomplete(_("请选择与现在不同的等级（1–3）"))
    changes, moved = _clocks(row, level, now)
    data = {"level": level, "was": row.level} | moved
    return applied(row, Act.RELEVEL, actor=actor, now=now, changes={"level": level} | changes, reason=reason, data=data)


@transaction.atomic
def risk_retopic(*, risk: int, version: int, actor: Actor, now: datetime, topic: str, reason: str) -> Risk:
    """Put the item into another field, with a reason; no clock depends on it."""
    row = opened(Act.RETOPIC, risk=risk, version=version, actor=actor)
    required(reason.strip(), _("请写明调整领域的理由"))
    if topic not in TOPICS or topic in ("-", row.topic):
        raise Incomplete(_("请选择与现在不同的领域"))
    data = {"topic": topic, "was": row.topic}
    return applied(row, Act.RETOPIC, actor=actor, now=now, changes={"topic": topic}, reason=reason, data=data)


def risen(row: Risk, why: str, now: datetime) -> Risk:
    """One level higher by rule, in the transaction that has just written `row` and so holds it; level 3 stays level 3."""
    row = fetch(row.pk)
    if row.level >= max(LEVELS):
        return row
    level = row.level + 1
    changes, moved = _clocks(row, level, now)
    Risk.objects.filter(pk=row.pk).update(level=level, version=row.version + 1, **changes)
    record(
        row, Act.RELEVEL, actor=system_actor("rules"), now=now, from_state=row.state, to_state=row.state, reason=why,
        data={"level": level, "was": row.level} | moved,
    )  # fmt: skip
    return fetch(row.pk)


def _clocks(row: Risk, level: int, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns of the clocks that move with the level, and what the entry says of them."""
    changes: dict[str, Any] = {}
    due, was = {}, {}
    for purpose in _running(row):
        book = row.arithmetic[purpose]
        found = relevelled(book, purpose, kind=row.kind, level=level, was=row.level, now=now)
        if found is not None:
            changes[f"{purpose}_due"] = datetime.fromisoformat(found["due"])
            changes["arithmetic"] = {**changes.get("arithmetic", row.arithmetic), purpose: found}
            due[purpose], was[purpose] = found["due"], book["due"]
    return changes, {"due": due, "was_due": was} if due else {}


def _running(row: Risk) -> Iterator[str]:
    if row.state == State.ASSIGNED:
        yield "sign"
    if row.treat_due and row.submitted_at is None:
        yield "treat"
    if row.answered_at is None:
        yield "answer"
