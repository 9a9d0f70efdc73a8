"""The only code that changes a risk.

Every service: table → policy → compare-and-swap on state and version → ledger entry, in one transaction. What is refused
raises a `Refused` whose message is the sentence for the person; nothing is written then.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor, system_actor
from tracker.accounts.models import Role, Unit
from tracker.ledger.services import ledger_append
from tracker.posts.models import Decision
from tracker.posts.services import event_decide
from tracker.risks.clocks import SHANGHAI
from tracker.risks.deadlines import deadline_for
from tracker.risks.errors import Conflict, Incomplete
from tracker.risks.lifecycle import OPEN, OUTCOMES, RETURN_REASONS, TABLE, Act, Outcome, State
from tracker.risks.models import Attachment, NumberSeries, Risk
from tracker.risks.policies import RiskView, refusal

HAZARD_SIGNALS = frozenset("SC")


def view_of(risk: Risk) -> RiskView:
    """`risk` as the rules see it."""
    return RiskView(
        state=State(risk.state),
        level=risk.level,
        unit_path=risk.unit.path if risk.unit else "",
        returns=risk.returns,
        hands=frozenset(risk.hands),
    )


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
    if level not in (1, 2, 3):
        raise Incomplete(_("列入清单的隐患等级须为 1、2 或 3 级"))
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
    _record(risk, Act.LIST, "", actor, now, data={"event": event, "level": level, "topic": topic, "need": need})
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
    row = _fetch(risk)
    _need(requirements.strip(), _("请写明交办要求"))
    return _apply(
        row,
        Act.ASSIGN,
        version=version,
        actor=actor,
        now=now,
        changes=_assignment(row, unit, actor, now) | {"requirements": requirements, "contact": contact},
        data={"unit": unit.code, "requirements": requirements},
    )


def _assignment(row: Risk, unit: Unit, actor: Actor, now: datetime) -> dict[str, Any]:
    """The columns of an assignment. A second unit gets no new clock: it runs from the first assignment."""
    assigning = Unit.objects.filter(code=actor.unit).first()
    changes: dict[str, Any] = {"unit": unit, "assigning_unit": assigning, "signed_at": None}
    sign = deadline_for("sign", kind=row.kind, level=row.level, start=now)
    changes |= {"sign_due": sign.due, "arithmetic": {**row.arithmetic, "sign": sign.to_dict()}}
    if row.assigned_at is None:
        treat = deadline_for("treat", kind=row.kind, level=row.level, start=now)
        changes |= {"assigned_at": now, "treat_due": treat.due}
        changes["arithmetic"]["treat"] = treat.to_dict()
    return changes


@transaction.atomic
def risk_sign(*, risk: int, version: int, actor: Actor, now: datetime) -> Risk:
    """签收 by the unit in charge."""
    row = _fetch(risk)
    return _apply(row, Act.SIGN, version=version, actor=actor, now=now, changes={"signed_at": now})


@transaction.atomic
def risk_return(*, risk: int, version: int, actor: Actor, now: datetime, reason_code: str, reason: str) -> Risk:
    """退回 with a reason code and the grounds of jurisdiction; the clock does not stop."""
    row = _fetch(risk)
    if reason_code not in RETURN_REASONS:
        raise Incomplete(_("请选择退回事由"))
    _need(reason.strip(), _("退回要写明依据：哪条职责、应由谁办"))
    changes = {"returns": row.returns + 1, "signed_at": None}
    data = {"reason_code": reason_code, "unit": row.unit.code if row.unit else ""}
    return _apply(row, Act.RETURN, version=version, actor=actor, now=now, changes=changes, reason=reason, data=data)


@transaction.atomic
def risk_reassign(*, risk: int, version: int, actor: Actor, now: datetime, unit: Unit, reason: str) -> Risk:
    """裁定: a returned item goes to a unit again; after the second return that is final."""
    row = _fetch(risk)
    _need(reason.strip(), _("请写明裁定意见"))
    changes = _assignment(row, unit, actor, now)
    data = {"unit": unit.code}
    return _apply(row, Act.REASSIGN, version=version, actor=actor, now=now, changes=changes, reason=reason, data=data)


@transaction.atomic
def risk_submit(
    *, risk: int, version: int, actor: Actor, now: datetime, outcome: str, answer: str, note: str = ""
) -> Risk:
    """申请销号: the handler applies with evidence, the outcome word and the public answer."""
    row = _fetch(risk)
    if outcome not in OUTCOMES:
        raise Incomplete(_("请选择办理结果"))
    _need(answer.strip(), _("销号须有给公众的答复：请写明查了什么、做了什么、结果如何"))
    evidence = list(row.attachments.order_by("id").values_list("digest", flat=True))
    _need(evidence, _("销号须有凭证：请至少上传一份照片或文件"))
    changes = {"outcome": outcome, "outcome_note": note, "answer": answer, "answered_at": now, "submitted_at": now}
    data = {"outcome": outcome, "answer": answer, "evidence": evidence}
    return _apply(row, Act.SUBMIT, version=version, actor=actor, now=now, changes=changes, reason=note, data=data)


@transaction.atomic
def risk_verify(*, risk: int, version: int, actor: Actor, now: datetime, reason: str) -> Risk:
    """核查: another person outside the handling unit accepts; level 3 goes on to a manager."""
    row = _fetch(risk)
    _need(reason.strip(), _("请写明核查方式和结论"))
    closing = TABLE[Act.VERIFY].leads_to(State(row.state), row.level) is State.CLOSED
    data = {"outcome": row.outcome}
    changes = {"closed_at": now} if closing else {}
    return _apply(row, Act.VERIFY, version=version, actor=actor, now=now, changes=changes, reason=reason, data=data)


@transaction.atomic
def risk_approve(*, risk: int, version: int, actor: Actor, now: datetime, reason: str = "") -> Risk:
    """A manager's approval, which level 3 needs on top of the verification."""
    row = _fetch(risk)
    data = {"outcome": row.outcome}
    changes = {"closed_at": now}
    return _apply(row, Act.APPROVE, version=version, actor=actor, now=now, changes=changes, reason=reason, data=data)


@transaction.atomic
def risk_send_back(*, risk: int, version: int, actor: Actor, now: datetime, reason: str) -> Risk:
    """发回重办 with a reason; sent back twice, the item rises one level by rule."""
    row = _fetch(risk)
    _need(reason.strip(), _("发回要写明理由：哪里没有办到"))
    changes: dict[str, Any] = {"send_backs": row.send_backs + 1, "submitted_at": None, "answered_at": None}
    changed = _apply(
        row, Act.SEND_BACK, version=version, actor=actor, now=now, changes=changes, reason=reason,
    )  # fmt: skip
    if changed.send_backs == SEND_BACKS_BEFORE_RISE and changed.level < 3:
        return _rise(changed, _("两次发回重办，按规则升一级"), now)
    return changed


SEND_BACKS_BEFORE_RISE = 2


@transaction.atomic
def risk_reopen(*, risk: int, version: int, actor: Actor, now: datetime, reason: str) -> Risk:
    """A closed problem that came back: to the same unit, on a new clock, one level higher by rule."""
    row = _fetch(risk)
    _need(reason.strip(), _("请写明复发的依据"))
    if row.unit is None:
        raise Incomplete(_("原承办单位不明，请先裁定"))
    level = min(row.level + 1, 3)
    sign, treat = (deadline_for(p, kind=row.kind, level=level, start=now) for p in ("sign", "treat"))
    answer = deadline_for("answer", kind=row.kind, level=level, start=now)
    changes = {
        "recurrences": row.recurrences + 1, "level": level, "assigned_at": now, "signed_at": None,
        "submitted_at": None, "closed_at": None, "answered_at": None, "outcome": "", "breaches": "",
        "sign_due": sign.due, "treat_due": treat.due, "answer_due": answer.due,
        "arithmetic": {"sign": sign.to_dict(), "treat": treat.to_dict(), "answer": answer.to_dict()},
    }  # fmt: skip
    data = {"level": level, "previous": {"outcome": row.outcome, "arithmetic": row.arithmetic}}
    return _apply(row, Act.REOPEN, version=version, actor=actor, now=now, changes=changes, reason=reason, data=data)


@transaction.atomic
def risk_withdraw(*, risk: int, version: int, actor: Actor, now: datetime, reason: str) -> Risk:
    """撤单: listed in error; a manager says why, and the circular prints it."""
    row = _fetch(risk)
    _need(reason.strip(), _("撤单要写明理由"))
    changes = {"closed_at": now}
    return _apply(row, Act.WITHDRAW, version=version, actor=actor, now=now, changes=changes, reason=reason)


@transaction.atomic
def risk_relevel(*, risk: int, version: int, actor: Actor, now: datetime, level: int, reason: str) -> Risk:
    """Raise or lower the level, with a reason."""
    row = _fetch(risk)
    _need(reason.strip(), _("请写明调整等级的理由"))
    if level not in (1, 2, 3) or level == row.level:
        raise Incomplete(_("请选择与现在不同的等级（1–3）"))
    data = {"level": level, "was": row.level}
    changes = {"level": level}
    return _apply(row, Act.RELEVEL, version=version, actor=actor, now=now, changes=changes, reason=reason, data=data)


def _rise(row: Risk, why: str, now: datetime) -> Risk:
    level = row.level + 1
    Risk.objects.filter(pk=row.pk).update(level=level, version=row.version + 1)
    _record(row, Act.RELEVEL, row.state, system_actor("rules"), now, reason=why, data={"level": level, "was": row.level})
    return _fetch(row.pk)


@transaction.atomic
def risk_note(*, act: Act, risk: int, version: int, actor: Actor, now: datetime, reason: str) -> Risk:
    """A side act that only adds words: progress, comment, reminder or supervision order."""
    if TABLE[act].needs != ("reason",) or TABLE[act].target is not None:
        raise ValueError(f"{act} is not an act that only adds words")
    row = _fetch(risk)
    _need(reason.strip(), _("请写明内容"))
    return _apply(row, act, version=version, actor=actor, now=now, changes={}, reason=reason)


@transaction.atomic
def risk_attach(
    *, risk: int, version: int, actor: Actor, now: datetime, digest: str, name: str, content_type: str, size: int
) -> Risk:
    """Record evidence whose bytes `risks.files` has already stored under `digest`."""
    row = _fetch(risk)
    if row.attachments.filter(digest=digest).exists():
        raise Conflict(_("这份凭证已经上传过了"))
    data = {"digest": digest, "name": name, "size": size}
    changed = _apply(row, Act.ATTACH, version=version, actor=actor, now=now, changes={}, data=data)
    Attachment.objects.create(
        risk=row, digest=digest, name=name, content_type=content_type, size=size, by=actor.username, at=now
    )
    return changed


@transaction.atomic
def risk_breach(*, risk: int, purpose: str, now: datetime) -> bool:
    """Record, once, that a deadline (sign, treat, answer) has passed; returns whether it was new."""
    row = _fetch(risk)
    if State(row.state) not in OPEN or purpose in row.breaches.split(","):
        return False
    breaches = ",".join(filter(None, [*row.breaches.split(","), purpose]))
    # No version bump: a person's open form must not go stale because time passes.
    if Risk.objects.filter(pk=risk, breaches=row.breaches, state=row.state).update(breaches=breaches) != 1:
        return False
    data = {"purpose": purpose, "due": row.arithmetic.get(purpose, {}).get("due", "")}
    _record(row, Act.BREACH, row.state, system_actor("clocks"), now, data=data)
    return True


def _need(value: object, sentence: str) -> None:
    if not value:
        raise Incomplete(sentence)


def _fetch(risk: int) -> Risk:
    return Risk.objects.select_related("unit", "assigning_unit").get(pk=risk)


def _apply(
    row: Risk,
    act: Act,
    *,
    version: int,
    actor: Actor,
    now: datetime,
    changes: Mapping[str, Any],
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> Risk:
    """Policy, compare-and-swap, ledger: the one way a risk moves."""
    if refused := refusal(act, view_of(row), actor):
        raise refused
    target = TABLE[act].leads_to(State(row.state), row.level)
    swap = {**changes, "state": target, "version": version + 1}
    if TABLE[act].roles == {Role.HANDLER} and actor.username not in row.hands:
        swap["hands"] = [*row.hands, actor.username]
    if Risk.objects.filter(pk=row.pk, version=version, state=row.state).update(**swap) != 1:
        raise Conflict(_("这件事刚刚已被他人办理，没有写入您的操作；请刷新后再看"))
    _record(row, act, row.state, actor, now, to_state=target, reason=reason, data=data)
    return _fetch(row.pk)


def _record(
    row: Risk,
    act: Act,
    from_state: str,
    actor: Actor,
    now: datetime,
    *,
    to_state: str = "",
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    ledger_append(
        act=f"risk.{act}",
        subject=row.subject,
        actor=actor.username,
        roles=actor.role_text,
        unit=actor.unit,
        now=now,
        from_state=from_state,
        to_state=to_state or row.state,
        reason=reason,
        data=data,
    )


