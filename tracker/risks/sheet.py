"""The sheet as a list: filters and order, by keys and not by offsets, the same for pages, the API and exports."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, Final

from django.db.models import Q, QuerySet

from tracker.risks.clocks import SHANGHAI
from tracker.risks.lifecycle import OPEN
from tracker.risks.models import Risk
from tracker.risks.selectors import overdue, search

NOWHERE: Final = "-"  # the filter for items of no prefecture: not assigned yet, or a provincial unit's


def filtered(risks: QuerySet[Risk], wanted: dict[str, Any], now: datetime) -> QuerySet[Risk]:
    """Those of `risks` that the filters leave."""
    if state := wanted.get("state"):
        risks = risks.filter(state__in=OPEN, closed_at=None) if state == "open" else risks.filter(state=state)
    for name in ("level", "topic", "unit"):
        if value := wanted.get(name):
            risks = risks.filter(**{name: value})
    if place := wanted.get("prefecture"):
        nowhere = Q(unit=None) | Q(unit__prefecture="")
        risks = risks.filter(nowhere if place == NOWHERE else Q(unit__prefecture=place))
    if day := wanted.get("since"):
        risks = risks.filter(listed_at__gte=datetime.combine(day, time(), SHANGHAI))
    if wanted.get("overdue"):
        risks = overdue(risks, now)
    return search(risks, wanted.get("words") or "")


def ordered(risks: QuerySet[Risk], sort: str, after: str) -> QuerySet[Risk]:
    """In order, from behind the row `after` names: a key, not an offset, so page 1,000 costs what page 1 does."""
    if sort == "due":
        risks = risks.exclude(treat_due=None).order_by("treat_due", "id")
        moment, _dash, key = after.rpartition("_")
        if key.isdigit() and (due := _parsed(moment)):
            risks = risks.filter(Q(treat_due__gt=due) | Q(treat_due=due, id__gt=int(key)))
        return risks
    return risks.order_by("-id").filter(id__lt=int(after)) if after.isdigit() else risks.order_by("-id")


def _parsed(moment: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return found if found.tzinfo else None


def key_of(risk: Risk, sort: str) -> str:
    """What `ordered` takes to go on behind `risk`."""
    return f"{risk.treat_due.isoformat()}_{risk.pk}" if sort == "due" and risk.treat_due else str(risk.pk)
