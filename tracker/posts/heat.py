"""How loudly the public speaks of events: numbers for each, and alarms for those that burst.

Numbers are as of an event's newest post, so they can be stored and say so; a page never has to count posts. An alarm is raised
only about what is being said now: an archive that is read in late bursts on paper, and alarms nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Coalesce

from analysis.api import Heat
from tracker.posts.models import Burst, Event, Post, Sighting
from tracker.posts.statements import heat_rule


def heats(events: Iterable[int]) -> dict[int, Heat]:
    """The heat of each of `events` that has posts, at its newest one; two queries however many there are."""
    rule, keys = heat_rule(), list(events)
    times: dict[int, list[datetime]] = defaultdict(list)
    voices: dict[int, list[str]] = defaultdict(list)
    likes: dict[int, int] = defaultdict(int)
    rows = Post.objects.filter(event__in=keys).annotate(said=Coalesce("published_at", "discovered_at"))
    for event, said, liked, voice in rows.order_by("said").values_list("event", "said", "likes", "voice"):
        times[event].append(said)
        voices[event].append(voice)
        likes[event] += liked
    boards: dict[int, int] = defaultdict(int)
    seen = Sighting.objects.filter(post__event__in=keys).order_by().values_list("post__event", "source").distinct()
    for event, _source in seen:
        boards[event] += 1
    return {
        event: rule.heat(said, said[-1], boards=max(boards[event], 1), likes=likes[event], voices=voices[event])
        for event, said in times.items()
    }


@transaction.atomic
def bursts_note(*, events: Iterable[int], now: datetime) -> list[Burst]:
    """Alarm about those of `events` whose stored numbers are a burst that still goes on at `now`; once in the quiet time."""
    rule, raised = heat_rule(), []
    for event in Event.objects.select_for_update().filter(pk__in=list(events)).exclude(numbers={}).order_by("pk"):
        found = Heat.from_dict(event.numbers)
        current = now - found.at <= 2 * rule.short
        if current and rule.bursts(found) and rule.may_alarm(event.alarmed_at, now):
            raised.append(Burst(event=event, at=now, numbers=event.numbers))
            Event.objects.filter(pk=event.pk).update(alarmed_at=now)
    return Burst.objects.bulk_create(raised)
