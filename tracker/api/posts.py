"""The door for posts that other programs push: by the token of their source, which opens nothing else."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema
from ninja.errors import HttpError

from tracker.api.problems import problem
from tracker.api.schemas import Problem
from tracker.intake.known import known_sources
from tracker.intake.push import PushBusy, PushRefused, PushTooLarge, TokenRefused, push_take

router = Router(tags=["posts"])
# 10,000 posts of a usual length with room to spare; what is longer is refused before it is read.
LONGEST: Final = 64 * 1024 * 1024
_STATUS: Final = {TokenRefused: 401, PushTooLarge: 413, PushBusy: 409, PushRefused: 422}


class RowOut(Schema):
    row: int
    key: str
    sentence: str


class PushOut(Schema):
    """What became of a push: `accepted` rows are on the disk; each refused one is named with why."""

    source: str
    run: str
    accepted: int
    new: int
    unchanged: int
    undated: int
    refused: list[RowOut]
    left_behind: list[str]


_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}},
    },
    "security": [{"SourceToken": []}],
}


@router.post(
    "/posts",
    response={200: PushOut, 400: Problem, 401: Problem, 409: Problem, 413: Problem, 422: Problem},
    operation_id="posts_push",
    summary="推送诉求",
    openapi_extra=_BODY,
)
def push(request: HttpRequest) -> dict[str, Any] | HttpResponse:
    """Posts of one source: masked before anything is written, each once. Wrong rows are named, the rest is taken."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    try:
        taken = push_take(
            token=token.strip() if scheme.lower() == "bearer" else "", rows=_rows(request), sources=known_sources(),
            spool=settings.ENV.spool, state=settings.ENV.crawl_state, now=timezone.now(),
        )  # fmt: skip
    except PushRefused as refused:
        return problem(next(status for kind, status in _STATUS.items() if isinstance(refused, kind)), str(refused))
    return asdict(taken)


def _rows(request: HttpRequest) -> Any:
    """The array that was sent; a bare object counts as one row."""
    if int(request.headers.get("Content-Length") or 0) > LONGEST:
        raise PushTooLarge(_("一次推送不能超过 64 MB：请分批"))
    content = request.read(LONGEST + 1)
    try:
        found = json.loads(content)
    except ValueError as error:
        raise HttpError(400, _("推送的内容不是 JSON")) from error
    return [found] if isinstance(found, dict) else found
