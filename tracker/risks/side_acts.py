"""Acts beside the road: they add words, evidence, a level or a missed deadline, and leave the state where it is."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import PurePath
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from tracker.accounts.actors import Actor, system_actor
from tracker.risks.clocks import SHANGHAI, met
from tracker.risks.errors import Conflict, Incomplete
from tracker.risks.levels import risen
from tracker.risks.lifecycle import OPEN, TABLE, Act, State
from tracker.risks.models import Attachment, Risk
from tracker.risks.replies import gate
from tracker.risks.swap import applied, held, opened, record, required, storable

MUSTS: Final = {
    "responsibility": _lazy("责任"),
    "measures": _lazy("措施"),
    "funds": _lazy("资金"),
    "due": _lazy("时限"),
    "contingency": _lazy("预案"),
}


@transaction.atomic
def risk_note(*, act: Act, risk: int, version: int, actor: Actor, now: datetime, reason: str) -> Risk:
    """A side act that only adds words: progress, comment, reminder or supervision order."""
    if TABLE[act].needs != ("reason",) or TABLE[act].target is not None:
        raise ValueError(f"{act} is not an act that only adds words")
    row = opened(act, risk=risk, version=version, actor=actor)
    required(reason.strip(), _("请写明内容"))
    return applied(row, act, actor=actor, now=now, reason=reason)


@transaction.atomic
def risk_answer(*, risk: int, version: int, actor: Actor, now: datetime, answer: str, overrule: str = "") -> Risk:
    """Answer the public before the matter is settled: the 48 hours end with the first answer, not with the last.

    Words that answer nothing do not end them, unless a person says why they are enough (`replies.gate`).
    """
    row = opened(Act.ANSWER, risk=risk, version=version, actor=actor)
    required(answer.strip(), _("请写明给公众的答复"))
    checked = gate(row, answer, overrule)
    changes = {"answer": answer, "answered_at": row.answered_at or now}
    return applied(row, Act.ANSWER, actor=actor, now=now, changes=changes, data={"answer": answer} | checked)


@transaction.atomic
def risk_plan(
    *, risk: int, version: int, actor: Actor, now: datetime, responsibility: str, measures: str, funds: str, due: date,
    contingency: str,
) -> Risk:  # fmt: skip
    """五落实: who is responsible, what is done, with what money, by when, and what if; the last date lies within the deadline."""
    row = opened(Act.PLAN, risk=risk, version=version, actor=actor)
    words = {"responsibility": responsibility, "measures": measures, "funds": funds, "contingency": contingency}
    for name, text in words.items():
        required(text.strip(), _("治理方案缺“{must}”：责任、措施、资金、时限、预案都要落实").format(must=MUSTS[name]))
    storable(Risk, {"": "".join(words.values())})
    if row.treat_due and due > row.treat_due.astimezone(SHANGHAI).date():
        raise Incomplete(_("方案的时限晚于办理期限，请提前，或先申请延期"))
    plan = words | {"due": due.isoformat()}
    return applied(row, Act.PLAN, actor=actor, now=now, changes={"plan": plan}, data={"plan": plan})


@transaction.atomic
def risk_attach(
    *, risk: int, version: int, actor: Actor, now: datetime, digest: str, name: str, content_type: str, size: int,
    original: str = "",
) -> Risk:  # fmt: skip
    """Record evidence whose bytes `risks.files` has already stored under `digest`; `original` is that of the file as brought."""
    row = opened(Act.ATTACH, risk=risk, version=version, actor=actor)
    if row.attachments.filter(digest=digest).exists():
        raise Conflict(_("这份凭证已经上传过了"))
    shown = _file_name(name)
    data = {"digest": digest, "original": original, "name": shown, "size": size}
    Attachment.objects.create(
        risk=row, digest=digest, original=original, name=shown, content_type=content_type, size=size,
        by=actor.username, at=now,
    )  # fmt: skip
    return applied(row, Act.ATTACH, actor=actor, now=now, data=data)


def _file_name(name: str) -> str:
    """The last part of `name`, printable and cut to the column, its ending kept: cameras and phones make long names."""
    plain = "".join(c for c in PurePath(name.replace("\\", "/")).name if c.isprintable()) or "file"
    limit = Attachment._meta.get_field("name").max_length or len(plain)  # noqa: SLF001 - Django's documented door
    ending = PurePath(plain).suffix[:10]
    return plain if len(plain) <= limit else plain[: limit - len(ending)] + ending


def _missed(row: Risk, purpose: str, now: datetime) -> bool:
    """Say whether the deadline has passed unmet by the locked row: time may have been granted since somebody looked."""
    unmet = {
        "sign": row.state == State.ASSIGNED,
        "answer": row.answered_at is None,
    }.get(purpose, not met(row.treat_due, row.submitted_at))
    due = {"sign": row.sign_due, "answer": row.answer_due}.get(purpose, row.treat_due)
    return unmet and due is not None and due < now


@transaction.atomic
def risk_breach(*, risk: int, purpose: str, now: datetime) -> bool:
    """Record, once, that a deadline (sign, treat, answer) has passed; returns whether it was new.

    `overdue` is treatment late for long: by rule the item rises one level.
    """
    row = held(risk)
    if State(row.state) not in OPEN or purpose in row.breaches.split(",") or not _missed(row, purpose, now):
        return False
    breaches = ",".join(filter(None, [*row.breaches.split(","), purpose]))
    # No version bump: a person's open form must not go stale because time passes.
    Risk.objects.filter(pk=risk).update(breaches=breaches)
    missed = row.arithmetic.get(purpose, {}).get("due")
    data = {"purpose": purpose, "due": {purpose: missed} if missed else {}}
    actor = system_actor("clocks")
    record(row, Act.BREACH, actor=actor, now=now, from_state=row.state, to_state=row.state, data=data)
    if purpose == "overdue":
        risen(row, _("长期逾期，按规则升一级"), now)
    return True
