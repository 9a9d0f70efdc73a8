"""The people who work here: who holds which role until when; lend, end, move, close, and help who has lost a phone or password."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tracker.accounts.models import Grant, Role, User
from tracker.accounts.passwords import password_set
from tracker.accounts.roles import role_end, role_give, user_leave, user_move
from tracker.accounts.second_factor import factor_reset
from tracker.accounts.services import AccountRefused, user_create
from tracker.outward.exports import read_record
from tracker.risks.clocks import SHANGHAI
from tracker.web.account_forms import EndForm, LendForm, MoveForm, PersonForm, ReasonedForm
from tracker.web.answers import answer, page, see_other
from tracker.web.middleware import DeskRequest

Result = str | None


def _lend(request: DeskRequest, user: str, given: dict[str, Any]) -> Result:
    day = given["until"]
    until = datetime.combine(day, time(), SHANGHAI) + timedelta(days=1) if day else None
    common = {"user": user, "by": request.actor, "now": request.now, "reason": given["reason"]}
    role_give(role=given["role"], until=until, **common)
    return None


def _simple(service: Callable[..., object]) -> Callable[[DeskRequest, str, dict[str, Any]], Result]:
    def call(request: DeskRequest, user: str, given: dict[str, Any]) -> Result:
        done = service(user=user, by=request.actor, now=request.now, **given)
        return done if isinstance(done, str) else None

    return call


# What an administrator can do to an account: its name on the page, the form, the service.
ACTS: Final[dict[str, tuple[str | Promise, type[forms.Form], Callable[[DeskRequest, str, dict[str, Any]], Result]]]] = {
    "lend": (gettext_lazy("授予或出借角色"), LendForm, _lend),
    "end": (gettext_lazy("收回角色"), EndForm, _simple(role_end)),
    "move": (gettext_lazy("调整单位"), MoveForm, _simple(user_move)),
    "password": (gettext_lazy("重设密码"), ReasonedForm, _simple(password_set)),
    "factor": (gettext_lazy("重置动态口令"), ReasonedForm, _simple(factor_reset)),
    "leave": (gettext_lazy("停用账号"), ReasonedForm, _simple(user_leave)),
}


@require_GET
@page("people")
def people(request: DeskRequest) -> HttpResponse:
    """Everybody with the roles in force; who looked is written down."""
    read_record(what="people", of="people", key="list", actor=request.actor, now=request.now)
    return answer(request, "people", _context(request))


@require_POST
@page("people")
def person_add(request: DeskRequest) -> HttpResponse:
    """Somebody new, with a password to be changed at the first login, shown once."""
    form = PersonForm(request.POST)
    if not form.is_valid():
        return answer(request, "people", _context(request, form=form), status=422)
    name = form.cleaned_data["username"]
    try:
        with transaction.atomic():
            user_create(**form.cleaned_data, password=None, by=request.actor, now=request.now)
            text = password_set(user=name, by=request.actor, now=request.now, reason=_("新建账号"))
    except AccountRefused as refused:
        return answer(request, "people", _context(request, form=form, error=str(refused)), status=422)
    return answer(request, "people", _context(request, made=text, made_for=name))


@require_GET
@page("people")
def person(request: DeskRequest, username: str) -> HttpResponse:
    """One account with what may be done to it."""
    row = get_object_or_404(User.objects.select_related("unit"), username=username)
    read_record(what="people", of="people", key=username, actor=request.actor, now=request.now)
    return answer(request, "person", _person(request, row))


@require_POST
@page("people")
def person_act(request: DeskRequest, username: str, act: str) -> HttpResponse:
    """One act on an account; refused in place with what was typed."""
    row = get_object_or_404(User.objects.select_related("unit"), username=username)
    if act not in ACTS:
        raise Http404
    label, kind, perform = ACTS[act]
    form = kind(request.POST, auto_id=f"{act}-%s")
    if not form.is_valid():
        return answer(request, "person", _person(request, row, act, form), status=422)
    try:
        text = perform(request, username, form.cleaned_data)
    except AccountRefused as refused:
        return answer(request, "person", _person(request, row, act, form, str(refused)), status=422)
    if text:
        return answer(request, "person", _person(request, row) | {"made": text})
    messages.success(request, _("已办：{act}").format(act=label))
    return see_other(reverse("people-person", args=[username]))


def _grants(now: datetime) -> Prefetch[str]:
    return Prefetch("grants", Grant.objects.exclude(until__lte=now).order_by("role"), to_attr="held")


def _rows(rows: Any) -> list[tuple[User, list[tuple[str, datetime | None]]]]:
    return [(row, [(str(Role(grant.role).label), grant.until) for grant in row.held]) for row in rows]


def _context(request: DeskRequest, *, form: PersonForm | None = None, **more: str) -> dict[str, Any]:
    every = User.objects.select_related("unit", "factor").prefetch_related(_grants(request.now))
    return {
        "people": _rows(every.order_by("-is_active", "unit__path", "username")),
        "form": (form or PersonForm()) if request.actor.has(Role.ADMIN) else None,
        **more,
    }


def _person(
    request: DeskRequest, row: User, tried: str = "", bound: forms.Form | None = None, error: str = ""
) -> dict[str, Any]:
    (found,) = _rows(
        User.objects.filter(pk=row.pk).select_related("unit", "factor").prefetch_related(_grants(request.now))
    )
    may = request.actor.has(Role.ADMIN) and row.is_active and row.username != request.actor.username
    forms_of = [
        (act, label, bound if act == tried and bound else kind(auto_id=f"{act}-%s"), error if act == tried else "")
        for act, (label, kind, _perform) in ACTS.items()
    ]
    return {"person": found[0], "roles": found[1], "forms": forms_of if may else []}
