"""The blind audit: each day a few events that the machine did not flag go into the queue, unmarked, and recall follows from them.

A unit is the post that opened an event, or one that belongs to none: each event can be drawn once and by one door only. Nobody is
told: a drawn event is shown as any other, and stands in the queue by the harm of a randomly chosen one of those that wait and
look alike, so that neither its look nor its place tells. Its verdict is the analyst's as always.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from analysis.api import Drawn, Recall, recall
from analysis.records import SERIOUS
from tracker.learning.models import Draw, DrawDay, Stratum
from tracker.posts.blind import SURE, sureness, told_level
from tracker.posts.harm import expected_harm
from tracker.posts.models import Decision, Event, Post
from tracker.posts.selectors import queue
from tracker.posts.services import event_refresh
from tracker.posts.statements import in_force
from tracker.risks.clocks import SHANGHAI
from tracker.risks.models import Risk

NEAR = 1 / 3  # of the threshold: from there to it is "just below"
_LOW = 1  # the level up to which waiting events lend a sample their place
_LENDERS = 500


@dataclass(frozen=True, slots=True)
class _Unit:
    post: int
    event: int | None
    near: bool


def audit_draw(*, now: datetime, threshold: float, chance: random.Random | None = None) -> int:
    """Draw yesterday's samples, once; returns how many. `threshold` is what flagged then; `chance` is for tests."""
    day = now.astimezone(SHANGHAI).date() - timedelta(days=1)
    rule, rng = in_force("audit"), chance or random.Random()
    with transaction.atomic():
        if DrawDay.objects.filter(day=day).exists():
            return 0
        units = _frame(day, threshold)
        near = [unit for unit in units if unit.near]
        far = [unit for unit in units if not unit.near]
        chosen = _draw(near, rule["near"], Stratum.NEAR, day, rng)
        # What the near ones do not use up is drawn from the far ones: the day's work stays the same.
        chosen += _draw(far, rule["a_day"] - len(chosen), Stratum.FAR, day, rng)
        Draw.objects.bulk_create(chosen)
        DrawDay.objects.create(day=day, frame=len(units), drawn=len(chosen))
    return len(chosen)


def _frame(day: date, threshold: float) -> list[_Unit]:
    """Everything of `day` that an analyst would never have seen."""
    start = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    # A split may have named an event by the key of a post of none: that post cannot open one of its own any more.
    free = Q(event__isnull=True) & ~Exists(Event.objects.filter(pk=OuterRef("pk")))
    own = free | Q(event=F("pk"), event__queued=False, event__decision=Decision.PENDING)
    posts = Post.objects.filter(
        own, discovered_at__gte=start, discovered_at__lt=start + timedelta(days=1), flagged=False
    )
    return [_Unit(pk, event, risk >= NEAR * threshold) for pk, event, risk in posts.values_list("pk", "event", "risk")]


def _draw(units: Sequence[_Unit], wanted: int, stratum: Stratum, day: date, rng: random.Random) -> list[Draw]:
    count = min(max(wanted, 0), len(units))
    return [
        Draw(event_id=_queue(unit, rng), day=day, stratum=stratum, chance=count / len(units))
        for unit in rng.sample(list(units), count)
    ]


def _queue(unit: _Unit, rng: random.Random) -> int:
    """Put the unit into the queue; a post without an event opens one, as intake would have done. Returns the event."""
    if unit.event is None:
        post = Post.objects.get(pk=unit.post)
        said = post.published_at or post.discovered_at
        Event.objects.create(pk=post.pk, title=post.title[:200], opened_at=said, last_at=said)
        Post.objects.filter(pk=post.pk).update(event=post.pk)
    event_refresh([unit.post])
    place = _place(Event.objects.get(pk=unit.post), rng)
    Event.objects.filter(pk=unit.post).update(drawn=place, harm=place)
    return unit.post


def _place(event: Event, rng: random.Random) -> float:
    """The harm of one that waits and reads alike: the same level and sureness as they are told. Any other place would tell."""
    level, rank = told_level(event.level), sureness(event.risk)
    alike = (
        queue().filter(drawn=None).filter(level__lte=_LOW) if level <= _LOW else queue().filter(drawn=None, level=level)
    )
    edges = (0.0, *SURE, 2.0)
    lenders = list(
        alike.filter(risk__gte=edges[rank - 1], risk__lt=edges[rank]).values_list("harm", flat=True)[:_LENDERS]
    )
    return (
        rng.choice(lenders)
        if lenders
        else expected_harm(risk=rng.uniform(edges[rank - 1], min(edges[rank], 1)), level=level, heat=0)
    )


def estimate(now: datetime, least_level: int = 1) -> Recall:
    """The share of what belongs on the sheet (of at least `least_level`) that the machine flagged, over the stated window.

    Flagged events without a verdict yet are not counted as found: the share is rather too low than too high.
    """
    return _estimate(now, least_level, _caught(_start(now)))


def _estimate(now: datetime, least_level: int, caught: Iterable[int]) -> Recall:
    """From the levels of the events that were flagged and listed in the window, and the samples drawn in it."""
    start = _start(now)
    sample = Draw.objects.filter(day__gte=start.astimezone(SHANGHAI).date()).values_list(
        "stratum", "chance", "event__decision", "event__level"
    )
    drawn = [Drawn(stratum, share, _found(decision, level, least_level)) for stratum, share, decision, level in sample]
    return recall(sum(level >= least_level for level in caught), drawn)


def _caught(start: datetime) -> list[int]:
    """The levels of the events that were flagged, discovered since `start` and listed, each event once.

    By the sheet: what was discovered in the window was listed in it, and listing times are indexed.
    """
    listed = Risk.objects.filter(listed_at__gte=start, discovered_at__gte=start).order_by()
    found = listed.filter(event__decision=Decision.CONFIRMED, event__drawn__isnull=True)
    return list(dict(found.values_list("event", "event__level")).values())


def estimates(now: datetime) -> dict[str, Recall]:
    """For pages and papers: of everything that belongs on the sheet, and of the serious (level 2 and 3)."""
    caught = _caught(_start(now))
    return {"all": _estimate(now, 1, caught), "serious": _estimate(now, SERIOUS, caught)}


def _start(now: datetime) -> datetime:
    first = now.astimezone(SHANGHAI).date() - timedelta(days=in_force("audit")["window_days"])
    return datetime(first.year, first.month, first.day, tzinfo=SHANGHAI)


def _found(decision: str, level: int, least_level: int) -> bool | None:
    if decision == Decision.CONFIRMED:
        return level >= least_level
    return False if decision == Decision.DISMISSED else None
