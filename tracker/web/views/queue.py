"""The analyst's queue: events by expected harm, one of them open; confirm, dismiss, take back."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tracker.posts.grouping import event_unmerge
from tracker.posts.models import Decision, Event
from tracker.posts.selectors import after_in_queue
from tracker.posts.services import VerdictRefused, event_dismiss, event_restore
from tracker.risks.errors import Refused
from tracker.risks.services import risk_list
from tracker.web.answers import answer, page, see_other
from tracker.web.forms import DismissForm, VerdictForm
from tracker.web.middleware import DeskRequest
from tracker.web.queue_page import dismiss_form, queue_context, verdict_form
from tracker.web.undo import forget, remember


@require_GET
@page("queue")
def queue(request: DeskRequest, pk: int | None = None) -> HttpResponse:
    """The queue with the most harmful event open, or the one asked for."""
    event = get_object_or_404(Event, pk=pk) if pk else None
    return answer(request, "queue", queue_context(request, event))


def _to_next(event: Event) -> HttpResponse:
    following = after_in_queue(event)
    return see_other(reverse("queue-event", args=[following.pk]) if following else reverse("queue"))


@require_POST
@page("queue")
def queue_confirm(request: DeskRequest, pk: int) -> HttpResponse:
    """Onto the sheet, with the analyst's labels; then the next event."""
    event = get_object_or_404(Event, pk=pk)
    form = verdict_form(event, request.POST)
    if not form.is_valid():
        return again(request, event, _("有一项没有填对，请检查标出的地方"), verdict=form)
    try:
        risk = risk_list(event=pk, actor=request.actor, now=request.now, **form.cleaned_data)
    except (Refused, VerdictRefused) as refused:
        event.refresh_from_db()
        return again(request, event, str(refused), verdict=form)
    event.refresh_from_db()
    remember(request.session, event, risk.number)
    return _to_next(event)


@require_POST
@page("queue")
def queue_dismiss(request: DeskRequest, pk: int) -> HttpResponse:
    """Not for the sheet, with a reason; the message carries the way back."""
    event = get_object_or_404(Event, pk=pk)
    form = dismiss_form(event, request.POST)
    if not form.is_valid():
        return again(request, event, _("有一项没有填对，请检查标出的地方"), dismiss=form)
    try:
        version = form.cleaned_data["version"]
        done = event_dismiss(event=pk, version=version, reason=form.sentence(), actor=request.actor, now=request.now)
    except VerdictRefused as refused:
        event.refresh_from_db()
        return again(request, event, str(refused), dismiss=form)
    remember(request.session, done)
    return _to_next(event)


@require_POST
@page("queue")
def queue_restore(request: DeskRequest, pk: int) -> HttpResponse:
    """Take a dismissal or a merging back and look at the event again."""
    event = get_object_or_404(Event, pk=pk)
    merged = event.decision == Decision.MERGED
    try:
        take_back = partial(event_unmerge, reason=_("撤回并入")) if merged else event_restore
        version = int(request.POST.get("version") or 0)
        take_back(event=pk, version=version, actor=request.actor, now=request.now)
        forget(request.session, pk)
        messages.success(request, _("已撤回，这件事回到队列"))
    except (VerdictRefused, ValueError) as refused:
        messages.error(request, str(refused))
    return see_other(reverse("queue-event", args=[pk]))


def again(
    request: DeskRequest,
    event: Event,
    sentence: str,
    *,
    verdict: VerdictForm | None = None,
    dismiss: DismissForm | None = None,
) -> HttpResponse:
    context = queue_context(request, event, verdict=verdict, dismiss=dismiss, error=sentence)
    return answer(request, "queue", context, status=409)
