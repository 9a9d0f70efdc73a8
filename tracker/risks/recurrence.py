"""Did a closed problem come back? New posts of the same event, or of the same place and field, are held beside the old text.

Only a proposal: a person compares both and reopens, or does not.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from tracker.accounts.actors import Actor
from tracker.posts.models import Decision, Post
from tracker.risks.deadlines import pick
from tracker.risks.lifecycle import State
from tracker.risks.models import DeadlineRule, Risk
from tracker.risks.selectors import visible


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A closed risk and a post that came after its closing; `same_event` when the machine or a person put them together."""

    risk: Risk
    post: Post
    same_event: bool


def watched_days() -> int:
    """How many days after its closing a risk is watched, by the table of periods."""
    return pick(DeadlineRule.objects.filter(purpose="watch"), "watch", "*", 0).amount


def recurrences(actor: Actor, now: datetime) -> list[Recurrence]:
    """What may have come back among the closed risks `actor` may see, the newest post first, a post once for each risk."""
    since = now - timedelta(days=watched_days())
    closed = visible(actor).filter(state=State.CLOSED, closed_at__gte=since)
    found = [*_of_the_same_event(closed), *_of_the_same_place(closed)]
    return sorted(found, key=lambda r: (r.post.discovered_at, r.post.pk), reverse=True)


def _of_the_same_event(closed: QuerySet[Risk]) -> list[Recurrence]:
    by_event = {risk.event_id: risk for risk in closed}
    late = Post.objects.filter(event__risk_item__in=closed, discovered_at__gt=F("event__risk_item__closed_at"))
    return [Recurrence(by_event[post.event_id], post, same_event=True) for post in late if post.event_id]


def _of_the_same_place(closed: QuerySet[Risk]) -> list[Recurrence]:
    """Posts of flagged events that nobody has decided on: a dismissed one has been looked at."""
    risks: dict[tuple[str, str], list[Risk]] = defaultdict(list)
    for risk in closed.exclude(place=""):
        risks[risk.place, risk.topic].append(risk)
    waiting = Post.objects.filter(
        event__decision=Decision.PENDING, event__flagged=True, event__place__in={place for place, _topic in risks}
    ).select_related("event")
    return [
        Recurrence(risk, post, same_event=False)
        for post in waiting
        if post.event
        for risk in risks[post.event.place, post.event.topic]
        if risk.closed_at and post.discovered_at > risk.closed_at
    ]
