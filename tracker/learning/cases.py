"""The nearest confirmed case: what was once put on the sheet and says most nearly the same, with how near it is.

Bounded: the newest cases of the same field and of the same place are compared by the signatures that their posts carry, so no text
is read and the cost does not grow with the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import F, QuerySet

from analysis.api import closeness
from tracker.posts.models import Decision, Event, Post
from tracker.risks.models import Risk

OF_FIELD: Final = 200
OF_PLACE: Final = 60
WORTH: Final = 0.12  # below it two texts share little more than their language
_PER_EVENT: Final = 3


@dataclass(frozen=True, slots=True)
class Case:
    """A confirmed event and how near it is, 0..1."""

    event: Event
    nearness: float

    @property
    def percent(self) -> int:
        return round(100 * self.nearness)


def nearest_case(event: Event) -> Case | None:
    """The confirmed event nearest to what the first posts of `event` say; None where none is worth a look."""
    posts = Post.objects.filter(event=event).order_by("-level", "-risk", "id")[:_PER_EVENT]
    own = [signature for _event, signature in _signatures(posts)]
    # An event bears the key of the post that opened it.
    found = _signatures(Post.objects.filter(pk__in=_candidates(event), event=F("pk")))
    best, near = None, WORTH
    for key, other in found:
        value = max((closeness(signature, other) for signature in own), default=0.0)
        if value > near:
            best, near = key, value
    return Case(Event.objects.get(pk=best), near) if best is not None else None


def _signatures(posts: QuerySet[Post]) -> list[tuple[int, bytes]]:
    """(event, signature) of the posts that carry one."""
    return [(event or 0, bytes(raw)) for event, raw in posts.values_list("event", "signature") if raw]


def _candidates(event: Event) -> list[int]:
    cases = Event.objects.filter(decision=Decision.CONFIRMED).exclude(pk=event.pk).order_by("-id")
    topic = "other" if event.topic == "-" else event.topic
    keys = list(cases.filter(topic=topic).values_list("pk", flat=True)[:OF_FIELD])
    if event.place:
        # By the sheet, whose places are indexed; an event on it is a confirmed one.
        risks = Risk.objects.filter(place=event.place).exclude(event=event.pk).order_by("-id")
        keys += risks.values_list("event", flat=True)[:OF_PLACE]
    return list(dict.fromkeys(keys))
