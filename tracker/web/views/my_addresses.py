"""Where my own news goes besides the desk."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tracker.notify import addresses as service
from tracker.risks.errors import Refused
from tracker.web.answers import answer, page, see_other
from tracker.web.middleware import DeskRequest
from tracker.web.my_addresses import CodeForm, OwnAddressForm, OwnKeyForm
from tracker.web.views.self import account_context


@require_POST
@page("account")
def address_set(request: DeskRequest) -> HttpResponse:
    """A new address, or another one for a way there is; its code is on the way."""
    mine = request.actor.username
    return _done(
        request, OwnAddressForm(request.POST, auto_id="address-%s"), _("已发出确认码，收到后请在这里填写"),
        lambda typed: service.address_set(owner=mine, actor=request.actor, now=request.now, **typed),
    )  # fmt: skip


@require_POST
@page("account")
def address_confirm(request: DeskRequest) -> HttpResponse:
    """The code that arrived there."""
    return _done(
        request, CodeForm(request.POST), _("地址已确认，提醒会发到那里"),
        lambda typed: service.address_confirm(actor=request.actor, now=request.now, **typed),
    )  # fmt: skip


@require_POST
@page("account")
def address_end(request: DeskRequest) -> HttpResponse:
    """No more news there."""
    mine = request.actor.username
    return _done(
        request, OwnKeyForm(request.POST), _("已删除，不再发到那里"),
        lambda typed: service.address_end(owner=mine, actor=request.actor, now=request.now, **typed),
    )  # fmt: skip


def _done(
    request: DeskRequest, form: forms.Form, sentence: str, call: Callable[[dict[str, str]], object]
) -> HttpResponse:
    error = _("有一项没有填对，请检查标出的地方")
    if form.is_valid():
        try:
            call(form.cleaned_data)
        except Refused as refused:
            error = str(refused)
        else:
            messages.success(request, sentence)
            return see_other(reverse("account"))
    return answer(request, "account", account_context(request, tried=form) | {"address_error": error}, status=422)
