"""The hottest events of the last month: how loudly the public spoke of each, day by day, with the numbers it comes from."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Count
from django.db.models.functions import Coalesce, TruncDate
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from tracker.accounts.access import may_open
from tracker.accounts.actors import Actor
from tracker.posts.models import Decision, Event, Post
from tracker.reports.paper import chart
from tracker.reports.render.svg import svg
from tracker.risks.clocks import SHANGHAI

DAYS: Final = 30
SHOWN: Final = 8
DRAWN: Final = 3  # more lines than this nobody tells apart
_NAME: Final = 10


def hot_context(actor: Actor, now: datetime) -> dict[str, Any]:
    """Template variables: `hot` (event, its numbers), hottest first, and `hot_drawing` of the first few."""
    since = now - timedelta(days=DAYS)
    recent = Event.objects.filter(last_at__gte=since, last_at__lte=now, heat__gt=0).exclude(decision=Decision.MERGED)
    # By an index alone, then the few themselves: a month of a busy store holds tens of thousands.
    first = list(recent.order_by("-heat", "id").values_list("pk", flat=True)[:SHOWN])
    found = Event.objects.in_bulk(first)
    events = [found[key] for key in first]
    return {
        "hot": events,
        "hot_drawing": _drawing(events[:DRAWN], now) if events else "",
        "hot_opens": may_open("queue", actor),
    }


def _drawing(events: list[Event], now: datetime) -> SafeString:
    """Posts a day of each event; the same figures stand in words beside it, so the drawing itself is silent."""
    first = (now - timedelta(days=DAYS)).astimezone(SHANGHAI).date() + timedelta(days=1)
    days = [first + timedelta(days=n) for n in range(DAYS)]
    counts = _daily([event.pk for event in events])
    series = [(_cut(event.title), [counts[event.pk, day] for day in days]) for event in events]
    drawn = svg(chart(_("每日帖数"), "lines", [date_format(day, "m-d") for day in days], series))
    silent = re.sub(r' role="img"|aria-label="[^"]*"', "", drawn, count=2).replace("<svg", '<svg aria-hidden="true"', 1)
    return mark_safe(silent)  # noqa: S308 - the renderer escapes every text itself


def _cut(title: str) -> str:
    return title if len(title) <= _NAME else f"{title[: _NAME - 1]}…"


def _daily(events: list[int]) -> Counter[tuple[int, date]]:
    said = Post.objects.filter(event__in=events).annotate(
        day=TruncDate(Coalesce("published_at", "discovered_at"), tzinfo=SHANGHAI)
    )
    rows = said.order_by().values_list("event", "day").annotate(n=Count("id"))
    return Counter({(event, day): n for event, day, n in rows if event})
