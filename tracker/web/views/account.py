"""Logging in, step by step; the page for a form that has gone stale."""

from __future__ import annotations

import segno
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django.views.i18n import set_language

from tracker.accounts.models import User
from tracker.accounts.passwords import password_change
from tracker.accounts.second_factor import Locked, factor_check, factor_confirm, factor_start, has_factor
from tracker.accounts.services import AccountRefused
from tracker.accounts.sessions import begin, prove
from tracker.web.account_forms import CodeForm, PasswordForm
from tracker.web.answers import see_other
from tracker.web.kept import stood_on, typed
from tracker.web.middleware import DeskRequest


@method_decorator(login_not_required, name="dispatch")
class Login(LoginView):
    """The one page a stranger gets; somebody already logged in goes on to today."""

    template_name = "pages/login.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """The password is right; what else the session needs, it is sent to at its next page."""
        response = super().form_valid(form)
        begin(self.request.session, form.get_user())
        return response


language = login_not_required(set_language)
_step = require_http_methods(["GET", "POST"])


@never_cache
@_step
def code(request: DeskRequest) -> HttpResponse:
    """The second factor: six digits of the authenticator, or a recovery code."""
    form = CodeForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        context = {"form": form, "next": _onwards(request)}
        return render(request, "pages/login_code.html", context, status=_status(form))
    try:
        right = factor_check(user=_user(request), code=form.cleaned_data["code"], now=request.now)
        sentence = _("动态口令不对，请看手机上现在显示的六位数字")
    except Locked as locked:
        right, sentence = False, str(locked)
    if not right:
        context = {"form": form, "next": _onwards(request), "error": sentence}
        return render(request, "pages/login_code.html", context, status=422)
    prove(request.session)
    return see_other(_onwards(request))


@never_cache
@_step
def setup(request: DeskRequest) -> HttpResponse:
    """Set up an authenticator: scan, enter its first code, keep the recovery codes."""
    user, error = _user(request), ""
    if has_factor(user):
        return see_other(reverse("account"))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            given = factor_confirm(user=user, code=form.cleaned_data["code"], actor=request.actor, now=request.now)
        except AccountRefused as refused:
            error = str(refused)
        else:
            prove(request.session)
            return render(request, "pages/recovery_codes.html", {"codes": given})
    uri = factor_start(user=user, now=request.now)
    context = {"form": form, "qr": _drawn(uri), "secret": uri.partition("secret=")[2].partition("&")[0], "error": error}
    return render(request, "pages/login_setup.html", context, status=422 if error else _status(form))


def _drawn(uri: str) -> SafeString:
    """The address as a picture in the page: attributes only, no style, so the policy of the page allows it."""
    drawing = segno.make(uri, micro=False).svg_inline(scale=5, border=3, dark="#000", light="#fff", omitsize=False)
    return mark_safe(drawing)  # noqa: S308 - segno draws modules; no text of ours is in it


@never_cache
@_step
def password(request: DeskRequest) -> HttpResponse:
    """Change one's password; every other session ends."""
    form, error, user = PasswordForm(request.POST or None), "", _user(request)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            password_change(user=user, old=given["old"], new=given["new"], actor=request.actor, now=request.now)
        except AccountRefused as refused:
            error = str(refused)
        else:
            update_session_auth_hash(request, user)
            messages.success(request, _("密码已改，其他地方的登录已退出"))
            return see_other(reverse("account") if request.actor.roles else reverse("today"))
    context = {"form": form, "error": error, "forced": user.must_change}
    return render(request, "pages/login_password.html", context, status=422 if error else _status(form))


def _status(form: forms.Form) -> int:
    return 422 if form.is_bound and form.errors else 200


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    # A row of its own: what middleware holds is lazy, and services compare and save.
    return User.objects.get(pk=request.user.pk)


def _onwards(request: HttpRequest) -> str:
    """Where the person was going, if that is a page of ours."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if ours else reverse("today")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """A form whose token no longer holds: say so, and show what was typed."""
    context = {"kept": typed(request), "files": bool(request.FILES), "again": stood_on(request)}
    return render(request, "pages/stale.html", context, status=403)
