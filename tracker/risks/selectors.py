"""Reading the sheet. Scope is applied here, in the query, so that no page can forget it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Final

from django.db.models import F, Q, QuerySet

from tracker.accounts.actors import Actor
from tracker.accounts.models import Role, Unit
from tracker.accounts.selectors import handling_units
from tracker.ledger.models import Entry
from tracker.posts.fulltext import NEWEST, TextIndex
from tracker.posts.models import Post
from tracker.risks.deadlines import long_overdue
from tracker.risks.lifecycle import OPEN, Act, State
from tracker.risks.models import Attachment, Extension, Risk
from tracker.risks.policies import SEE_ALL
from tracker.risks.routing import Candidate, Past, Suggestion, suggest

_KEPT: Final = (State.HANDLING, State.SUBMITTED, State.APPROVING, State.CLOSED)

SHEET: Final = TextIndex("risks_text", "risks_risk", ("number", "problem", "place"))


def visible(actor: Actor) -> QuerySet[Risk]:
    """The risks `actor` may see: all by role; as a handler those that the own subtree handles, assists or supervises; or none.

    A token's scope narrows it.
    """
    risks = Risk.objects.select_related("unit", "assigning_unit", "supervising_unit").prefetch_related("assisting")
    if actor.scope:
        risks = risks.filter(unit__path__startswith=actor.scope)
    if actor.has(*SEE_ALL):
        return risks
    if actor.has(Role.HANDLER) and actor.unit_path:
        mine = Unit.objects.filter(path__startswith=actor.unit_path)
        assisted = Risk.assisting.through.objects.filter(unit__in=mine).values("risk")
        return risks.filter(Q(unit__in=mine) | Q(supervising_unit__in=mine) | Q(pk__in=assisted))
    return risks.none()


def inbox(actor: Actor) -> QuerySet[Risk]:
    """What a handler must act on, nearest deadline first."""
    mine = visible(actor).filter(unit__path=actor.unit_path)
    return mine.filter(state__in=[State.ASSIGNED, State.HANDLING], closed_at=None).order_by("treat_due", "id")


def overdue(risks: QuerySet[Risk], now: datetime) -> QuerySet[Risk]:
    """Those of `risks` still open past their treatment deadline, for which nobody applied in time (`clocks.met`)."""
    return risks.filter(state__in=OPEN, closed_at=None, treat_due__lt=now).exclude(
        submitted_at__isnull=False, submitted_at__lte=F("treat_due")
    )


def past_due(now: datetime) -> list[tuple[int, str]]:
    """(risk, purpose) of every deadline that has passed unmet: sign, treat, answer; overdue when treatment is late for long."""
    opened = Risk.objects.filter(state__in=OPEN)
    late = {
        "sign": opened.filter(state=State.ASSIGNED, sign_due__lt=now),
        "treat": overdue(opened, now),
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
    # Named one by one: few are ever undecided, and a planner that begins with the risks reads all of them.
    undecided = list(Extension.objects.filter(granted=None).values_list("pk", flat=True))
    asked = Extension.objects.filter(pk__in=undecided, risk__state__in=OPEN)
    if actor.scope or not actor.has(*SEE_ALL):
        asked = asked.filter(risk__in=visible(actor))
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


# So many of the newest items of a field, and of the newest returns, say enough about whose it is; more would cost ever more.
_KEPT_READ: Final = 2000
_RETURNS_READ: Final = 2000


def suggest_units(risk: Risk) -> list[Suggestion]:
    """The units that `risk` most likely belongs to, best first, with reasons (`routing.suggest`)."""
    candidates = [Candidate(unit.code, unit.name, unit.prefecture) for unit in handling_units()]
    return suggest(risk.topic, risk.place, candidates, _routings(risk.topic))


def in_territory_of(place: str) -> Unit | None:
    """The unit whose prefecture `place` names, when exactly one does: a first guess that reads no history."""
    units = [unit for unit in handling_units() if place and unit.prefecture and unit.prefecture in place]
    return units[0] if len(units) == 1 else None


def _routings(topic: str) -> list[Past]:
    """Where items of `topic` went: kept by the unit that signed for them and has them still, returned by those in the ledger."""
    kept = Risk.objects.filter(topic=topic, state__in=_KEPT).order_by("-id").values_list("place", "unit__code")
    rows = [Past(topic, place, unit, kept=n) for (place, unit), n in Counter(kept[:_KEPT_READ]).items()]
    returns = Entry.objects.filter(act=f"risk.{Act.RETURN}").order_by("-seq").values_list("subject", "data")
    found = [(subject.removeprefix("risk:"), json.loads(data)["unit"]) for subject, data in returns[:_RETURNS_READ]]
    numbers = [number for number, _unit in found]
    places = dict(Risk.objects.filter(topic=topic, number__in=numbers).values_list("number", "place"))
    return rows + [Past(topic, places[number], unit, returned=1) for number, unit in found if number in places]


def alike(place: str, topic: str, limit: int) -> QuerySet[Risk]:
    """What became of closed risks of the same place and field, newest first: how it was handled last time."""
    if not place:
        return Risk.objects.none()
    found = Risk.objects.filter(place=place, topic=topic, state=State.CLOSED).select_related("unit")
    return found.order_by("-id")[:limit]


# Words that more items hold than this are soon found by reading on; for rarer ones the index names the items.
_COMMON: Final = 2000


def search(risks: QuerySet[Risk], words: str) -> QuerySet[Risk]:
    """Those of `risks` whose number, problem or place holds every one of `words`; words without a letter or digit find nothing."""
    if words.strip() and len(SHEET.newest(words, before=NEWEST, limit=_COMMON)) < _COMMON:
        risks = risks.filter(pk__in=SHEET.matching(words))
    for word in words.split():
        risks = risks.filter(Q(number__icontains=word) | Q(problem__icontains=word) | Q(place__icontains=word))
    return risks
