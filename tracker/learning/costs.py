"""The cost statement and what follows from it: the threshold, the work a day, and yesterday's list under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Min, QuerySet

from analysis.api import FEWEST_SERIOUS, Operating, Recent, Serious, derive, items_a_day, read_card
from analysis.records import SERIOUS
from tracker.accounts.actors import Actor
from tracker.learning.champion import Working, folder, working
from tracker.posts.models import Decision, Event, Post, Statement
from tracker.posts.selectors import opened
from tracker.posts.statements import checked, in_force, statement_set
from tracker.risks.clocks import SHANGHAI

DAYS: Final = 28
SERIOUS_DAYS: Final = 365
MOST: Final = 5000
SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Effect:
    """Yesterday's list now and under another threshold; `joining` and `leaving` are the events that make the difference."""

    before: int
    after: int
    joining: Sequence[Event]
    leaving: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a statement would mean: `operating` (see `analysis.operating`), what holds now, and the effect on yesterday."""

    operating: Operating
    current: float
    current_items: float
    effect: Effect


def outlook(values: dict[str, Any], now: datetime) -> Outlook:
    """What the limits in `values` would mean, reckoned from the events of the last `DAYS` days and all known serious risks."""
    at = working()
    current = at.threshold or own_threshold(at)
    recent = _recent(now, current)
    serious = _serious(at, now, current)
    found = derive(recent, serious, values["most_items_a_day"], values["least_recall"], own_threshold(at))
    return Outlook(found, current, items_a_day(recent, current), _yesterday(now, current, found.threshold))


def own_threshold(at: Working) -> float:
    """What the model was trained with."""
    _card, extra = read_card(folder(at.version))
    return float(extra["thresholds"]["flag"])


def threshold_now() -> float:
    """What flags now: the statement's threshold, else the model's own."""
    at = working()
    return at.threshold or own_threshold(at)


def costs_set(*, values: dict[str, Any], actor: Actor, now: datetime, reason: str) -> Statement:
    """Save the two limits with the threshold that follows from them today; see `statement_set`."""
    limits = checked("cost", values)
    threshold = outlook(limits, now).operating.threshold
    return statement_set(kind="cost", values={**limits, "threshold": threshold}, actor=actor, now=now, reason=reason)


def _opened(since: datetime, until: datetime) -> QuerySet[Event]:
    """Without those that were drawn: nobody would have seen them."""
    return opened(since, until).filter(drawn__isnull=True)


def _recent(now: datetime, current: float) -> Recent:
    rows = list(_opened(now - timedelta(days=DAYS), now).values_list("risk", "flagged"))
    always = sum(flagged and risk < current for risk, flagged in rows)
    scores = [risk for risk, flagged in rows if not (flagged and risk < current)]
    first = Post.objects.filter(discovered_at__gte=now - timedelta(days=DAYS)).aggregate(at=Min("discovered_at"))["at"]
    # A desk that opened last week has one week of work behind it, not four.
    days = min(DAYS, max((now - first).days + 1, 1)) if first else DAYS
    return Recent(scores, always, days)


def _serious(at: Working, now: datetime, current: float) -> Serious:
    """Confirmed serious risks; while they are too few, what the model's card keeps of labelled texts it had not seen."""
    rows = Event.objects.filter(
        decision=Decision.CONFIRMED, level__gte=SERIOUS, last_at__gte=now - timedelta(days=SERIOUS_DAYS)
    ).order_by("-id")[:MOST]
    known = list(rows.values_list("risk", "flagged", "draw__chance"))
    scores = [1.0 if flagged and risk < current else risk for risk, flagged, _chance in known]
    weights = [1 / chance if chance else 1.0 for *_rest, chance in known]
    card = read_card(folder(at.version))[0].metrics.get("serious_scores", {}).get("quantiles", [])
    if len(scores) < FEWEST_SERIOUS <= len(card):
        return Serious(card, [1.0] * len(card), "card")
    return Serious(scores, weights, "verdicts")


def _yesterday(now: datetime, current: float, new: float) -> Effect:
    start = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    events = list(_opened(start, start + timedelta(days=1)).order_by("-risk", "id"))
    before = [event for event in events if event.flagged]
    always = {event.pk for event in before if event.risk < current}
    after = [event for event in events if event.pk in always or event.risk >= new]
    was, will = {event.pk for event in before}, {event.pk for event in after}
    joining = [event for event in after if event.pk not in was]
    leaving = [event for event in before if event.pk not in will]
    return Effect(len(before), len(after), joining[:SHOWN], leaving[:SHOWN])


def stated() -> dict[str, Any]:
    """The statement in force."""
    return in_force("cost")
