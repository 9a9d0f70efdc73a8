"""Reading the sheet. Scope is applied here, in the query, so that no page can forget it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import F, Q, QuerySet

from tracker.accounts.actors import Actor
from tracker.accounts.models import Role, Unit
from tracker.posts.fulltext import TextIndex
from tracker.posts.models import Post
from tracker.risks.deadlines import long_overdue
from tracker.risks.lifecycle import OPEN, State
from tracker.risks.models import Attachment, Extension, Risk
from tracker.risks.policies import SEE_ALL

SHEET: Final = TextIndex("risks_text", "risks_risk", ("number", "problem", "place"))


def visible(actor: Actor) -> QuerySet[Risk]:
    """The risks `actor` may see: all by role, or those of the own unit's subtree as a handler, or none; a token's scope narrows it."""
    risks = Risk.objects.select_related("unit", "assigning_unit")
    if actor.scope:
        risks = risks.filter(unit__path__startswith=actor.scope)
    if actor.has(*SEE_ALL):
        return risks
    if actor.has(Role.HANDLER) and actor.unit_path:
        return risks.filter(unit__path__startswith=actor.unit_path)
    return risks.none()


def inbox(actor: Actor) -> QuerySet[Risk]:
    """What a handler must act on, nearest deadline first."""
    mine = visible(actor).filter(unit__path=actor.unit_path)
    return mine.filter(state__in=[State.ASSIGNED, State.HANDLING]).order_by("treat_due", "id")


def overdue(risks: QuerySet[Risk], now: datetime) -> QuerySet[Risk]:
    """Those of `risks` still open past their treatment deadline."""
    return risks.filter(state__in=OPEN, treat_due__lt=now)


def past_due(now: datetime) -> list[tuple[int, str]]:
    """(risk, purpose) of every deadline that has passed unmet: sign, treat, answer; overdue when treatment is late for long."""
    opened = Risk.objects.filter(state__in=OPEN)
    late = {
        "sign": opened.filter(state=State.ASSIGNED, sign_due__lt=now),
        "treat": opened.filter(treat_due__lt=now),
        "answer": opened.filter(answered_at=None, answer_due__lt=now),
    }
    found = [
        (pk, purpose)
        for purpose, rows in late.items()
        for pk, breaches in rows.values_list("pk", "breaches")
        if purpose not in breaches.split(",")
    ]
    waiting = late["treat"].exclude(breaches__contains="overdue").values_list("pk", "kind", "level", "treat_due")
    return found + [(pk, "overdue") for pk in long_overdue(waiting, now)]


def awaiting_decision(actor: Actor) -> QuerySet[Extension]:
    """The requests for more time that nobody has decided, of risks `actor` may see, oldest first."""
    asked = Extension.objects.filter(granted=None, risk__in=visible(actor).filter(state__in=OPEN))
    return (
        asked.filter(asked_at__gte=F("risk__assigned_at"))
        .select_related("risk", "risk__unit")
        .order_by("asked_at", "id")
    )


def source_posts(risk: Risk) -> QuerySet[Post]:
    """The public posts behind a risk: to each of them an answer is owed."""
    return Post.objects.filter(event=risk.event_id).order_by("published_at", "id").prefetch_related("sightings")


def attachment_for(actor: Actor, risk: str, digest: str) -> Attachment:
    """The evidence, if `actor` may see its risk; Attachment.DoesNotExist otherwise."""
    return Attachment.objects.get(risk__in=visible(actor).filter(number=risk), digest=digest)


def suggest_unit(place: str) -> Unit | None:
    """The unit whose prefecture the place names, when exactly one does."""
    units = [u for u in Unit.objects.exclude(prefecture="") if u.prefecture and u.prefecture in place]
    return units[0] if len(units) == 1 else None


def search(risks: QuerySet[Risk], words: str) -> QuerySet[Risk]:
    """Those of `risks` whose number, problem or place holds every one of `words`; words without a letter or digit find nothing."""
    if words.strip():
        risks = risks.filter(pk__in=SHEET.matching(words))
    for word in words.split():
        risks = risks.filter(Q(number__icontains=word) | Q(problem__icontains=word) | Q(place__icontains=word))
    return risks
