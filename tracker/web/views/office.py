"""The office's settings and logs."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tracker.web.answers import answer, page, see_other
from tracker.web.middleware import DeskRequest
from tracker.web.office_page import TABS, Tried, carry_out, office_context


@require_GET
@page("office")
def office(request: DeskRequest, tab: str = "units") -> HttpResponse:
    """One tab of the settings."""
    if tab not in TABS:
        raise Http404
    return answer(request, "office", office_context(request, tab))


@require_POST
@page("office")
def office_act(request: DeskRequest, tab: str, act: str) -> HttpResponse:
    """One change: done and redirected, or refused in place with what was typed."""
    if tab not in TABS or act not in TABS[tab].acts:
        raise Http404
    try:
        carry_out(tab, act, request, request.now)
    except Tried as tried:
        return answer(request, "office", office_context(request, tab, tried), status=422)
    messages.success(request, _("已保存，并记入台账"))
    return see_other(reverse("office-tab", args=[tab]))
