"""What every request carries: the language, one clock reading and the person; what a session must have; how HTMX is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from tracker.accounts.actors import Actor
from tracker.accounts.models import User
from tracker.accounts.selectors import actor_of
from tracker.accounts.sessions import Missing, left_alone, missing
from tracker.web.kept import stood_on, typed

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails


class DeskRequest(HttpRequest):
    """A request as our views get it. `now` is read once, so that one page never shows two moments."""

    actor: Actor
    now: datetime
    htmx: HtmxDetails
    unfinished: bool = False


class ActorMiddleware:
    """Sets `request.now`, and `request.actor` lazily: pages without a person (login, static files) cost no query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        desk = cast("DeskRequest", request)
        desk.now = timezone.now()
        desk.actor = cast("Actor", SimpleLazyObject(lambda: _actor(desk)))
        return self.get_response(request)


def _actor(request: DeskRequest) -> Actor:
    user = request.user
    return actor_of(user, request.now) if isinstance(user, User) else Actor(username="", name="")


class DeskLoginRequired(LoginRequiredMiddleware):
    """Sends a stranger to the login page; inside a page, says so in place, so that a half-written form is not lost."""

    def handle_no_permission(  # type: ignore[override]  # the stubs promise a redirect only
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        if cast("DeskRequest", request).htmx:
            response: HttpResponse = render(request, "partials/expired.html", status=401)
            response["HX-Retarget"], response["HX-Reswap"] = "#notice", "innerHTML"
            return response
        if kept := typed(request):
            context = {"kept": kept, "files": bool(request.FILES), "onwards": urlencode({"next": stood_on(request)})}
            return render(request, "pages/expired.html", context, status=401)
        return super().handle_no_permission(request, view_func)


# The steps of logging in, and the ways out of it.
_STEPS: Final = {Missing.CODE: "login-code", Missing.PASSWORD: "login-password", Missing.SET_UP: "login-setup"}
_ALWAYS: Final = frozenset({"login", "logout", "set_language", *_STEPS.values()})


class SessionRules:
    """A session left alone ends; one that lacks a step of logging in is sent there, whatever page it asks for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], *_arguments: object
    ) -> HttpResponseBase | None:
        """Before the view, and before the question whether somebody is logged in at all."""
        desk = cast("DeskRequest", request)
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not isinstance(request.user, User):
            return None
        if left_alone(request.session, desk.now):
            logout(request)
            return None
        # What asks for no login (the API, whether we are alive) looks after itself.
        if not getattr(view, "login_required", True):
            return None
        step = missing(request.session, request.user, desk.actor)
        desk.unfinished = step is not None
        name = request.resolver_match.url_name if request.resolver_match else ""
        if step is None or name in _ALWAYS:
            return None
        onwards = f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""
        return _elsewhere(desk, reverse(_STEPS[step]) + onwards)


def _elsewhere(request: DeskRequest, url: str) -> HttpResponse:
    if not request.htmx:
        return HttpResponseRedirect(url)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response


class ChosenLanguageMiddleware(LocaleMiddleware):
    """The language somebody chose with the switch, else Chinese: an office's pages do not depend on how a browser is set."""

    def process_request(self, request: HttpRequest) -> None:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()
