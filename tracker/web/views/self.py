"""My account: who I am here, my second factor, my keys for programs, my sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.forms import Form
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tracker.accounts.models import Grant, RecoveryCode, Role, Token, User
from tracker.accounts.passwords import sessions_end
from tracker.accounts.second_factor import has_factor, required
from tracker.accounts.services import AccountRefused
from tracker.accounts.tokens import token_make, token_revoke
from tracker.web.account_forms import KeyForm
from tracker.web.answers import answer, page, see_other
from tracker.web.middleware import DeskRequest
from tracker.web.my_addresses import addresses_context


@require_GET
@page("account")
def account(request: DeskRequest) -> HttpResponse:
    """Everything about one's own account."""
    return answer(request, "account", account_context(request))


@require_POST
@page("account")
def key_make(request: DeskRequest) -> HttpResponse:
    """A key with some of one's roles; its text is on this answer and nowhere else."""
    form = KeyForm(request.POST, roles=request.actor.roles)
    if not form.is_valid():
        return answer(request, "account", account_context(request, form=form), status=422)
    given = form.cleaned_data
    try:
        _token, text = token_make(
            user=request.actor.username, name=given["name"], roles=given["roles"], unit=given["unit"],
            until=request.now + timedelta(days=given["days"]), by=request.actor, now=request.now,
        )  # fmt: skip
    except AccountRefused as refused:
        return answer(request, "account", account_context(request, form=form, error=str(refused)), status=422)
    return answer(request, "account", account_context(request, made=text))


@require_POST
@page("account")
def key_revoke(request: DeskRequest, pk: int) -> HttpResponse:
    """End a key at once."""
    try:
        token_revoke(token=pk, by=request.actor, now=request.now)
        messages.success(request, _("密钥已撤销"))
    except AccountRefused as refused:
        messages.error(request, str(refused))
    return see_other(reverse("account"))


@require_POST
@page("account")
def everywhere_out(request: DeskRequest) -> HttpResponse:
    """End every other session of mine; this one goes on."""
    user = sessions_end(user=User.objects.get(username=request.actor.username), actor=request.actor, now=request.now)
    update_session_auth_hash(request, user)
    messages.success(request, _("其他地方的登录都已退出"))
    return see_other(reverse("account"))


def account_context(
    request: DeskRequest, *, form: KeyForm | None = None, made: str = "", error: str = "", tried: Form | None = None
) -> dict[str, Any]:
    """Template variables; `tried` is a form about addresses as it was typed."""
    user = User.objects.select_related("unit").get(username=request.actor.username)
    mine = Grant.objects.filter(user=user).order_by("role")
    return addresses_context(user.username, request.now, tried) | {
        "person": user,
        "roles": [(Role(grant.role).label, grant.until) for grant in mine if grant.role in request.actor.roles],
        "factor": has_factor(user),
        "factor_required": required(request.actor),
        "codes_left": RecoveryCode.objects.filter(factor__user=user, used_at=None).count(),
        "keys": Token.objects.filter(user=user, revoked_at=None, expires_at__gt=request.now).select_related("unit"),
        "form": form or KeyForm(roles=request.actor.roles),
        "made": made,
        "error": error,
    }
