"""The model's page: its card, the cost statement and its effect, challengers, drift, and the rules that a department edits."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from analysis.api import ModelError
from tracker.learning.costs import costs_set
from tracker.learning.errors import LearningRefused
from tracker.learning.services import model_promote, model_rollback
from tracker.posts.statements import StatementRefused, in_force, statement_set
from tracker.web.answers import answer, page, see_other
from tracker.web.middleware import DeskRequest
from tracker.web.model_page import KINDS, LONGEST_REASON, model_context


@require_GET
@page("model")
def model(request: DeskRequest) -> HttpResponse:
    """What the model reaches and misses; with limits in the address, what they would mean."""
    return answer(request, "model", model_context(request))


@require_POST
@page("model")
def model_costs(request: DeskRequest) -> HttpResponse:
    """Save the limits; the threshold follows from them."""
    values = {**in_force("cost"), **_given(request, "cost")}
    return _done(
        request,
        lambda: costs_set(values=values, actor=request.actor, now=request.now, reason=_reason(request)),
        _("已保存，新来的帖子按新的提示线提示"),
    )


@require_POST
@page("model")
def model_rule(request: DeskRequest, kind: str) -> HttpResponse:
    """State one of the rules anew."""
    if kind not in KINDS:
        raise Http404
    values, reason = _given(request, kind), _reason(request)
    return _done(
        request,
        lambda: statement_set(kind=kind, values=values, actor=request.actor, now=request.now, reason=reason),
        _("已保存，从现在起生效"),
    )


@require_POST
@page("model")
def model_move(request: DeskRequest, version: str = "") -> HttpResponse:
    """Promote `version`; without one, go back to what worked before."""
    actor, now, reason = request.actor, request.now, _reason(request)
    if version:
        return _done(
            request,
            lambda: model_promote(version=version, actor=actor, now=now, reason=reason),
            _("已启用，下一批来帖起由它判断"),
        )
    return _done(
        request,
        lambda: model_rollback(actor=actor, now=now, reason=reason),
        _("已退回，下一批来帖起由原来的模型判断"),
    )


def _reason(request: DeskRequest) -> str:
    """As much as the field holds; a null character, which no store keeps, is dropped."""
    return request.POST.get("reason", "").replace("\0", "")[:LONGEST_REASON]


def _given(request: DeskRequest, kind: str) -> dict[str, object]:
    """What was typed; a box that is not ticked is sent by no browser."""
    now = in_force(kind)
    return {
        name: (name in request.POST) if isinstance(value, bool) else request.POST.get(name, value)
        for name, value in now.items()
        if name != "threshold"
    }


def _done(request: DeskRequest, act: Callable[[], object], said: str) -> HttpResponse:
    """Do it and come back to the page; what is refused is said on it, and nothing is changed."""
    try:
        act()
    except (StatementRefused, LearningRefused, ModelError) as refused:
        return answer(request, "model", model_context(request, str(refused)), status=409)
    messages.success(request, said)
    return see_other(reverse("model"))
