"""What every request carries: the language, one clock reading and the person; and how an expired session is told to HTMX."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from tracker.accounts.actors import Actor
from tracker.accounts.models import User
from tracker.accounts.selectors import actor_of

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails


class DeskRequest(HttpRequest):
    """A request as our views get it. `now` is read once, so that one page never shows two moments."""

    actor: Actor
    now: datetime
    htmx: HtmxDetails


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
        return super().handle_no_permission(request, view_func)


class ChosenLanguageMiddleware(LocaleMiddleware):
    """The language somebody chose with the switch, else Chinese: an office's pages do not depend on how a browser is set."""

    def process_request(self, request: HttpRequest) -> None:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()
