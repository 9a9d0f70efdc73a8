"""The pages one starts from: today, the sheet, the handler's inbox, trends, the sources."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.timezone import localtime
from django.views.decorators.http import require_GET, require_POST

from tracker.notify.selectors import notices
from tracker.notify.services import notice_read
from tracker.outward.exports import WRITERS, sheet_export
from tracker.risks.columns import COLUMNS
from tracker.risks.columns import chosen as columns_of
from tracker.risks.lifecycle import State
from tracker.risks.selectors import inbox, visible
from tracker.web.answers import answer, page, see_other
from tracker.web.health import sight
from tracker.web.middleware import DeskRequest
from tracker.web.sheet_page import chosen, rows, sheet_context
from tracker.web.today_page import blocks
from tracker.web.trends_page import trends_context

LISTED = 40
NOTICES = 10


@require_GET
def today(request: DeskRequest) -> HttpResponse:
    """What this person must act on, with what the sources let us see beside it."""
    unread = list(notices(request.actor.username, unread=True)[:NOTICES])
    context = {"blocks": blocks(request.actor, request.now), "sight": sight(request.now), "notices": unread}
    return answer(request, "today", context)


@require_POST
def notice_done(request: DeskRequest, pk: int) -> HttpResponse:
    """One's own notice has been read."""
    notice_read(notice=pk, actor=request.actor, now=request.now)
    return see_other(reverse("today"))


@require_GET
@page("sheet")
def sheet(request: DeskRequest) -> HttpResponse:
    """The sheet under the filters of the address."""
    return answer(request, "sheet", sheet_context(request) | {"sight": sight(request.now)})


@require_POST
@page("sheet")
def export(request: DeskRequest) -> HttpResponse:
    """What filters and columns of the address leave, as a file; a POST, because the ledger records who took what."""
    _form, left, kept = chosen(request)
    suffix = request.POST.get("format", "csv")
    if suffix not in WRITERS:
        raise Http404
    wanted = urlencode({name: value for name, value in kept.items() if name != "cols"})
    columns = columns_of(kept["cols"]) if "cols" in kept else tuple(COLUMNS)
    content = sheet_export(
        risks=left.order_by("id"), columns=columns, suffix=suffix, wanted=wanted, actor=request.actor, now=request.now
    )
    response = HttpResponse(content, content_type=WRITERS[suffix][1])
    name = f"yidan-{localtime(request.now):%Y%m%d-%H%M}.{suffix}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_GET
@page("inbox")
def handler_inbox(request: DeskRequest) -> HttpResponse:
    """What the own unit must sign for and handle, nearest deadline first, and what it waits for."""
    waiting = visible(request.actor).filter(
        unit__path=request.actor.unit_path, state__in=[State.SUBMITTED, State.APPROVING]
    )
    mine = rows(inbox(request.actor), request.now, LISTED + 1)
    context = {
        "more": len(mine) > LISTED,
        "to_sign": [row for row in mine[:LISTED] if row[0].state == State.ASSIGNED],
        "handling": [row for row in mine[:LISTED] if row[0].state == State.HANDLING],
        "waiting": rows(waiting.order_by("submitted_at", "id"), request.now, LISTED),
    }
    return answer(request, "inbox", context)


@require_GET
@page("trends")
def trends(request: DeskRequest) -> HttpResponse:
    """What the public says over time and how early hazards are met, with what the sources let us see beside it."""
    return answer(request, "trends", trends_context(request.actor, request.now) | {"sight": sight(request.now)})
