"""How the API says no: problem JSON (RFC 9457) with the same sentence as the pages.

409 somebody was faster, 403 the rules do not allow it (`reason` says which kind of rule), 422 something is missing or
malformed, 404 it does not exist for this person, 401 nobody known asks.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from crawlers.api import CatalogueError
from tracker.accounts.services import AccountRefused
from tracker.ledger.outage import RETRY, outage, sentence
from tracker.outward.hooks import HookRefused
from tracker.outward.writeback import NothingToSend
from tracker.posts.services import VerdictConflict, VerdictRefused
from tracker.privacy.services import PrivacyRefused
from tracker.reports.periods import BadPeriod
from tracker.reports.slips import NoSlip
from tracker.reports.templates import BadTemplate
from tracker.risks.errors import Conflict, Incomplete, Refused

log = logging.getLogger("yidan.api")
MEDIA: Final = "application/problem+json"
_TITLES: Final = {
    400: "Bad request", 401: "Not authenticated", 403: "Not allowed", 404: "Not found", 405: "Method not allowed",
    409: "Conflict", 413: "Too large", 422: "Incomplete", 429: "Too many requests", 500: "Internal error",
    503: "Not available",
}  # fmt: skip


class Unknown(Exception):
    """Nobody known asks; the message is the sentence."""


class Forbidden(Exception):
    """A door that is not for who asks; the message is the sentence."""


# The first class that fits decides: its status; None reads it from the exception.
_STATUS: Final[tuple[tuple[type[Exception], int], ...]] = (
    (Conflict, 409), (VerdictConflict, 409), (Incomplete, 422), (Refused, 403), (VerdictRefused, 403),
    (AccountRefused, 403), (PrivacyRefused, 403), (HookRefused, 422), (Forbidden, 403), (PermissionDenied, 403), (Unknown, 401), (BadPeriod, 404), (NoSlip, 404),
    (NothingToSend, 404), (Http404, 404), (CatalogueError, 503), (BadTemplate, 503),
)  # fmt: skip


def problem(status: int, detail: str, reason: str = "", **more: object) -> HttpResponse:
    """The answer: `detail` is the sentence, `reason` the kind of rule in snake case."""
    body: dict[str, object] = {"type": "about:blank", "title": _TITLES.get(status, "Error"), "status": status}
    body |= {"detail": detail} | ({"reason": reason} if reason else {}) | more
    response = HttpResponse(json.dumps(body, ensure_ascii=False), content_type=MEDIA, status=status)
    response["Cache-Control"] = "no-store"
    if status == 401:  # noqa: PLR2004 - the status named in the line above
        response["WWW-Authenticate"] = "Bearer"
    return response


def _named(error: Exception) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()


def install(api: NinjaAPI) -> None:
    """Let every refusal become a problem; what nobody foresaw is logged and answered without its inside."""
    for kind, status in _STATUS:
        api.add_exception_handler(kind, _refusal(status))
    handlers: tuple[tuple[type[Exception], Any], ...] = (
        (ValidationError, _malformed), (HttpError, _known), (Exception, unforeseen),
    )  # fmt: skip
    for kind, handler in handlers:
        api.add_exception_handler(kind, handler)


def _known(_request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem(error.status_code, str(error))


def _refusal(status: int) -> Any:
    def answer(_request: HttpRequest, error: Exception) -> HttpResponse:
        sentence = _("没有这一项，或您看不到它") if isinstance(error, Http404) else str(error)
        return problem(status, sentence, _named(error) if status in (403, 409, 422) else "")

    return answer


def _malformed(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Which fields, and why; never the value, which may be what should not be in a log."""
    fields = [_field(row) for row in error.errors]
    sentence = _("请求里有不合要求的内容：{fields}").format(fields="、".join(row["field"] for row in fields))
    return problem(422, sentence, "malformed", errors=fields)


def _field(row: Mapping[str, Any]) -> dict[str, str]:
    return {"field": ".".join(str(part) for part in row.get("loc", ())), "message": str(row.get("msg", ""))}


def unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    """What no handler knows: an outage by its sentence and when to ask again, anything else without its inside; logged both times."""
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    if found := outage(error):
        response = problem(503, sentence(found), found.value)
        response["Retry-After"] = RETRY
        return response
    return problem(500, _("服务器出错了，没有写入任何内容；错误已记录"))
