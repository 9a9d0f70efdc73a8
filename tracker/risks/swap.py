"""The one way a risk changes: policy, compare-and-swap on state and version, ledger entry, in the caller's transaction.

`opened` answers for the person and the version before anything else is asked of them; `applied` writes. What is refused raises a
`Refused` whose message is the sentence for the person, and nothing is written then.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Role
from tracker.risks.errors import Conflict, Incomplete
from tracker.risks.lifecycle import TABLE, Act, State
from tracker.risks.models import Risk
from tracker.risks.policies import RiskView, refusal

LONGEST_TEXT = 10_000


def view_of(risk: Risk) -> RiskView:
    """`risk` as the rules see it."""
    return RiskView(
        state=State(risk.state),
        level=risk.level,
        unit_path=risk.unit.path if risk.unit else "",
        returns=risk.returns,
        hands=frozenset(risk.hands),
        verified_by=risk.verified_by,
        beside=(
            *(unit.path for unit in risk.assisting.all()),
            *([risk.supervising_unit.path] if risk.supervising_unit else []),
        ),
    )


def fetch(risk: int) -> Risk:
    """The risk with its units; Risk.DoesNotExist when there is none."""
    return _with_units().get(pk=risk)


def _with_units() -> QuerySet[Risk]:
    return Risk.objects.select_related("unit", "assigning_unit", "supervising_unit").prefetch_related("assisting")


def held(risk: int) -> Risk:
    """The risk as it stands, locked until the transaction ends."""
    return _with_units().select_for_update(of=("self",), no_key=True).get(pk=risk)


def opened(act: Act, *, risk: int, version: int, actor: Actor) -> Risk:
    """The risk, when `actor` may do `act` to the version they saw.

    Conflict comes first: whoever acts on an old page is told so, not that the newer state forbids it. The row is locked until
    the transaction ends, so whatever is asked afterwards (requests that wait, evidence there is) belongs to that version too.
    """
    row = held(risk)
    if row.version != version:
        raise _overtaken()
    if refused := refusal(act, view_of(row), actor):
        raise refused
    return row


def required(value: object, sentence: str) -> None:
    """Incomplete with `sentence` when `value` is empty."""
    if not value:
        raise Incomplete(sentence)


def applied(
    row: Risk,
    act: Act,
    *,
    actor: Actor,
    now: datetime,
    changes: Mapping[str, Any] | None = None,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> Risk:
    """Swap the `opened` row for its next version and append the entry; Conflict when somebody was faster since."""
    storable(Risk, {"": reason, **(changes or {})})
    target = TABLE[act].leads_to(State(row.state), row.level)
    swap = {**(changes or {}), "state": target, "version": row.version + 1}
    if TABLE[act].roles == {Role.HANDLER} and actor.username not in row.hands:
        swap["hands"] = [*row.hands, actor.username]
    if Risk.objects.filter(pk=row.pk, version=row.version, state=row.state).update(**swap) != 1:
        raise _overtaken()
    fresh = _after(row, swap)
    # Last: from here until the transaction ends, everybody else waits for the ledger.
    record(row, act, actor=actor, now=now, from_state=row.state, to_state=target, reason=reason, data=data)
    return fresh


def _after(row: Risk, swap: Mapping[str, Any]) -> Risk:
    """`row` as the store holds it after `swap`: what was written is read again in the form the store gives it, the rest was locked."""
    fresh = copy(row)
    fresh.refresh_from_db(fields=[*swap])
    for name, value in swap.items():
        if isinstance(value, Model):
            setattr(fresh, name, value)
    prefetch_related_objects([fresh], "assisting")
    return fresh


def _overtaken() -> Conflict:
    return Conflict(_("这件事刚刚已被他人办理，没有写入您的操作；请刷新后再看"))


def storable(model: type[Model], texts: Mapping[str, Any]) -> None:
    """Refuse what a store would choke on or cut: control zeros, halves of characters, more than the column holds.

    `texts` by column of `model`; a name that is no column (the entry's reason) may have LONGEST_TEXT characters.
    """
    columns = {field.name: field for field in model._meta.fields}  # noqa: SLF001 - Django's documented door
    for name, text in texts.items():
        if not isinstance(text, str):
            continue
        limit = getattr(columns.get(name), "max_length", None) or LONGEST_TEXT
        if len(text) > limit:
            raise Incomplete(_("文字太长：最多 {limit} 字，现有 {count} 字").format(limit=limit, count=len(text)))
        if any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in text):
            raise Incomplete(_("文字里有无法保存的字符，请删去后再试"))


def record(
    row: Risk,
    act: Act,
    *,
    actor: Actor,
    now: datetime,
    from_state: str,
    to_state: str,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """The ledger entry of one act on `row`."""
    entry_append(
        act=f"risk.{act}",
        subject=row.subject,
        actor=actor,
        now=now,
        from_state=from_state,
        to_state=to_state,
        reason=reason,
        data=data,
    )
