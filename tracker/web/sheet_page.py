"""The sheet: the filters of the address applied to what one may see, in pages that cost the same however long the sheet is."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import QuerySet

from tracker.risks.columns import ALWAYS, COLUMNS
from tracker.risks.columns import chosen as columns_of
from tracker.risks.kept_views import views_of
from tracker.risks.lifecycle import TABLE
from tracker.risks.many import BULK
from tracker.risks.models import Risk
from tracker.risks.selectors import visible
from tracker.risks.sheet import filtered, key_of, ordered
from tracker.web.clockface import Face, nearest
from tracker.web.forms import SheetFilter
from tracker.web.middleware import DeskRequest

PAGE: Final = 50
COUNTED: Final = 1000


def rows(risks: QuerySet[Risk], now: datetime, limit: int = PAGE) -> list[tuple[Risk, Face]]:
    """Risks with the clock a list shows."""
    return [(risk, nearest(risk, now)) for risk in risks[:limit]]


def chosen(request: DeskRequest) -> tuple[SheetFilter, QuerySet[Risk], dict[str, Any]]:
    """The filters of the address, the risks they leave of what one may see, and what of filters and columns is set."""
    form = SheetFilter(request.GET)
    form.is_valid()
    kept: dict[str, Any] = {name: request.GET[name] for name in SheetFilter.NAMES if request.GET.get(name)}
    if picked := [code for code in request.GET.getlist("cols") if code in COLUMNS]:
        kept["cols"] = picked
    return form, filtered(visible(request.actor), form.cleaned_data, request.now), kept


def sheet_context(request: DeskRequest) -> dict[str, Any]:
    """Template variables of one page of the sheet; `more` is the address of the next one."""
    form, left, kept = chosen(request)
    sort = form.cleaned_data.get("sort", "")
    shown = rows(ordered(left, sort, request.GET.get("after", "")), request.now, PAGE + 1)
    total = left.order_by()[: COUNTED + 1].count()
    more = kept | {"after": key_of(shown[PAGE - 1][0], sort)} if len(shown) > PAGE else None
    codes = columns_of(kept.get("cols", ()))
    query = urlencode(kept, doseq=True)
    return {
        "form": form,
        "rows": shown[:PAGE],
        "columns": [(code, COLUMNS[code].label) for code in codes],
        "placed": "place" in codes,  # in a column of its own: not under the problem as well
        "choices": [(code, c.label, code in codes) for code, c in COLUMNS.items() if code not in ALWAYS],
        "views": list(views_of(request.actor.username)),
        "bulk": [(act.value, TABLE[act].label) for act in BULK if request.actor.has(*TABLE[act].roles)],
        "total": f"{COUNTED}+" if total > COUNTED else str(total),
        "more": f"?{urlencode(more, doseq=True)}" if more else "",
        "first": not request.GET.get("after"),
        "query": query,
        "filtered": bool(set(kept) - {"cols", "sort"}),
    }
