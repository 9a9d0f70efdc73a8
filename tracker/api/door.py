"""The door before every operation: who asks, no text a store chokes on, and each keyed write once.

An `Idempotency-Key` makes a write repeatable: its answer is kept in the same transaction as its effect, so a program that lost
the connection repeats the request and gets the first answer. A refusal is not kept: what was refused may be possible later.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from hashlib import sha256
from typing import Any, Final, cast
from urllib.parse import unquote

from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseFailed
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from tracker.api.identity import ApiRequest, identify
from tracker.api.models import KeyedAnswer
from tracker.api.problems import Forbidden, Unknown, problem, unforeseen

HEADER: Final = "Idempotency-Key"
LONGEST: Final = 80
_WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
View = Callable[..., HttpResponseBase]


class _Undone(Exception):
    """Rolls a keyed write back when its answer is a refusal; carries that answer."""

    def __init__(self, response: HttpResponseBase) -> None:
        super().__init__()
        self.response = response


def door(view: View, *, public: bool = False) -> View:
    """`view` behind the door; a `public` one (the description of the API) is asked for by anybody."""

    @csrf_exempt
    @login_not_required
    @wraps(view)
    def through(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return passed(request, *args, **kwargs)
        except DatabaseFailed as error:  # the door's own questions, which no handler of the API stands around
            return unforeseen(request, error)

    def passed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if "\x00" in unquote(request.get_full_path()):
            return problem(400, _("请求的地址里有无法处理的字符"))
        if not public:
            try:
                identify(request)
            except Unknown as error:
                return problem(401, str(error))
            except Forbidden as error:
                return problem(403, str(error), "csrf")
        asked = cast("ApiRequest", request)
        key = request.headers.get(HEADER, "")
        if request.method in _WRITES and key and not public:
            return _keyed(asked, key, lambda: view(request, *args, **kwargs))
        response = view(request, *args, **kwargs)
        return _not_allowed(response) if response.status_code == 405 else response  # noqa: PLR2004 - HTTP's number

    return through


def _not_allowed(response: HttpResponseBase) -> HttpResponse:
    said = problem(405, _("这个接口不接受这种方法，可用：{methods}").format(methods=response.get("Allow", "")))
    said["Allow"] = response.get("Allow", "")
    return said


def _keyed(request: ApiRequest, key: str, perform: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    if len(key) > LONGEST or not key.isprintable():
        return problem(400, _("{header} 须为 1 至 {longest} 个可见字符").format(header=HEADER, longest=LONGEST))
    digest = _digest(request)
    if kept := KeyedAnswer.objects.filter(owner=request.owner, key=key).first():
        return _again(kept, digest)
    try:
        with transaction.atomic():
            return _first(request, key, digest, perform)
    except _Undone as refused:
        return refused.response
    except IntegrityError:
        kept = KeyedAnswer.objects.filter(owner=request.owner, key=key).first()
        return _again(kept, digest) if kept else problem(409, _("同一请求正在办理，请稍后再试"), "conflict")


def _first(request: ApiRequest, key: str, digest: str, perform: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    now: datetime = request.now
    row = KeyedAnswer.objects.create(owner=request.owner, key=key, request=digest, at=now)
    response = perform()
    if response.status_code >= 400 or response.streaming:  # noqa: PLR2004 - HTTP's border between done and refused
        raise _Undone(response)
    row.status, row.body = response.status_code, cast("HttpResponse", response).content.decode()
    row.save(update_fields=["status", "body"])
    return response


def _again(kept: KeyedAnswer, digest: str) -> HttpResponse:
    if kept.request != digest:
        return problem(422, _("这个 Idempotency-Key 已用于另一个请求，请换一个"), "key_reused")
    response = HttpResponse(kept.body, status=kept.status, content_type="application/json; charset=utf-8")
    response["Idempotent-Replay"] = "true"
    return response


def _digest(request: HttpRequest) -> str:
    """What was asked, as one text: a file by its content, because a form's boundaries differ from sending to sending."""
    told = sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type != "multipart/form-data":
        told.update(request.body)
        return told.hexdigest()
    for name, values in sorted(request.POST.lists()):
        told.update(repr((name, values)).encode())
    for name, file in [(name, file) for name, files in sorted(request.FILES.lists()) for file in files]:
        told.update(repr((name, sha256(file.read()).hexdigest())).encode())
        file.seek(0)
    return told.hexdigest()
