"""Every act of the lifecycle as one operation, derived: from the table what there is, from its service what must be brought.

A row added to `risks.lifecycle.TABLE` with its service appears here, in the description and in the tests, without a line of code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import partial
from inspect import Parameter, signature
from types import NoneType, UnionType
from typing import Any, Final, Union, cast, get_args, get_origin, get_type_hints

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.utils import translation
from ninja import File, Form, Router, Schema
from ninja.files import UploadedFile
from pydantic import create_model

from tracker.accounts.actors import Actor
from tracker.accounts.models import Role, Unit
from tracker.api.identity import ApiRequest, KeyOrSession
from tracker.api.schemas import Problem, RiskOut, Version, Words
from tracker.api.shown import risk_out
from tracker.risks import files, services
from tracker.risks.errors import Incomplete
from tracker.risks.evidence import evidence_take
from tracker.risks.lifecycle import STATES, TABLE, Act, Move
from tracker.risks.models import Risk
from tracker.risks.selectors import visible

# What every service takes and the door brings itself.
_GIVEN: Final = frozenset({"risk", "version", "actor", "now", "act"})
_PLAIN: Final = {str: Words, int: int, float: float, bool: bool, date: date, datetime: datetime}
_ANSWERS: Final = {200: RiskOut, 401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem}


def acts() -> list[Act]:
    """The acts people do to a risk on the sheet: not the machine's own, nor the listing, which is done to an event."""
    return [act for act, move in TABLE.items() if move.sources and move.roles.intersection(Role.values)]


def service_of(act: Act) -> Callable[..., Risk]:
    """The service of `act`: `risk_<act>`, else the one for acts that only add words; LookupError when there is none."""
    own = getattr(services, f"risk_{act.value}", None)
    if own is not None:
        return cast("Callable[..., Risk]", own)
    if TABLE[act].needs == ("reason",) and TABLE[act].target is None:
        return partial(services.risk_note, act=act)
    raise LookupError(f"the table has {act.value}, for which risks.services has no risk_{act.value}")


def body_of(act: Act) -> type[Schema]:
    """The body of `act`: the version seen and what its service takes."""
    service = service_of(act)
    inner = service.func if isinstance(service, partial) else service
    hints = get_type_hints(inner)
    fields: dict[str, Any] = {"version": (Version, ...)}
    for name, parameter in signature(inner).parameters.items():
        if name not in _GIVEN:
            default = ... if parameter.default is Parameter.empty else parameter.default
            fields[name] = (_sent(hints[name]), default)
    return cast("type[Schema]", create_model(f"{act.value.title().replace('_', '')}Body", __base__=Schema, **fields))


def _sent(hint: Any) -> Any:
    """`hint` as it is sent: a unit by its code."""
    if hint is Unit:
        return Words
    if hint in _PLAIN:
        return _PLAIN[hint]
    if get_origin(hint) in (Union, UnionType):
        inner = [part for part in get_args(hint) if part is not NoneType]
        return _sent(inner[0]) | None if len(inner) == 1 else hint
    if get_origin(hint) in (list, tuple, Sequence, Iterable):
        return list[_sent(get_args(hint)[0])]  # type: ignore[misc]  # a type made at run time
    raise TypeError(f"an act takes {hint}, which the API does not know how to send")


def received(hint: Any, value: Any) -> Any:
    """What the service takes for what was sent; Incomplete for a unit that does not exist."""
    if Unit in (hint, *get_args(hint)):
        return [_unit(code) for code in value] if isinstance(value, (list, tuple)) else _unit(value) if value else None
    return value


def _unit(code: str) -> Unit:
    found = Unit.objects.filter(code=code).first()
    if found is None:
        raise Incomplete(translation.gettext("没有代码为“{code}”的单位").format(code=code[:40]))
    return found


def _describe(move: Move) -> str:
    from_states = "、".join(str(STATES[state].label) for state in STATES if state in move.sources)
    roles = "、".join(str(Role(role).label) for role in Role.values if role in move.roles)
    target = f" → {STATES[move.target].label}" if move.target else "，状态不变"
    return f"由{roles}办理（{move.side.value}）：{from_states}{target}"


def _seen(actor: Actor, number: str) -> int:
    """The key of what `actor` may see under `number`, and no more of it: the service reads it under its lock."""
    return get_object_or_404(visible(actor).select_related(None).prefetch_related(None).only("pk"), number=number).pk


def _operation(act: Act) -> Callable[..., Any]:
    service, body = service_of(act), body_of(act)
    inner = service.func if isinstance(service, partial) else service
    hints = get_type_hints(inner)

    def perform(request: ApiRequest, number: str, payload: Schema) -> dict[str, Any]:
        risk = _seen(request.actor, number)
        brought = {name: received(hints.get(name), value) for name, value in payload}
        done = service(risk=risk, actor=request.actor, now=request.now, **brought)
        return risk_out(done, request.actor, request.now)

    perform.__name__ = f"act_{act.value}"
    perform.__annotations__ = {"request": ApiRequest, "number": str, "payload": body}
    return perform


def _attach(request: ApiRequest, number: str, version: Form[Version], file: File[UploadedFile]) -> dict[str, Any]:
    """Evidence: a photo (JPEG, PNG, WebP) or PDF of at most 10 MB, as its bytes show."""
    risk = _seen(request.actor, number)
    if (file.size or 0) > files.MAX_BYTES:
        raise Incomplete(translation.gettext("凭证文件不能为空，也不能超过 10 MB"))
    done = evidence_take(
        risk=risk, version=version, actor=request.actor, now=request.now, root=settings.ENV.files, name=file.name or "",
        read=file.read,
    )  # fmt: skip
    return risk_out(done, request.actor, request.now)


def router() -> Router:
    """One operation an act: POST /risks/{number}/acts/<act>."""
    made = Router(tags=["acts"], auth=KeyOrSession("sheet"))
    with translation.override("zh-hans"):
        for act in acts():
            move = TABLE[act]
            made.post(
                f"/risks/{{number}}/acts/{act.value}",
                response=_ANSWERS,
                operation_id=f"act_{act.value}",
                summary=str(move.label),
                description=_describe(move),
            )(_attach if move.needs == ("file",) else _operation(act))
    return made
