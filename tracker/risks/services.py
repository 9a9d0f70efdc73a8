"""The road of a risk: listed, assigned, signed for, handled, verified, closed, and the ways back.

Every service: version and policy (`swap.opened`) → what the act needs → compare-and-swap and ledger entry (`swap.applied`), in
one transaction. What is refused raises a `Refused` whose message is the sentence for the person; nothing is written then.
Here stand the beginning and the ends; `assignment`, `closing`, `levels`, `side_acts` and `clock_acts` hold the rest, and every
act is called from here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from analysis.records import NEEDS, TOPICS
from tracker.accounts.actors import Actor
from tracker.posts.models import Decision
from tracker.posts.services import event_decide, event_unlist
from tracker.risks.assignment import (
    dues,
    risk_assign,
    risk_reassign,
    risk_return,
    risk_sign,
    risk_transfer,
)
from tracker.risks.clock_acts import risk_deny, risk_extend, risk_grant, risk_pause, risk_resume
from tracker.risks.clocks import SHANGHAI
from tracker.risks.closing import risk_approve, risk_send_back, risk_submit, risk_verify
from tracker.risks.deadlines import deadline_for, opening_book
from tracker.risks.errors import Incomplete
from tracker.risks.levels import LEVELS, risk_relevel, risk_retopic
from tracker.risks.lifecycle import Act, State
from tracker.risks.models import NumberSeries, Risk
from tracker.risks.replay import words_of
from tracker.risks.side_acts import risk_answer, risk_attach, risk_breach, risk_note, risk_plan
from tracker.risks.swap import applied, opened, record, required, storable, view_of

__all__ = [
    "risk_answer", "risk_approve", "risk_assign", "risk_attach", "risk_breach", "risk_deny", "risk_extend", "risk_grant",
    "risk_list", "risk_note", "risk_pause", "risk_plan", "risk_reassign", "risk_relevel", "risk_reopen", "risk_resume",
    "risk_retopic", "risk_return", "risk_send_back", "risk_sign", "risk_submit", "risk_transfer", "risk_verify",
    "risk_withdraw", "view_of",
]  # fmt: skip

HAZARD_SIGNALS = frozenset("SC")


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
        data={"event": event, "level": level, "topic": topic, "need": need, "words": words_of(risk.problem, risk.place),
              "due": dues(risk.arithmetic, "answer")},
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
        "referred_to": "", "duplicate_of": "",
        "sign_due": sign.due, "treat_due": treat.due, "answer_due": answer.due,
        "arithmetic": {"sign": sign.to_dict(), "treat": opening_book(treat), "answer": answer.to_dict()},
    }  # fmt: skip
    data = {"level": level, "previous": {"outcome": row.outcome, "arithmetic": row.arithmetic}}
    data["due"] = dues(changes["arithmetic"], "sign", "treat", "answer")
    return applied(row, Act.REOPEN, actor=actor, now=now, changes=changes, reason=reason, data=data)


@transaction.atomic
def risk_withdraw(*, risk: int, version: int, actor: Actor, now: datetime, reason: str) -> Risk:
    """撤单: listed in error; a manager says why, and the circular prints it.

    Its event counts as dismissed from then on, so an analyst can take that back and list it again under a new number.
    """
    row = opened(Act.WITHDRAW, risk=risk, version=version, actor=actor)
    required(reason.strip(), _("撤单要写明理由"))
    changes = {"closed_at": now}
    event_unlist(event=row.event_id, reason=reason, actor=actor, now=now)
    return applied(row, Act.WITHDRAW, actor=actor, now=now, changes=changes, reason=reason)
