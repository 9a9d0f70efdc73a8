"""How a view answers: a whole page to a browser, the part that changed to HTMX, and the same redirect after an act to both."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from tracker.web.access import require
from tracker.web.middleware import DeskRequest

View = Callable[..., HttpResponseBase]


def page(name: str) -> Callable[[View], View]:
    """The view belongs to `name` of the access table: others get 403 with the sentence."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            require(name, request.actor)
            return view(request, *args, **kwargs)

        return guarded

    return guard


def answer(request: DeskRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """`partials/NAME.html` to HTMX (except where it restores history), `pages/NAME.html` otherwise."""
    part = request.htmx and not request.htmx.history_restore_request and not request.htmx.boosted
    response = render(request, f"{'partials' if part else 'pages'}/{name}.html", context, status=status)
    if part and status >= HTTPStatus.BAD_REQUEST:
        response["HX-Push-Url"] = "false"  # the address of an act is none to come back to
    patch_vary_headers(response, ["HX-Request"])
    response["Cache-Control"] = "no-store"
    return response


def see_other(url: str) -> HttpResponseRedirect:
    """After an act, to where its result shows: reloading that page repeats nothing. HTMX follows it and swaps the part."""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response
