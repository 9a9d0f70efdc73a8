"""People held against the ledger: whoever holds a role, a unit or an open account has it by an entry, or it is found.

Somebody with a database client can write themselves a role in the store; they cannot write the entry that gives it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from tracker.accounts.models import User
from tracker.ledger.models import Entry, moment_text
from tracker.ledger.services import ledger_hold

_ACTS: Final = ("user.create", "user.move", "user.leave", "role.give", "role.end")


@dataclass(slots=True)
class Standing:
    """What the ledger gives a person: each role with its end ("" for none), the code of the unit, whether the account is open."""

    roles: dict[str, str] = field(default_factory=dict)
    unit: str = ""
    open: bool = True

    def told(self, act: str, data: dict[str, Any]) -> None:
        """One entry further."""
        match act:
            case "user.create":
                self.roles, self.unit = dict.fromkeys(data["roles"], ""), data["unit"]
            case "user.move":
                self.unit = data["unit"]
            case "user.leave":
                self.open = False
            case "role.give":
                self.roles[data["role"]] = moment_text(datetime.fromisoformat(data["until"])) if data["until"] else ""
            case "role.end":
                self.roles.pop(data["role"], None)


def people_verify() -> Iterator[tuple[str, str]]:
    """(user name, sentence) for everybody who is not what the ledger made them; nothing when all agree."""
    found = list(_disagreements())
    if found:
        # Somebody may have been given a role between the reading of the ledger and that of the people.
        with transaction.atomic():
            ledger_hold()
            found = list(_disagreements())
    yield from found


def _disagreements() -> Iterator[tuple[str, str]]:
    known = _told()
    for user in User.objects.select_related("unit").prefetch_related("grants").order_by("username"):
        if user.username not in known:
            yield user.username, "has an account that the ledger does not know"
        else:
            yield from ((user.username, sentence) for sentence in _differences(user, known.pop(user.username)))
    yield from ((name, "is in the ledger but has no account") for name in sorted(known))


def _told() -> dict[str, Standing]:
    found: dict[str, Standing] = {}
    entries = Entry.objects.filter(act__in=_ACTS, subject__startswith="user:").order_by("seq")
    for act, subject, data in entries.values_list("act", "subject", "data").iterator():
        found.setdefault(subject.removeprefix("user:"), Standing()).told(act, json.loads(data))
    return found


def _differences(user: User, told: Standing) -> Iterator[str]:
    held = {grant.role: moment_text(grant.until) if grant.until else "" for grant in user.grants.all()}
    for role in sorted(held.keys() - told.roles.keys()):
        yield f"holds the role {role}, which no entry gives"
    for role in sorted(told.roles.keys() - held.keys()):
        yield f"does not hold the role {role}, which the ledger gives"
    for role in sorted(held.keys() & told.roles.keys()):
        if held[role] != told.roles[role]:
            yield f"holds the role {role} until {held[role] or 'for good'}, by the ledger {told.roles[role] or 'for good'}"
    if (unit := user.unit.code if user.unit else "") != told.unit:
        yield f"is in the unit {unit or '-'}, by the ledger in {told.unit or '-'}"
    if user.is_active != told.open:
        yield "has an open account, which the ledger has closed" if user.is_active else "is shut out without an entry"
