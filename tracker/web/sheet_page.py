"""The sheet: the filters of the address applied to what one may see, in pages that cost the same however long the sheet is."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from tracker.risks.clocks import SHANGHAI
from tracker.risks.lifecycle import OPEN
from tracker.risks.models import Risk
from tracker.risks.selectors import overdue, search, visible
from tracker.web.clockface import Face, nearest
from tracker.web.forms import SheetFilter
from tracker.web.middleware import DeskRequest

PAGE: Final = 50
COUNTED: Final = 1000
NOWHERE: Final = "-"  # the filter for items of no prefecture: not assigned yet, or a provincial unit's


def filtered(risks: QuerySet[Risk], wanted: dict[str, Any], now: datetime) -> QuerySet[Risk]:
    """Those of `risks` that the filters leave."""
    if state := wanted.get("state"):
        risks = risks.filter(state__in=OPEN) if state == "open" else risks.filter(state=state)
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


def _key(risk: Risk, sort: str) -> str:
    return f"{risk.treat_due.isoformat()}_{risk.pk}" if sort == "due" and risk.treat_due else str(risk.pk)


def rows(risks: QuerySet[Risk], now: datetime, limit: int = PAGE) -> list[tuple[Risk, Face]]:
    """Risks with the clock a list shows."""
    return [(risk, nearest(risk, now)) for risk in risks[:limit]]


def chosen(request: DeskRequest) -> tuple[SheetFilter, QuerySet[Risk], dict[str, str]]:
    """The filters of the address, the risks they leave of what one may see, and those filters that are set."""
    form = SheetFilter(request.GET)
    form.is_valid()
    kept = {name: request.GET[name] for name in SheetFilter.NAMES if request.GET.get(name)}
    return form, filtered(visible(request.actor), form.cleaned_data, request.now), kept


def sheet_context(request: DeskRequest) -> dict[str, Any]:
    """Template variables of one page of the sheet; `more` is the address of the next one."""
    form, left, kept = chosen(request)
    sort = form.cleaned_data.get("sort", "")
    shown = rows(ordered(left, sort, request.GET.get("after", "")), request.now, PAGE + 1)
    total = left.order_by()[: COUNTED + 1].count()
    more = kept | {"after": _key(shown[PAGE - 1][0], sort)} if len(shown) > PAGE else None
    return {
        "form": form,
        "rows": shown[:PAGE],
        "total": f"{COUNTED}+" if total > COUNTED else str(total),
        "more": f"?{urlencode(more)}" if more else "",
        "first": not request.GET.get("after"),
        "back": f"?{urlencode(kept)}",
        "filtered": bool(kept),
    }
