"""The verifier's desk: what waits, and one item with complaint, answer and evidence side by side."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET

from tracker.accounts.actors import Actor
from tracker.accounts.models import Role
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk
from tracker.risks.selectors import visible
from tracker.web.answers import answer, page, see_other
from tracker.web.middleware import DeskRequest
from tracker.web.sheet_page import rows
from tracker.web.verify_page import verify_context

LISTED = 40


def _waiting(actor: Actor) -> QuerySet[Risk]:
    """What waits for a judgement, longest waiting first."""
    return visible(actor).filter(state__in=[State.SUBMITTED, State.APPROVING]).order_by("submitted_at", "id")


@require_GET
@page("verify")
def waiting(request: DeskRequest) -> HttpResponse:
    """What waits to be verified and, for a manager, approved."""
    every = rows(_waiting(request.actor), request.now, LISTED)
    context = {
        "submitted": [row for row in every if row[0].state == State.SUBMITTED],
        "approving": [row for row in every if row[0].state == State.APPROVING],
    }
    return answer(request, "verify", context)


@require_GET
@page("verify")
def following(request: DeskRequest) -> HttpResponse:
    """To the item that has waited longest for this person, or to the list when nothing is left."""
    mine = [
        state
        for role, state in ((Role.VERIFIER, State.SUBMITTED), (Role.MANAGER, State.APPROVING))
        if request.actor.has(role)
    ]
    row = _waiting(request.actor).filter(state__in=mine).first()
    return see_other(reverse("verify-item", args=[row.number]) if row else reverse("verify"))


@require_GET
@page("verify")
def side_by_side(request: DeskRequest, number: str) -> HttpResponse:
    """Complaint, answer and evidence in one view, with the judgement below."""
    row = get_object_or_404(visible(request.actor), number=number)
    return answer(request, "verify_item", verify_context(request, row))
