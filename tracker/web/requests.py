"""What holds for every request, whatever page it asks for: its number, which its answer and everything logged on the way carry; and no NUL in it."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from secrets import token_hex
from time import perf_counter
from typing import Final

from django.http import HttpRequest, HttpResponseBase, QueryDict

from tracker.logs import bound

log = logging.getLogger("yidan.requests")
HEADER: Final = "X-Request-ID"
_NUMBER = re.compile(r"[0-9a-f-]{8,64}")
FAILED: Final = 500


class RequestLog:
    """The outermost middleware. A proxy's number is taken over, so that its log and ours can be laid side by side."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        number, begun = given if _NUMBER.fullmatch(given) else token_hex(8), perf_counter()
        with bound(request=number):
            response = self.get_response(request)
            response.headers[HEADER] = number
            match = request.resolver_match
            said = {
                "method": request.method, "page": match.view_name if match else "", "status": response.status_code,
                "ms": round(1000 * (perf_counter() - begun)),
            }  # fmt: skip
            log.log(logging.WARNING if response.status_code >= FAILED else logging.INFO, "answered", extra=said)
        return response


class WithoutNul:
    """A NUL, which no keyboard makes and PostgreSQL cannot hold, is left out of what a page is asked and told; the API refuses it itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, *_arguments: object) -> None:
        """Where the form has been read anyway, to compare its token."""
        if not getattr(view, "csrf_exempt", False):
            for name in ("GET", "POST"):
                given = getattr(request, name)
                if any("\0" in value for _name, values in given.lists() for value in values):
                    setattr(request, name, _clean(given))


def _clean(given: QueryDict) -> QueryDict:
    clean = QueryDict(mutable=True)
    for name, values in given.lists():
        clean.setlist(name, [value.replace("\0", "") for value in values])
    return clean
