"""销号: the handler applies with evidence, outcome and public answer; somebody else outside the unit verifies, or sends back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor
from tracker.risks.errors import Incomplete
from tracker.risks.levels import risen
from tracker.risks.lifecycle import OUTCOMES, TABLE, Act, Outcome, State
from tracker.risks.models import Risk
from tracker.risks.replies import gate
from tracker.risks.swap import applied, opened, required

SEND_BACKS_BEFORE_RISE = 2
_APPLIED = frozenset({State.SUBMITTED, State.APPROVING, State.CLOSED})


@transaction.atomic
def risk_submit(
    *, risk: int, version: int, actor: Actor, now: datetime, outcome: str, answer: str, note: str = "",
    referred_to: str = "", duplicate_of: str = "", overrule: str = "",
) -> Risk:  # fmt: skip
    """申请销号: the handler applies with evidence, the outcome word and the public answer; this meets the treatment clock.

    "Not ours" names who has it now, "duplicate" the number of the other item. `overrule` is why an answer that the machine takes
    for empty is enough all the same.
    """
    if outcome == Outcome.DUPLICATE:
        # Both rows, in the order of their keys: two items that name each other at the same moment would both be gone.
        pair = Risk.objects.filter(Q(pk=risk) | Q(number=duplicate_of.strip())).order_by("pk")
        list(pair.select_for_update(no_key=True))
    row = opened(Act.SUBMIT, risk=risk, version=version, actor=actor)
    pointers = _pointers(row, outcome, referred_to.strip(), duplicate_of.strip())
    required(answer.strip(), _("销号须有给公众的答复：请写明查了什么、做了什么、结果如何"))
    # A reopened item is shown with what was done this time, not with the pictures that closed it before.
    fresh = row.attachments.filter(at__gte=row.assigned_at) if row.assigned_at else row.attachments
    evidence = list(fresh.order_by("id").values_list("digest", flat=True))
    required(evidence, _("销号须有凭证：请至少上传一份照片或文件"))
    checked = gate(row, answer, overrule)
    changes = {"outcome": outcome, "outcome_note": note, "answer": answer, "submitted_at": now} | pointers
    changes["answered_at"] = row.answered_at or now
    data = {"outcome": outcome, "answer": answer, "evidence": evidence} | pointers | checked
    return applied(row, Act.SUBMIT, actor=actor, now=now, changes=changes, reason=note, data=data)


def _pointers(row: Risk, outcome: str, referred_to: str, duplicate_of: str) -> dict[str, str]:
    """Where the outcome leads on to: kept apart, and only with the outcome it belongs to."""
    if outcome not in OUTCOMES:
        raise Incomplete(_("请选择办理结果"))
    if outcome == Outcome.NOT_OURS:
        required(referred_to, _("非本部门的，请写明已转给谁"))
        return {"referred_to": referred_to, "duplicate_of": ""}
    if outcome == Outcome.DUPLICATE:
        required(duplicate_of, _("重复的，请填写与哪一件重复（清单编号）"))
        return {"referred_to": "", "duplicate_of": _original(row, duplicate_of)}
    return {"referred_to": "", "duplicate_of": ""}


def _original(row: Risk, number: str) -> str:
    """`number`, when it is another item that does not end as a duplicate itself: a ring of duplicates would be nobody's problem."""
    other = Risk.objects.filter(number=number).exclude(pk=row.pk).exclude(state=State.WITHDRAWN).first()
    leads_on = other.duplicate_of if other and other.state in _APPLIED else ""
    if other is None or leads_on == row.number:
        raise Incomplete(_("“{number}”不是清单上的另一件事项，请核对编号").format(number=number[:20]))
    if leads_on:
        raise Incomplete(_("“{number}”自己也按重复办结，请改填 {other}").format(number=number, other=leads_on))
    return number


@transaction.atomic
def risk_verify(*, risk: int, version: int, actor: Actor, now: datetime, reason: str, overrule: str = "") -> Risk:
    """核查: another person outside the handling unit accepts; level 3 goes on to a manager.

    The reply check stands here a second time, so that nobody lets their own empty answer through alone.
    """
    row = opened(Act.VERIFY, risk=risk, version=version, actor=actor)
    required(reason.strip(), _("请写明核查方式和结论"))
    checked = gate(row, row.answer, overrule)
    closing = TABLE[Act.VERIFY].leads_to(State(row.state), row.level) is State.CLOSED
    data = {"outcome": row.outcome} | checked
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
