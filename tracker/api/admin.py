"""The administrator's side: periods and calendar, people and their roles, what is promised to the public."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final

from django.conf import settings
from django.shortcuts import get_object_or_404
from ninja import Router, Schema
from pydantic import Field

from tracker.accounts.models import Grant, Unit, User
from tracker.accounts.roles import role_end, role_give, user_leave, user_move
from tracker.accounts.services import unit_create
from tracker.api.identity import ApiRequest, KeyOrSession
from tracker.api.schemas import Problem, UnitOut, Word, Words
from tracker.outward.exports import read_record
from tracker.privacy.check import PAGE_ROWS, told
from tracker.privacy.models import Check, RetentionRule
from tracker.privacy.services import erase_by_link, rule_set
from tracker.privacy.storing import check_run
from tracker.risks.models import CalendarDay, DeadlineRule
from tracker.risks.tables import day_clear, day_set, period_remove, period_set

_NO: Final = {401: Problem, 403: Problem, 404: Problem, 422: Problem}
office = Router(tags=["tables"], auth=KeyOrSession("office"))
people = Router(tags=["people"], auth=KeyOrSession("people"))
privacy = Router(tags=["privacy"], auth=KeyOrSession("privacy"))
Level = Annotated[int, Field(ge=0, le=3)]
Code = Annotated[str, Field(max_length=40)]


class PeriodKey(Schema):
    """One row of the table of periods: kind `*` and level 0 mean any."""

    purpose: Code
    kind: Code = "*"
    level: Level = 0


class PeriodOut(PeriodKey):
    amount: int
    unit: str
    source: str


class PeriodIn(PeriodKey):
    amount: Annotated[int, Field(ge=0, le=10_000)]
    unit: Code
    source: Word = ""
    reason: Words


class PeriodGone(PeriodKey):
    reason: Words


class DayOut(Schema):
    day: date
    working: bool
    note: str


class DayIn(Schema):
    working: bool
    note: Annotated[Word, Field(max_length=60)] = ""
    reason: Words


class Reason(Schema):
    reason: Words


class UnitIn(Schema):
    """`code` is a step of the path by which scopes are compared."""

    code: Annotated[Word, Field(min_length=1, max_length=32)]
    name: Annotated[Word, Field(min_length=1, max_length=60)]
    parent: Code = ""
    prefecture: Annotated[Word, Field(max_length=20)] = ""


class Keeping(Reason):
    what: Code
    days: Annotated[int, Field(ge=1, le=3650)]


class Kept(Schema):
    what: str
    days: int


class Held(Schema):
    role: str
    until: datetime | None


class PersonOut(Schema):
    username: str
    display: str
    unit: str | None
    active: bool
    roles: list[Held]


class Lending(Reason):
    """`until` is the moment at which the role ends by itself; without it, it is for good."""

    role: Code
    until: Annotated[datetime, Field(description="With its zone.")] | None = None


class Ending(Reason):
    role: Code


class Moving(Reason):
    unit: Code


class Erasing(Reason):
    url: Annotated[Words, Field(max_length=2000)]


class Erased(Schema):
    posts: int
    risks: list[str]


class CheckOut(Schema):
    at: datetime
    by: str
    whole: bool
    well: bool
    findings: list[dict[str, Any]]


@office.get("/periods", response=_NO | {200: list[PeriodOut]}, operation_id="period_list", summary="期限表")
def periods(request: ApiRequest) -> list[DeadlineRule]:  # noqa: ARG001 - the guard has read it
    """The table of periods; the most specific row holds."""
    return list(DeadlineRule.objects.order_by("purpose", "kind", "level"))


@office.post("/periods", response=_NO | {200: PeriodOut}, operation_id="period_set", summary="设置期限")
def period(request: ApiRequest, payload: PeriodIn) -> DeadlineRule:
    """Set a row; deadlines already given stay as they are frozen."""
    return period_set(actor=request.actor, now=request.now, **payload.dict())


@office.post("/periods/remove", response=_NO | {200: list[PeriodOut]}, operation_id="period_remove", summary="删去期限")
def period_gone(request: ApiRequest, payload: PeriodGone) -> list[DeadlineRule]:
    """Remove a row where a wider one holds; returns the table."""
    period_remove(actor=request.actor, now=request.now, **payload.dict())
    return periods(request)


@office.get("/days", response=_NO | {200: list[DayOut]}, operation_id="day_list", summary="日历调整")
def days(request: ApiRequest) -> list[CalendarDay]:  # noqa: ARG001
    """The days that the department itself declares worked or free."""
    return list(CalendarDay.objects.order_by("day"))


@office.post("/days/{day}", response=_NO | {200: DayOut}, operation_id="day_set", summary="调整一天")
def day_declared(request: ApiRequest, day: date, payload: DayIn) -> CalendarDay:
    """Declare a day worked or free, over the published arrangement."""
    return day_set(day=day, actor=request.actor, now=request.now, **payload.dict())


@office.post("/days/{day}/clear", response=_NO | {200: list[DayOut]}, operation_id="day_clear", summary="取消调整")
def day_cleared(request: ApiRequest, day: date, payload: Reason) -> list[CalendarDay]:
    """Let the published arrangement hold again; returns what is left."""
    day_clear(day=day, actor=request.actor, now=request.now, reason=payload.reason)
    return days(request)


@office.post("/units/add", response=_NO | {200: UnitOut}, operation_id="unit_add", summary="新建单位")
def unit_add(request: ApiRequest, payload: UnitIn) -> Unit:
    """A unit below `parent`; units are never removed."""
    parent = get_object_or_404(Unit, code=payload.parent) if payload.parent else None
    given = payload.dict(exclude={"parent"})
    return unit_create(**given, parent=parent, by=request.actor, now=request.now)


def _shown(user: User, now: datetime) -> dict[str, Any]:
    held = Grant.objects.filter(user=user).exclude(until__lte=now).order_by("role")
    return {
        "username": user.username,
        "display": user.display,
        "unit": user.unit.code if user.unit else None,
        "active": user.is_active,
        "roles": list(held.values("role", "until")),
    }


@people.get("/people", response=_NO | {200: list[PersonOut]}, operation_id="person_list", summary="人员")
def everybody(request: ApiRequest) -> list[dict[str, Any]]:
    """Who works here, with the roles in force; the first look a day is an entry of the ledger."""
    read_record(what="people", of="people", key="list", actor=request.actor, now=request.now)
    return [_shown(user, request.now) for user in User.objects.select_related("unit").order_by("username")]


def _person(username: str, now: datetime) -> dict[str, Any]:
    return _shown(get_object_or_404(User.objects.select_related("unit"), username=username), now)


@people.post(
    "/people/{username}/roles", response=_NO | {200: PersonOut}, operation_id="role_give", summary="授予或出借角色"
)
def lend(request: ApiRequest, username: str, payload: Lending) -> dict[str, Any]:
    """Give a role, or lend it until a moment; nobody sets their own."""
    _person(username, request.now)
    role_give(user=username, by=request.actor, now=request.now, **payload.dict())
    return _person(username, request.now)


@people.post(
    "/people/{username}/roles/end", response=_NO | {200: PersonOut}, operation_id="role_end", summary="收回角色"
)
def end(request: ApiRequest, username: str, payload: Ending) -> dict[str, Any]:
    """Take a role back at once."""
    _person(username, request.now)
    role_end(user=username, by=request.actor, now=request.now, **payload.dict())
    return _person(username, request.now)


@people.post("/people/{username}/move", response=_NO | {200: PersonOut}, operation_id="person_move", summary="调整单位")
def move(request: ApiRequest, username: str, payload: Moving) -> dict[str, Any]:
    """Put somebody into another unit; what they handled in the old one they never verify."""
    _person(username, request.now)
    unit = get_object_or_404(Unit, code=payload.unit)
    user_move(user=username, unit=unit, by=request.actor, now=request.now, reason=payload.reason)
    return _person(username, request.now)


@people.post(
    "/people/{username}/leave", response=_NO | {200: PersonOut}, operation_id="person_leave", summary="停用账号"
)
def leave(request: ApiRequest, username: str, payload: Reason) -> dict[str, Any]:
    """Close an account with its sessions and keys."""
    _person(username, request.now)
    user_leave(user=username, by=request.actor, now=request.now, reason=payload.reason)
    return _person(username, request.now)


@privacy.get("/privacy/check", response=_NO | {200: CheckOut}, operation_id="privacy_check", summary="最近一次隐私自查")
def last_check(request: ApiRequest) -> dict[str, Any]:  # noqa: ARG001
    """What the last self-check found, promise by promise."""
    return _check_out(get_object_or_404(Check, pk=getattr(Check.objects.first(), "pk", 0)))


@privacy.post("/privacy/check", response=_NO | {200: CheckOut}, operation_id="privacy_run", summary="隐私自查")
def run_check(request: ApiRequest) -> dict[str, Any]:
    """A self-check now, of the newest rows of each column, as on the page; the whole store is read at night."""
    return _check_out(check_run(home=settings.ENV.home, actor=request.actor, now=request.now, rows=PAGE_ROWS))


def _check_out(row: Check) -> dict[str, Any]:
    """In the words of the reader's language."""
    return {name: getattr(row, name) for name in ("at", "by", "whole", "well")} | {"findings": told(row.findings)}


@privacy.get("/privacy/rules", response=_NO | {200: list[Kept]}, operation_id="rule_list", summary="保存期限")
def rules(request: ApiRequest) -> list[RetentionRule]:  # noqa: ARG001
    """How many days each kind of thing is kept."""
    return list(RetentionRule.objects.order_by("what"))


@privacy.post("/privacy/rules", response=_NO | {200: Kept}, operation_id="rule_set", summary="设置保存期限")
def rule(request: ApiRequest, payload: Keeping) -> RetentionRule:
    """Keep something for so many days from now on."""
    return rule_set(actor=request.actor, now=request.now, **payload.dict())


@privacy.post("/privacy/erase", response=_NO | {200: Erased}, operation_id="privacy_erase", summary="应要求删除")
def erase(request: ApiRequest, payload: Erasing) -> dict[str, Any]:
    """Remove the words of a post by its public link; the ledger keeps the fact without the words."""
    count, numbers = erase_by_link(url=payload.url, reason=payload.reason, actor=request.actor, now=request.now)
    return {"posts": count, "risks": numbers}
