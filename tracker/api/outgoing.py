"""What leaves the house, for administrators: the ladder of reminders with its rehearsal, messages that failed, webhooks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

from django.http import Http404
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from tracker.accounts.models import Unit
from tracker.api.identity import ApiRequest, KeyOrSession
from tracker.api.schemas import Id, Limit, Problem, Word, Words
from tracker.notify.addresses import address_end, address_set
from tracker.notify.models import Address, LadderStep, Outgoing
from tracker.notify.outbox import given_up, outgoing_retry, waiting
from tracker.notify.rehearsal import rehearse
from tracker.notify.services import step_switch
from tracker.outward.exports import read_record
from tracker.outward.hooks import HookRefused, hook_add, hook_end, secret
from tracker.outward.models import Delivery, Hook

router = Router(tags=["outgoing"], auth=KeyOrSession("office"))
_NO: Final = {401: Problem, 403: Problem, 404: Problem, 422: Problem}
_REHEARSED: Final = timedelta(days=30)
_LONGEST: Final = timedelta(days=400)
_OLDEST: Final = timedelta(days=3650)
Code = Annotated[str, Field(max_length=30)]
Name = Annotated[str, Field(max_length=40)]


class StepOut(Schema):
    """One rung: at `percent` of the time used, or `days_after` working days past the deadline. `enabled_since` null: off."""

    code: str
    purpose: str
    percent: int | None
    days_after: int | None
    level: int
    to: str
    enabled_since: datetime | None


class Spoken(Schema):
    number: str
    at: datetime


class RehearsalOut(Schema):
    """What the rung would have said between two moments, had it been on; nothing was sent."""

    code: str
    since: datetime
    until: datetime
    notices: int
    spoken: list[Spoken]


class Switch(Schema):
    on: bool


class OutgoingOut(Schema):
    """A message that waits to be tried again or was given up; the words and the address are not shown."""

    id: int
    key: str
    owner: str
    channel: str
    title: str
    attempts: int
    made_at: datetime
    next_at: datetime
    given_up_at: datetime | None
    problem: str


class Owned(Schema):
    owner: Annotated[Word, Field(max_length=150)]
    channel: Annotated[Word, Field(max_length=10)]


class OwnedIn(Owned):
    target: Annotated[Words, Field(max_length=500)]


class OwnedOut(Owned):
    set_at: datetime
    confirmed_at: datetime | None


class HookIn(Schema):
    """`acts` such as `risk.assign` (none: all of the sheet), `unit` narrows it to a subtree."""

    name: Name
    url: Annotated[Words, Field(max_length=500)]
    acts: Annotated[tuple[Word, ...], Field(max_length=60)] = ()
    unit: Name = ""


class HookOut(Schema):
    name: str
    url: str
    acts: list[str]
    unit: str | None
    made_at: datetime
    ended_at: datetime | None
    waiting: int
    given_up: int


class SecretOut(Schema):
    name: str
    secret: str


def _step(code: str) -> LadderStep:
    found = LadderStep.objects.filter(code=code).first()
    if found is None:
        raise Http404
    return found


@router.get("/ladder", response=_NO | {200: list[StepOut]}, operation_id="step_list", summary="催办规则")
def steps(request: ApiRequest) -> list[LadderStep]:  # noqa: ARG001 - the guard has read it
    """The ladder of reminders; every rung ships switched off."""
    return list(LadderStep.objects.all())


@router.get(
    "/ladder/{code}/rehearsal", response=_NO | {200: RehearsalOut}, operation_id="step_rehearse", summary="排练"
)
def rehearsal(
    request: ApiRequest, code: Code, since: datetime | None = None, until: datetime | None = None
) -> dict[str, Any]:
    """Play a rung over the past (the last thirty days when nothing is said; 400 at most), to see what it would have sent."""
    step = _step(code)
    end = min(max(_aware(until, request.now), request.now - _OLDEST), request.now)
    start = max(_aware(since, end - _REHEARSED), end - _LONGEST)
    found = rehearse(step.step, start, end)
    spoken = [{"number": number, "at": at} for number, at in found.spoken]
    return {"code": code, "since": start, "until": end, "notices": found.notices, "spoken": spoken}


def _aware(moment: datetime | None, otherwise: datetime) -> datetime:
    """`moment`, in UTC where it says no zone; `otherwise` when there is none."""
    found = moment or otherwise
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@router.post("/ladder/{code}/switch", response=_NO | {200: StepOut}, operation_id="step_switch", summary="启停规则")
def switch(request: ApiRequest, code: Code, payload: Switch) -> LadderStep:
    """Switch a rung on, from now on, or off; nothing that was due before is ever sent. Rehearse it first."""
    _step(code)
    return step_switch(code=code, on=payload.on, actor=request.actor, now=request.now)


@router.get("/outgoing", response=_NO | {200: list[OutgoingOut]}, operation_id="outgoing_list", summary="未发出的消息")
def outgoing(request: ApiRequest, limit: Limit = 50) -> list[Outgoing]:  # noqa: ARG001
    """What was given up, newest first, then what waits."""
    lost = list(given_up()[:limit])
    return lost + list(waiting().order_by("next_at", "pk")[: limit - len(lost)])


@router.post(
    "/outgoing/{outgoing}/retry", response=_NO | {204: None}, operation_id="outgoing_retry", summary="再发一次"
)
def retry(request: ApiRequest, outgoing: Id) -> Status[None]:
    """Try a message again that was given up."""
    outgoing_retry(outgoing=outgoing, actor=request.actor, now=request.now)
    return Status(204, None)


@router.get("/addresses", response=_NO | {200: list[OwnedOut]}, operation_id="address_all", summary="外发地址")
def addresses(request: ApiRequest) -> list[Address]:  # noqa: ARG001
    """Whose news goes which way; what the addresses are, is shown to nobody."""
    return list(Address.objects.order_by("owner", "channel"))


@router.post("/addresses", response=_NO | {200: OwnedOut}, operation_id="address_give", summary="设置外发地址")
def give(request: ApiRequest, payload: OwnedIn) -> Address:
    """An address for somebody (their user name) or for a unit's group (`unit:CODE`)."""
    return address_set(actor=request.actor, now=request.now, **payload.dict())


@router.post("/addresses/end", response=_NO | {204: None}, operation_id="address_take", summary="停用外发地址")
def take(request: ApiRequest, payload: Owned) -> Status[None]:
    """No more news there; what waits to go there is dropped."""
    address_end(actor=request.actor, now=request.now, **payload.dict())
    return Status(204, None)


def _hook(hook: Hook) -> dict[str, Any]:
    rows = Delivery.objects.filter(hook=hook)
    return {
        "name": hook.name, "url": hook.url, "acts": hook.acts.split(",") if hook.acts else [],
        "unit": hook.unit.code if hook.unit else None, "made_at": hook.made_at, "ended_at": hook.ended_at,
        "waiting": rows.filter(delivered_at=None, given_up_at=None).count(),
        "given_up": rows.exclude(given_up_at=None).count(),
    }  # fmt: skip


@router.get("/hooks", response=_NO | {200: list[HookOut]}, operation_id="hook_list", summary="外发通知")
def hooks(request: ApiRequest) -> list[dict[str, Any]]:  # noqa: ARG001
    """The receivers of signed webhooks, with what waits and what was given up."""
    return [_hook(hook) for hook in Hook.objects.select_related("unit").order_by("ended_at", "name")]


@router.post("/hooks", response=_NO | {200: HookOut}, operation_id="hook_add", summary="新建外发通知")
def add(request: ApiRequest, payload: HookIn) -> dict[str, Any]:
    """A receiver of what happens from now on; its secret is at `hook_secret`, so that no kept answer holds it."""
    unit = Unit.objects.filter(code=payload.unit).first()
    if payload.unit and unit is None:
        raise HookRefused(_("没有代码为“{code}”的单位").format(code=payload.unit))
    hook, _secret = hook_add(
        name=payload.name, url=payload.url, acts=payload.acts, unit=unit, by=request.actor, now=request.now
    )
    return _hook(hook)


@router.post("/hooks/{name}/end", response=_NO | {204: None}, operation_id="hook_end", summary="停止外发通知")
def end(request: ApiRequest, name: Name) -> Status[None]:
    """No more news for this receiver; what was not delivered yet is dropped."""
    hook_end(name=name, by=request.actor, now=request.now)
    return Status(204, None)


@router.get(
    "/hooks/{name}/secret",
    response=_NO | {200: SecretOut},
    operation_id="hook_secret",
    summary="外发通知的密钥",
    auth=KeyOrSession("office-secret"),
)
def shown_secret(request: ApiRequest, name: Name) -> dict[str, str]:
    """What the receiver verifies with; the first look a day is an entry of the ledger."""
    hook = Hook.objects.filter(name=name, ended_at=None).first()
    if hook is None:
        raise Http404
    read_record(what="hook", of=f"hook:{name}", key="secret", actor=request.actor, now=request.now)
    return {"name": name, "secret": secret(hook)}
