"""Login, and the page for a form that has gone stale."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.i18n import set_language


@method_decorator(login_not_required, name="dispatch")
class Login(LoginView):
    """The one page a stranger gets; somebody already logged in goes on to today."""

    template_name = "pages/login.html"
    redirect_authenticated_user = True


language = login_not_required(set_language)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """A form whose token no longer holds: say so, lose nothing (the browser's Back keeps what was typed)."""
    return render(request, "pages/stale.html", status=403)
