"""Which posts are one event: the analyst merges two events, or gives some posts an event of their own."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tracker.posts.grouping import event_merge, event_split
from tracker.posts.models import Event
from tracker.posts.services import VerdictRefused
from tracker.web.answers import page, see_other
from tracker.web.middleware import DeskRequest
from tracker.web.queue_page import merge_form, split_form
from tracker.web.undo import remember
from tracker.web.views.queue import again


@require_POST
@page("queue")
def queue_merge(request: DeskRequest, pk: int) -> HttpResponse:
    """The posts of this event go over to another one, which is then open; `u` takes it back."""
    event = get_object_or_404(Event, pk=pk)
    form = merge_form(event, [], request.POST)
    if not form.is_valid():
        return again(request, event, _("有一项没有填对，请检查标出的地方"))
    try:
        into = event_merge(event=pk, actor=request.actor, now=request.now, **form.cleaned_data)
    except VerdictRefused as refused:
        event.refresh_from_db()
        return again(request, event, str(refused))
    event.refresh_from_db()
    remember(request.session, event)
    messages.success(request, _("已并入：{title}").format(title=into.title[:40]))
    return see_other(reverse("queue-event", args=[into.pk]))


@require_POST
@page("queue")
def queue_split(request: DeskRequest, pk: int) -> HttpResponse:
    """The ticked posts get an event of their own, which is then open and awaits its verdict."""
    event = get_object_or_404(Event, pk=pk)
    form = split_form(event, request.POST)
    if not form.is_valid():
        return again(request, event, _("有一项没有填对，请检查标出的地方"))
    try:
        made = event_split(event=pk, actor=request.actor, now=request.now, **form.cleaned_data)
    except VerdictRefused as refused:
        event.refresh_from_db()
        return again(request, event, str(refused))
    messages.success(request, _("已拆出另一件：{title}").format(title=made.title[:40]))
    return see_other(reverse("queue-event", args=[made.pk]))
