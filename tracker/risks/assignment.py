"""交办: which unit is in charge, which assist and which supervises; signed for, returned, ruled on, transferred.

The treatment clock runs from the first assignment and stops for none of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor
from tracker.accounts.models import Unit
from tracker.risks.deadlines import deadline_for, opening_book
from tracker.risks.errors import Incomplete
from tracker.risks.lifecycle import RETURN_REASONS, Act
from tracker.risks.models import Risk
from tracker.risks.policies import RETURNS_ALLOWED
from tracker.risks.swap import applied, opened, required


@transaction.atomic
def risk_assign(
    *, risk: int, version: int, actor: Actor, now: datetime, unit: Unit, requirements: str, contact: str = "",
    assisting: Iterable[Unit] = (), supervising: Unit | None = None,
) -> Risk:  # fmt: skip
    """交办: from here the treatment clock runs, whether or not anybody signs."""
    row = opened(Act.ASSIGN, risk=risk, version=version, actor=actor)
    required(requirements.strip(), _("请写明交办要求"))
    helpers = sorted({helper.pk: helper for helper in assisting}.values(), key=lambda helper: helper.code)
    if unit in helpers or unit == supervising:
        raise Incomplete(_("承办单位不能同时是协办或督办单位"))
    changes = _assignment(row, unit, actor, now)
    changes |= {"requirements": requirements, "contact": contact, "supervising_unit": supervising}
    data = {
        "unit": unit.code,
        "assisting": [helper.code for helper in helpers],
        "supervising": supervising.code if supervising else "",
        "requirements": requirements,
        "contact": contact,
        "due": dues(changes["arithmetic"], "sign", "treat"),
    }
    row.assisting.set(helpers)
    return applied(row, Act.ASSIGN, actor=actor, now=now, changes=changes, data=data)


def dues(arithmetic: Mapping[str, Any], *purposes: str) -> dict[str, str]:
    """The deadlines given by an act, for its entry: what the ledger holds nobody can shift later."""
    return {purpose: arithmetic[purpose]["due"] for purpose in purposes}


def _assignment(row: Risk, unit: Unit, actor: Actor, now: datetime) -> dict[str, Any]:
    """The columns of an assignment. A second unit gets no new clock: it runs from the first assignment."""
    assigning = Unit.objects.filter(code=actor.unit).first()
    # The next unit has its own time to sign, so its own lateness in signing is noted too.
    breaches = ",".join(b for b in row.breaches.split(",") if b != "sign")
    changes: dict[str, Any] = {"unit": unit, "assigning_unit": assigning, "signed_at": None, "breaches": breaches}
    sign = deadline_for("sign", kind=row.kind, level=row.level, start=now)
    changes |= {"sign_due": sign.due, "arithmetic": {**row.arithmetic, "sign": sign.to_dict()}}
    if row.assigned_at is None:
        treat = deadline_for("treat", kind=row.kind, level=row.level, start=now)
        changes |= {"assigned_at": now, "treat_due": treat.due}
        changes["arithmetic"]["treat"] = opening_book(treat)
    return changes


@transaction.atomic
def risk_sign(*, risk: int, version: int, actor: Actor, now: datetime) -> Risk:
    """签收 by the unit in charge."""
    row = opened(Act.SIGN, risk=risk, version=version, actor=actor)
    return applied(row, Act.SIGN, actor=actor, now=now, changes={"signed_at": now})


@transaction.atomic
def risk_return(*, risk: int, version: int, actor: Actor, now: datetime, reason_code: str, reason: str) -> Risk:
    """退回 with a reason code and the grounds of jurisdiction; the clock does not stop."""
    row = opened(Act.RETURN, risk=risk, version=version, actor=actor)
    if reason_code not in RETURN_REASONS:
        raise Incomplete(_("请选择退回事由"))
    required(reason.strip(), _("退回要写明依据：哪条职责、应由谁办"))
    changes = {"returns": row.returns + 1, "signed_at": None}
    data = {"reason_code": reason_code, "unit": row.unit.code if row.unit else ""}
    return applied(row, Act.RETURN, actor=actor, now=now, changes=changes, reason=reason, data=data)


@transaction.atomic
def risk_reassign(*, risk: int, version: int, actor: Actor, now: datetime, unit: Unit, reason: str) -> Risk:
    """裁定: a returned item goes to a unit again; after the second return that is final, and the entry says so."""
    row = opened(Act.REASSIGN, risk=risk, version=version, actor=actor)
    required(reason.strip(), _("请写明裁定意见"))
    changes, data = _handed_over(row, unit, actor, now)
    data["final"] = row.returns >= RETURNS_ALLOWED
    return applied(row, Act.REASSIGN, actor=actor, now=now, changes=changes, reason=reason, data=data)


@transaction.atomic
def risk_transfer(*, risk: int, version: int, actor: Actor, now: datetime, unit: Unit, reason: str) -> Risk:
    """转办: the dispatcher gives an item to another unit, which signs anew; the treatment clock goes on."""
    row = opened(Act.TRANSFER, risk=risk, version=version, actor=actor)
    required(reason.strip(), _("请写明转办的理由"))
    if unit == row.unit:
        raise Incomplete(_("这件事已经由这个单位承办，请另选一个"))
    changes, data = _handed_over(row, unit, actor, now)
    data["was"] = row.unit.code if row.unit else ""
    return applied(row, Act.TRANSFER, actor=actor, now=now, changes=changes, reason=reason, data=data)


def _handed_over(row: Risk, unit: Unit, actor: Actor, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """Columns and entry of an item that another unit takes over: one that assisted or supervised is then in charge only."""
    changes = _assignment(row, unit, actor, now)
    helpers = [helper for helper in row.assisting.order_by("code") if helper != unit]
    row.assisting.set(helpers)
    supervising = row.supervising_unit if row.supervising_unit != unit else None
    changes["supervising_unit"] = supervising
    data: dict[str, Any] = {
        "unit": unit.code,
        "assisting": [helper.code for helper in helpers],
        "supervising": supervising.code if supervising else "",
        "due": dues(changes["arithmetic"], "sign"),
    }
    return changes, data
