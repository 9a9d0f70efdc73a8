"""The road of a risk: listed, assigned, signed for, handled, verified, closed, and the ways back.

Every service: version and policy (`swap.opened`) → what the act needs → compare-and-swap and ledger entry (`swap.applied`), in
one transaction. What is refused raises a `Refused` whose message is the sentence for the person; nothing is written then.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from analysis.records import NEEDS, TOPICS
from tracker.accounts.actors import Actor
from tracker.accounts.models import Unit
from tracker.posts.models import Decision
from tracker.posts.services import event_decide
from tracker.risks.clock_acts import risk_deny, risk_extend, risk_grant, risk_pause, risk_resume
from tracker.risks.clocks import SHANGHAI
from tracker.risks.deadlines import deadline_for, opening_book
from tracker.risks.errors import Incomplete
from tracker.risks.lifecycle import OUTCOMES, RETURN_REASONS, TABLE, Act, Outcome, State
from tracker.risks.models import NumberSeries, Risk
from tracker.risks.side_acts import (
    LEVELS,
    risen,
    risk_answer,
    risk_attach,
    risk_breach,
    risk_note,
    risk_plan,
    risk_relevel,
)
from tracker.risks.swap import applied, opened, record, required, storable, view_of

__all__ = [
    "risk_answer", "risk_approve", "risk_assign", "risk_attach", "risk_breach", "risk_deny", "risk_extend", "risk_grant",
    "risk_list", "risk_note", "risk_pause", "risk_plan", "risk_reassign", "risk_relevel", "risk_reopen", "risk_resume",
    "risk_return", "risk_send_back", "risk_sign", "risk_submit", "risk_verify", "risk_withdraw", "view_of",
]  # fmt: skip

HAZARD_SIGNALS = frozenset("SC")
SEND_BACKS_BEFORE_RISE = 2
# "Not ours" and "duplicate" end nothing by themselves: the words must lead on to who has it, or to which item.
OUTCOMES_THAT_POINT = frozenset({Outcome.NOT_OURS, Outcome.DUPLICATE})


@transaction.atomic
def risk_list(
    *,
    event: int,
    version: int,
    actor: Actor,
    now: datetime,
    level: int,
    topic: str,
    need: str,
    problem: str = "",
    place: str = "",
) -> Risk:
    """Confirm an event onto the sheet under the next number of the year; the 48-hour clock has run since discovery.

    `level` 1..3, `topic` and `need` as the analyst corrected them: the verdict keeps what the machine had said.
    """
    if level not in LEVELS:
        raise Incomplete(_("列入清单的隐患等级须为 1、2 或 3 级"))
    if topic not in TOPICS or need not in NEEDS:
        raise Incomplete(_("请选择领域和诉求类型"))
    storable(Risk, {"problem": problem, "place": place})
    row = event_decide(
        event=event,
        version=version,
        decision=Decision.CONFIRMED,
        reason="",
        actor=actor,
        now=now,
        labels={"level": level, "topic": topic, "need": need},
        record=False,
    )
    kind = "hazard" if HAZARD_SIGNALS.intersection(row.signals) else need
    discovered = row.posts.order_by("discovered_at").values_list("discovered_at", flat=True).first() or now
    answer = deadline_for("answer", kind=kind, level=level, start=discovered)
    risk = Risk.objects.create(
        number=_next_number(now),
        event=row,
        problem=problem.strip() or row.title,
        place=place or row.place,
        topic=topic,
        need=need,
        kind=kind,
        level=level,
        signals=row.signals,
        state=State.LISTED,
        discovered_at=discovered,
        listed_at=now,
        answer_due=answer.due,
        arithmetic={"answer": answer.to_dict()},
    )
    record(
        risk, Act.LIST, actor=actor, now=now, from_state="", to_state=risk.state,
        data={"event": event, "level": level, "topic": topic, "need": need, "due": _dues(risk.arithmetic, "answer")},
    )  # fmt: skip
    return risk


def _next_number(now: datetime) -> str:
    year = now.astimezone(SHANGHAI).year
    NumberSeries.objects.get_or_create(year=year)
    series = NumberSeries.objects.select_for_update().get(year=year)
    series.last += 1
    series.save()
    return f"YD-{year}-{series.last:05d}"


@transaction.atomic
def risk_assign(
    *, risk: int, version: int, actor: Actor, now: datetime, unit: Unit, requirements: str, contact: str = ""
) -> Risk:
    """交办: from here the treatment clock runs, whether or not anybody signs."""
    row = opened(Act.ASSIGN, risk=risk, version=version, actor=actor)
    required(requirements.strip(), _("请写明交办要求"))
    changes = _assignment(row, unit, actor, now) | {"requirements": requirements, "contact": contact}
    data = {"unit": unit.code, "requirements": requirements, "due": _dues(changes["arithmetic"], "sign", "treat")}
    return applied(row, Act.ASSIGN, actor=actor, now=now, changes=changes, data=data)


def _dues(arithmetic: Mapping[str, Any], *purposes: str) -> dict[str, str]:
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
    """裁定: a returned item goes to a unit again; after the second return that is final."""
    row = opened(Act.REASSIGN, risk=risk, version=version, actor=actor)
    required(reason.strip(), _("请写明裁定意见"))
    changes = _assignment(row, unit, actor, now)
    data = {"unit": unit.code, "due": _dues(changes["arithmetic"], "sign")}
    return applied(row, Act.REASSIGN, actor=actor, now=now, changes=changes, reason=reason, data=data)


@transaction.atomic
def risk_submit(
    *, risk: int, version: int, actor: Actor, now: datetime, outcome: str, answer: str, note: str = ""
) -> Risk:
    """申请销号: the handler applies with evidence, the outcome word and the public answer."""
    row = opened(Act.SUBMIT, risk=risk, version=version, actor=actor)
    if outcome not in OUTCOMES:
        raise Incomplete(_("请选择办理结果"))
    if outcome in OUTCOMES_THAT_POINT:
        required(note.strip(), _("请在说明里写明：非本部门的已转给谁，重复的与哪一件重复"))
    required(answer.strip(), _("销号须有给公众的答复：请写明查了什么、做了什么、结果如何"))
    # A reopened item is shown with what was done this time, not with the pictures that closed it before.
    fresh = row.attachments.filter(at__gte=row.assigned_at) if row.assigned_at else row.attachments
    evidence = list(fresh.order_by("id").values_list("digest", flat=True))
    required(evidence, _("销号须有凭证：请至少上传一份照片或文件"))
    changes = {"outcome": outcome, "outcome_note": note, "answer": answer, "submitted_at": now}
    changes["answered_at"] = row.answered_at or now
    data = {"outcome": outcome, "answer": answer, "evidence": evidence}
    return applied(row, Act.SUBMIT, actor=actor, now=now, changes=changes, reason=note, data=data)


@transaction.atomic
def risk_verify(*, risk: int, version: int, actor: Actor, now: datetime, reason: str) -> Risk:
    """核查: another person outside the handling unit accepts; level 3 goes on to a manager."""
    row = opened(Act.VERIFY, risk=risk, version=version, actor=actor)
    required(reason.strip(), _("请写明核查方式和结论"))
    closing = TABLE[Act.VERIFY].leads_to(State(row.state), row.level) is State.CLOSED
    data = {"outcome": row.outcome}
    changes: dict[str, Any] = {"verified_by": actor.username} | ({"closed_at": now} if closing else {})
    return applied(row, Act.VERIFY, actor=actor, now=now, changes=changes, reason=reason, data=data)


@transaction.atomic
def risk_approve(*, risk: int, version: int, actor: Actor, now: datetime, reason: str = "") -> Risk:
    """A manager's approval, which level 3 needs on top of the verification."""
    row = opened(Act.APPROVE, risk=risk, version=version, actor=actor)
    data = {"outcome": row.outcome}
    changes = {"closed_at": now}
    return applied(row, Act.APPROVE, actor=actor, now=now, changes=changes, reason=reason, data=data)


@transaction.atomic
def risk_send_back(*, risk: int, version: int, actor: Actor, now: datetime, reason: str) -> Risk:
    """发回重办 with a reason; sent back twice, the item rises one level by rule."""
    row = opened(Act.SEND_BACK, risk=risk, version=version, actor=actor)
    required(reason.strip(), _("发回要写明理由：哪里没有办到"))
    changes: dict[str, Any] = {"send_backs": row.send_backs + 1, "submitted_at": None, "verified_by": ""}
    # An answer that was part of the refused application has reached nobody; one given before it has.
    if row.answered_at == row.submitted_at:
        changes["answered_at"] = None
    changed = applied(row, Act.SEND_BACK, actor=actor, now=now, changes=changes, reason=reason)
    if changed.send_backs == SEND_BACKS_BEFORE_RISE:
        return risen(changed, _("两次发回重办，按规则升一级"), now)
    return changed


@transaction.atomic
def risk_reopen(*, risk: int, version: int, actor: Actor, now: datetime, reason: str) -> Risk:
    """A closed problem that came back: to the same unit, on a new clock, one level higher by rule."""
    row = opened(Act.REOPEN, risk=risk, version=version, actor=actor)
    required(reason.strip(), _("请写明复发的依据"))
    if row.unit is None:
        raise Incomplete(_("原承办单位不明，请先裁定"))
    level = min(row.level + 1, max(LEVELS))
    sign, treat = (deadline_for(p, kind=row.kind, level=level, start=now) for p in ("sign", "treat"))
    answer = deadline_for("answer", kind=row.kind, level=level, start=now)
    changes: dict[str, Any] = {
        "recurrences": row.recurrences + 1, "level": level, "assigned_at": now, "signed_at": None,
        "submitted_at": None, "closed_at": None, "answered_at": None, "outcome": "", "breaches": "", "verified_by": "", "plan": {},
        "sign_due": sign.due, "treat_due": treat.due, "answer_due": answer.due,
        "arithmetic": {"sign": sign.to_dict(), "treat": opening_book(treat), "answer": answer.to_dict()},
    }  # fmt: skip
    data = {"level": level, "previous": {"outcome": row.outcome, "arithmetic": row.arithmetic}}
    data["due"] = _dues(changes["arithmetic"], "sign", "treat", "answer")
    return applied(row, Act.REOPEN, actor=actor, now=now, changes=changes, reason=reason, data=data)


@transaction.atomic
def risk_withdraw(*, risk: int, version: int, actor: Actor, now: datetime, reason: str) -> Risk:
    """撤单: listed in error; a manager says why, and the circular prints it."""
    row = opened(Act.WITHDRAW, risk=risk, version=version, actor=actor)
    required(reason.strip(), _("撤单要写明理由"))
    changes = {"closed_at": now}
    return applied(row, Act.WITHDRAW, actor=actor, now=now, changes=changes, reason=reason)
