"""Trends: what the public says day by day, what bursts, where and in which field, and how early hazards are met.

Every figure opens its records, and what the sources did not let us see is said beside it. Windows are 30 and 90 days. Where much is
open the page is reckoned once a minute for all who see the same, and says when.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from statistics import median
from threading import Lock
from typing import Any, Final

from django.core.cache import cache
from django.db.models import Count, F, Func, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, TruncDate
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor
from tracker.posts.labels import TOPICS
from tracker.posts.models import Burst, Event, Post
from tracker.reports.frame import Rules
from tracker.reports.paper import chart
from tracker.reports.periods import Week
from tracker.reports.previews import is_long
from tracker.reports.render.svg import svg
from tracker.risks.clocks import SHANGHAI
from tracker.risks.lifecycle import State
from tracker.risks.selectors import visible
from tracker.risks.sheet import NOWHERE
from tracker.web.hot import hot_context
from tracker.web.model_page import misses

DAYS: Final = 30
ALARMS: Final = 12
WINDOW: Final = timedelta(days=90)
FRESH: Final = timedelta(minutes=1)
_IN_TURN: Final = Lock()
# Where each prefecture lies on the tile map: (row, column) of a grid five wide, roughly as on the map of the province.
TILES: Final[dict[str, tuple[int, int]]] = {
    "张家界": (1, 2), "常德": (1, 3), "岳阳": (1, 5), "湘西": (2, 1), "益阳": (2, 3), "长沙": (2, 4), "怀化": (3, 1),
    "娄底": (3, 3), "湘潭": (3, 4), "株洲": (3, 5), "邵阳": (4, 2), "衡阳": (4, 4), "永州": (5, 3), "郴州": (5, 4),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """One count of the matrix or the map; `shade` 0..4 is its colour, `query` the sheet's filter that shows its records."""

    count: int
    shade: int
    query: str
    name: str = ""
    row: int = 0
    column: int = 0


class ShanghaiDay(TruncDate):
    """The day in Shanghai. On SQLite by its own function (the city has kept +8 since 1992): Django's calls Python for every row."""

    def __init__(self, expression: Any, **extra: Any) -> None:
        super().__init__(expression, tzinfo=SHANGHAI, **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **_more: Any) -> Any:
        return Func(self.lhs, function="date", template="%(function)s(%(expressions)s, '+8 hours')").as_sql(
            compiler, connection
        )


class Seconds(Func):
    """Whole seconds from one moment to another, reckoned by the store: thousands of moments need not become values of Python."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **_more: Any) -> Any:
        shape = "CAST(ROUND(-86400 * (julianday(%(expressions)s))) AS INTEGER)"
        return self.as_sql(compiler, connection, template=shape, arg_joiner=") - julianday(")

    def as_postgresql(self, compiler: Any, connection: Any, **_more: Any) -> Any:
        shape = "-EXTRACT(EPOCH FROM (%(expressions)s))::bigint"
        return self.as_sql(compiler, connection, template=shape, arg_joiner=" - ")


def shade(count: int, most: int) -> int:
    """0 for nothing, then 1 to 4 by quarters of the largest count."""
    return 0 if count == 0 or most == 0 else min(4, 1 + (4 * (count - 1)) // most)


def daily(now: datetime) -> tuple[str, list[tuple[str, int, int]]]:
    """(drawing, (day, all posts, flagged ones) each); days are those of publication, of what was discovered in the window."""
    since = now - timedelta(days=DAYS)
    first = since.astimezone(SHANGHAI).date() + timedelta(days=1)
    counts: dict[date, tuple[int, int]] = {
        row["day"]: (row["every"], row["flagged"])
        for row in Post.objects.filter(discovered_at__gte=since)
        .annotate(day=ShanghaiDay(Coalesce("published_at", "discovered_at")))
        .values("day")
        .annotate(every=Count("*"), flagged=Count("flagged", filter=Q(flagged=True)))  # what the index holds
    }
    days = [first + timedelta(days=n) for n in range(DAYS)]
    rows = [(date_format(day, "m-d"), *counts.get(day, (0, 0))) for day in days]
    series = [(_("全部来帖"), [row[1] for row in rows]), (_("机器提示"), [row[2] for row in rows])]
    drawn = svg(chart(_("每日来帖"), "lines", [row[0] for row in rows], series))
    # The figures stand in a table beside the drawing, in the reader's language: the drawing itself is silent.
    silent = re.sub(r' role="img"|aria-label="[^"]*"', "", drawn, count=2).replace("<svg", '<svg aria-hidden="true"', 1)
    return mark_safe(silent), rows  # noqa: S308 - the renderer escapes every text itself


def bursts(now: datetime, rules: Rules | None = None) -> list[tuple[Event, int, float]]:
    """(event, posts of the last seven days, weekly mean before), by the rule of the weekly paper; most posts first."""
    rules = rules or Rules()
    week = now - timedelta(days=7)
    start = week - timedelta(weeks=Week.earlier)
    recent = Count("posts", filter=Q(posts__discovered_at__gte=week))
    earlier = Count("posts", filter=Q(posts__discovered_at__gte=start, posts__discovered_at__lt=week))
    rows = (
        Event.objects.filter(last_at__gte=week, posts_count__gte=rules.burst_posts)
        .annotate(recent=recent, earlier=earlier)
        .filter(recent__gte=rules.burst_posts)
        .filter(recent__gte=F("earlier") * rules.burst_ratio / Week.earlier)
        .order_by("-recent", "id")[:10]
    )
    return [(row, row.recent, row.earlier / Week.earlier) for row in rows]


def matrix(actor: Actor, now: datetime) -> tuple[list[str], list[tuple[str, list[Cell]]], list[Cell]]:
    """(topic names, one row of cells a prefecture, tiles of the map) of the risks listed in the window."""
    since = (now - WINDOW).astimezone(SHANGHAI).date()
    counts: Counter[tuple[str, str]] = Counter()
    found = visible(actor).filter(listed_at__gte=now - WINDOW).order_by()
    for place, topic, n in found.values_list("unit__prefecture", "topic").annotate(n=Count("id")):
        counts[place or NOWHERE, topic] += n
    topics = [code for code in TOPICS if any(topic == code for _place, topic in counts)]
    places = [*(p for p in TILES if any(place == p for place, _topic in counts)), *_others(counts)]
    most = max(counts.values(), default=0)
    rows = [(place, [_cell(counts[place, topic], most, place, topic, since) for topic in topics]) for place in places]
    return [str(TOPICS[code]) for code in topics], rows, _tiles(counts, since)


def _others(counts: Counter[tuple[str, str]]) -> list[str]:
    return sorted({place for place, _topic in counts} - set(TILES))


def _cell(count: int, most: int, place: str, topic: str, since: date) -> Cell:
    return Cell(count, shade(count, most), f"since={since}&prefecture={place}&topic={topic}")


def _tiles(counts: Counter[tuple[str, str]], since: date) -> list[Cell]:
    totals: Counter[str] = Counter()
    for (place, _topic), n in counts.items():
        totals[place] += n
    most = max((totals[place] for place in TILES), default=0)
    return [
        Cell(totals[place], shade(totals[place], most), f"since={since}&prefecture={place}", place, row, column)
        for place, (row, column) in TILES.items()
    ]


def pace(actor: Actor, now: datetime, rules: Rules | None = None) -> dict[str, Any]:
    """How early hazards are met, over what was closed in the window; None where there is nothing to reckon from.

    `bud`: closed while its event had fewer posts than a burst needs, counted with all posts known now, so rather too few.
    """
    limit = (rules or Rules()).burst_posts
    closed = visible(actor).filter(state=State.CLOSED, closed_at__gte=now - WINDOW).order_by()
    listed, done = Seconds("discovered_at", "listed_at"), Seconds("listed_at", "closed_at")
    # Looked up one by one: joined, PostgreSQL reads every event there is to find these few.
    posts = Subquery(Event.objects.filter(pk=OuterRef("event_id")).values("posts_count"))
    rows = list(closed.values_list(posts, listed, done))
    early = sum(count < limit for count, *_times in rows)
    return {
        "closed": len(rows),
        "early": early,
        "limit": limit,
        "share": round(100 * early / len(rows)) if rows else None,
        "to_list": _hours([seconds for _n, seconds, _done in rows]),
        "to_close": _hours([seconds for _n, _listed, seconds in rows]),
    }


def _hours(seconds: Sequence[float]) -> float | None:
    return round(median(seconds) / 3600, 1) if seconds else None


def trends_context(actor: Actor, now: datetime) -> dict[str, Any]:
    """Template variables; `computed` is when, where they may be a minute old."""
    if not is_long():
        return _reckoned(actor, now)
    key = _same_for(actor)
    with _IN_TURN:
        found: dict[str, Any] | None = cache.get(key)
        if found is None or not timedelta() <= now - found["computed"] < FRESH:
            found = _reckoned(actor, now) | {"computed": now}
            cache.set(key, found, FRESH.total_seconds())
    return found


def _same_for(actor: Actor) -> str:
    """The same for all whom the same is shown to, in the same language."""
    seen = (actor.role_text, actor.unit_path, actor.scope, get_language())
    return f"trends:{sha256(repr(seen).encode()).hexdigest()}"


def _reckoned(actor: Actor, now: datetime) -> dict[str, Any]:
    topics, rows, tiles = matrix(actor, now)
    drawing, days = daily(now)
    return {
        "drawing": drawing,
        "days": days,
        "bursts": bursts(now),
        "rules": Rules(),
        "burst_weeks": Week.earlier,
        "topics": topics,
        "rows": rows,
        "tiles": tiles,
        "pace": pace(actor, now),
        "misses": misses(now),
        **alarms(now),
        **hot_context(actor, now),
    }


def alarms(now: datetime) -> dict[str, Any]:
    """The burst alarms of the window, newest first, and how many come a day."""
    rows = Burst.objects.filter(at__gte=now - timedelta(days=DAYS)).select_related("event").order_by("-at", "-id")
    return {"alarms": list(rows[:ALARMS]), "alarms_a_day": rows.count() / DAYS}
