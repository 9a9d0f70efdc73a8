"""One entry of the ledger in the name of a person: who they are is taken from the actor, everywhere in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tracker.accounts.actors import Actor
from tracker.ledger.services import ledger_append


def entry_append(
    *,
    act: str,
    subject: str,
    actor: Actor,
    now: datetime,
    from_state: str = "",
    to_state: str = "",
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """`ledger_append` for what `actor` did; inside the transaction of the act, as there."""
    ledger_append(
        act=act,
        subject=subject,
        actor=actor.username,
        roles=actor.role_text,
        unit=actor.unit,
        now=now,
        from_state=from_state,
        to_state=to_state,
        reason=reason,
        data=data,
    )
