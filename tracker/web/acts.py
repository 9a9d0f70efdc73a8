"""From a pressed button to a service: which form an act needs and which service performs it. No rule stands here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final, cast

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor
from tracker.accounts.selectors import unit_names
from tracker.risks import files, services
from tracker.risks.errors import Incomplete
from tracker.risks.evidence import evidence_take
from tracker.risks.lifecycle import Act
from tracker.risks.models import Risk
from tracker.risks.replies import NOT_AN_ANSWER, weighed
from tracker.risks.routing import Suggestion
from tracker.risks.selectors import suggest_units
from tracker.web.forms import (
    REASON_LABELS,
    AnswerForm,
    ApproveForm,
    AttachForm,
    ExtendForm,
    PauseForm,
    PlanForm,
    ReasonForm,
    RelevelForm,
    RetopicForm,
    SubmitForm,
    VerifyForm,
    VersionForm,
)
from tracker.web.unit_forms import AssignForm, ReassignForm, ReturnForm, TransferForm


def _attach(*, risk: int, version: int, actor: Actor, now: datetime, file: UploadedFile[Any] | None) -> Risk:
    if file is None or (file.size or 0) > files.MAX_BYTES:
        raise Incomplete(_("请选择一份不超过 10 MB 的照片或 PDF"))
    return evidence_take(
        risk=risk, version=version, actor=actor, now=now, root=settings.ENV.files, name=file.name or "", read=file.read
    )


FORMS: Final[dict[Act, type[VersionForm]]] = {
    Act.ASSIGN: AssignForm,
    Act.SIGN: VersionForm,
    Act.RETURN: ReturnForm,
    Act.REASSIGN: ReassignForm,
    Act.SUBMIT: SubmitForm,
    Act.VERIFY: VerifyForm,
    Act.APPROVE: ApproveForm,
    Act.RELEVEL: RelevelForm,
    Act.RETOPIC: RetopicForm,
    Act.TRANSFER: TransferForm,
    Act.ATTACH: AttachForm,
    Act.ANSWER: AnswerForm,
    Act.PLAN: PlanForm,
    Act.EXTEND: ExtendForm,
    Act.GRANT: ApproveForm,
    Act.PAUSE: PauseForm,
    **dict.fromkeys(REASON_LABELS, ReasonForm),
}

CALLS: Final[dict[Act, Callable[..., Risk]]] = {
    Act.ASSIGN: services.risk_assign,
    Act.SIGN: services.risk_sign,
    Act.RETURN: services.risk_return,
    Act.REASSIGN: services.risk_reassign,
    Act.SUBMIT: services.risk_submit,
    Act.VERIFY: services.risk_verify,
    Act.APPROVE: services.risk_approve,
    Act.SEND_BACK: services.risk_send_back,
    Act.REOPEN: services.risk_reopen,
    Act.WITHDRAW: services.risk_withdraw,
    Act.RELEVEL: services.risk_relevel,
    Act.RETOPIC: services.risk_retopic,
    Act.TRANSFER: services.risk_transfer,
    Act.ATTACH: _attach,
    Act.ANSWER: services.risk_answer,
    Act.PLAN: services.risk_plan,
    Act.EXTEND: services.risk_extend,
    Act.GRANT: services.risk_grant,
    Act.DENY: services.risk_deny,
    Act.PAUSE: services.risk_pause,
    Act.RESUME: services.risk_resume,
    **{act: partial(services.risk_note, act=act) for act in (Act.PROGRESS, Act.COMMENT, Act.REMIND, Act.SUPERVISE)},
}


def form_for(act: Act, risk: Risk, data: Any = None, uploads: Any = None) -> VersionForm:
    """The form of `act` on the page of `risk`: blank with suggestions, or bound to what was typed."""
    initial: dict[str, Any] = {"version": risk.version, "level": risk.level % 3 + 1, "requirements": _requirements()}
    proposed = suggest_units(risk) if act in (Act.ASSIGN, Act.REASSIGN) else []
    if proposed and act is Act.ASSIGN:
        initial["unit"] = proposed[0].unit
    form = FORMS[act](data, uploads, initial=initial, auto_id=f"{act}-%s")
    if proposed:
        form.fields["unit"].help_text = _why(proposed)
    if data is None and "overrule" in form.fields and not _asks_to_overrule(act, risk):
        del form.fields["overrule"]
    if act in REASON_LABELS:
        form.fields["reason"].label = str(REASON_LABELS[act])
    return form


def _why(proposed: list[Suggestion]) -> str:
    """The units proposed, each with its reasons; whoever assigns decides."""
    names = unit_names()
    lines = (_("{unit}：{reasons}").format(unit=names[s.unit], reasons=_("；").join(s.reasons)) for s in proposed)
    return _("建议：{units}").format(units=_("。").join(lines))


def _asks_to_overrule(act: Act, risk: Risk) -> bool:
    """True when the answer that is to be verified has not passed the check; one not written yet has not failed."""
    found = weighed(risk, risk.answer) if act is Act.VERIFY else None
    return found is not None and found.verdict == NOT_AN_ANSWER


def _requirements() -> str:
    return _("请到现场核实，消除隐患，并答复群众。")


def current(form: VersionForm, risk: Risk) -> VersionForm:
    """`form` as typed, but on the version the risk has now: the person has seen the message and may press again."""
    data = cast("QueryDict", form.data).copy()
    data["version"] = str(risk.version)
    form.data = data
    return form


def perform(act: Act, risk: Risk, form: forms.Form, *, actor: Actor, now: datetime) -> Risk:
    """Do it; a `Refused` carries the sentence for the person."""
    return CALLS[act](risk=risk.pk, actor=actor, now=now, **form.cleaned_data)
