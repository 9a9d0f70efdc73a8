"""The analyst's queue and verdicts: the events by expected harm, one event with its posts, what may be decided about it."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Q
from django.shortcuts import get_object_or_404
from ninja import Router

from tracker.api.coverage import sentence
from tracker.api.identity import ApiRequest, KeyOrSession
from tracker.api.schemas import (
    Confirmation,
    EventOut,
    EventPage,
    Id,
    Limit,
    Merging,
    Problem,
    Reasoned,
    RiskOut,
    Splitting,
    Versioned,
)
from tracker.api.shown import event_out, event_row, risk_out
from tracker.posts.grouping import event_merge, event_split, event_unmerge
from tracker.posts.models import Event
from tracker.posts.selectors import queue
from tracker.posts.services import event_dismiss, event_restore
from tracker.risks.services import risk_list

router = Router(tags=["queue"], auth=KeyOrSession("queue"))
_READ: Final = {200: EventPage, 401: Problem, 403: Problem, 422: Problem}
_ONE: Final = {200: EventOut, 401: Problem, 403: Problem, 404: Problem, 422: Problem}
_DECIDED: Final = _ONE | {409: Problem}


@router.get("/queue", response=_READ, operation_id="queue_list", summary="研判队列")
def queue_list(request: ApiRequest, after: Id | None = None, limit: Limit = 50) -> dict[str, Any]:
    """Flagged events that await a verdict, most harmful first; `after` is the event to go on behind."""
    waiting = queue()
    last = Event.objects.filter(pk=after).first() if after is not None else None
    if last:
        waiting = waiting.filter(Q(harm__lt=last.harm) | Q(harm=last.harm, pk__gt=last.pk))
    rows = list(waiting[: limit + 1])
    following = str(rows[limit - 1].pk) if len(rows) > limit else None
    return {"items": [event_row(row) for row in rows[:limit]], "next": following, "coverage": sentence(request.now)}


@router.get("/events/{event}", response=_ONE, operation_id="event_read", summary="一件事及其诉求")
def event_read(request: ApiRequest, event: Id) -> dict[str, Any]:  # noqa: ARG001 - the path decides
    """One event with its posts (masked), where each was seen, and why the machine flagged it."""
    return event_out(get_object_or_404(Event, pk=event))


@router.post(
    "/events/{event}/confirm", response=_DECIDED | {200: RiskOut}, operation_id="event_confirm", summary="列入清单"
)
def event_confirm(request: ApiRequest, event: Id, payload: Confirmation) -> dict[str, Any]:
    """Onto the sheet, under the next number of the year, with the analyst's labels."""
    get_object_or_404(Event, pk=event)
    risk = risk_list(event=event, actor=request.actor, now=request.now, **payload.dict())
    return risk_out(risk, request.actor, request.now)


@router.post("/events/{event}/dismiss", response=_DECIDED, operation_id="event_dismiss", summary="不列单")
def dismiss(request: ApiRequest, event: Id, payload: Reasoned) -> dict[str, Any]:
    """Not for the sheet, with a reason."""
    get_object_or_404(Event, pk=event)
    return event_out(event_dismiss(event=event, actor=request.actor, now=request.now, **payload.dict()))


@router.post("/events/{event}/restore", response=_DECIDED, operation_id="event_restore", summary="撤回不列单")
def restore(request: ApiRequest, event: Id, payload: Versioned) -> dict[str, Any]:
    """Take a dismissal back."""
    get_object_or_404(Event, pk=event)
    return event_out(event_restore(event=event, version=payload.version, actor=request.actor, now=request.now))


@router.post("/events/{event}/merge", response=_DECIDED, operation_id="event_merge", summary="并入另一件")
def merge(request: ApiRequest, event: Id, payload: Merging) -> dict[str, Any]:
    """Give all posts of this event to `into`; returns `into`."""
    get_object_or_404(Event, pk=event)
    return event_out(event_merge(event=event, actor=request.actor, now=request.now, **payload.dict()))


@router.post("/events/{event}/unmerge", response=_DECIDED, operation_id="event_unmerge", summary="撤回并入")
def unmerge(request: ApiRequest, event: Id, payload: Reasoned) -> dict[str, Any]:
    """Take a merging back: the posts that moved return."""
    get_object_or_404(Event, pk=event)
    return event_out(event_unmerge(event=event, actor=request.actor, now=request.now, **payload.dict()))


@router.post("/events/{event}/split", response=_DECIDED, operation_id="event_split", summary="拆出")
def split(request: ApiRequest, event: Id, payload: Splitting) -> dict[str, Any]:
    """Give some of its posts an event of their own; returns that one."""
    get_object_or_404(Event, pk=event)
    return event_out(event_split(event=event, actor=request.actor, now=request.now, **payload.dict()))
