"""The page of the papers: reports, circulars and summaries, frozen or as their period stands, in every format there is."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from crawlers.api import CatalogueError
from tracker.accounts.models import Role
from tracker.intake.known import known_sources
from tracker.reports import services
from tracker.reports.kinds import KINDS, period_of
from tracker.reports.models import Delivery, DeliveryState, Paper, Subscription
from tracker.reports.paper import Json
from tracker.reports.periods import BadPeriod, Month, Period, Week, Year, month_at, week_at, year_at
from tracker.reports.previews import Preview, is_long, kept, preview_compute, previewed
from tracker.reports.render import RENDERERS
from tracker.reports.selectors import papers as stored_papers
from tracker.web.middleware import DeskRequest

LABELS: Final[dict[str, str | Promise]] = {
    "weekly": _("周报"),
    "monthly": _("月报"),
    "circular": _("通报"),
    "annual": _("年度总结"),
}
# How far back the lists of periods reach; any older one has its address.
_OFFERED: Final[dict[type[Period], int]] = {Week: 12, Month: 12, Year: 3}
SLIPS: Final[dict[str, str | Promise]] = {
    "assignment": _("交办单"),
    "reminder": _("催办通知"),
    "supervision": _("督办单"),
    "closing": _("销号单"),
}
MEDIA: Final[dict[str, str]] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def formats() -> list[str]:
    """What can be downloaded here: those formats whose packages are installed."""
    return [name for name in MEDIA if name in RENDERERS]


def period_named(kind: str, name: str) -> Period:
    """The period of an address; 404 for a kind or a period that does not exist."""
    try:
        return period_of(kind, name)
    except (BadPeriod, KeyError) as error:
        raise Http404(str(error)) from error


def standing(request: DeskRequest, kind: str, period: Period, *, freeze: bool = False) -> Json | None:
    """The paper computed now; nothing, and the sentence why, when the catalogue of sources cannot be read."""
    compute = services.paper_make if freeze else services.paper_preview
    try:
        return compute(kind=kind, period=period.name, now=request.now, sources=known_sources())
    except CatalogueError as error:
        messages.error(request, str(error))
        return None


def offered(kind: str, now: datetime) -> list[Period]:
    """The running period of each form that `kind` has, and those before it."""
    running: dict[type[Period], Period] = {Week: week_at(now), Month: month_at(now), Year: year_at(now)}
    return [running[form].shifted(-back) for form in KINDS[kind].periods for back in range(_OFFERED[form])]


def chosen_paper(stored: QuerySet[Paper], revision: str) -> Paper | None:
    """The revision asked for, else the newest."""
    return get_object_or_404(stored, pk=int(revision)) if revision.isdigit() else stored.first()


def deliveries_context(request: DeskRequest, kind: str) -> dict[str, Any]:
    """What this person asked for and what became of it; an admin sees what failed for anybody."""
    mine = Delivery.objects.filter(recipient=request.actor.username).select_related("paper").defer("paper__content")
    failed = Delivery.objects.filter(state=DeliveryState.FAILED).select_related("paper").defer("paper__content")
    return {
        "wish": Subscription.objects.filter(recipient=request.actor.username, kind=kind).first(),
        "deliveries": mine[:8],
        "waiting": mine.filter(state=DeliveryState.DESK),
        "failed": failed.exclude(recipient=request.actor.username)[:20] if request.actor.has(Role.ADMIN) else [],
        "mail_set": bool(settings.ENV.mail),
    }


def papers_context(request: DeskRequest, kind: str, name: str) -> dict[str, Any]:
    """Template variables; looking freezes nothing."""
    choices = offered(kind, request.now)
    chosen = period_named(kind, name) if name else choices[0]
    stored = stored_papers(kind, chosen.name)
    paper = chosen_paper(stored, request.GET.get("revision", ""))
    running = request.now < chosen.until
    content = paper.content if paper else None
    shown = (
        _shown(content, paper.computed_at)
        if paper and content
        else _running(request, kind, chosen)
        if running
        else None
    )
    return {
        "kind": kind,
        "kind_label": LABELS[kind],
        "kinds": list(LABELS.items()),
        "period": chosen,
        "periods": choices if chosen in choices else [chosen, *choices],
        "paper": paper,
        "running": running,
        "formats": formats(),
        **deliveries_context(request, kind),
        "revisions": stored[:20],
        **(shown or {}),
    }


def _shown(content: Json, at: datetime) -> dict[str, Any]:
    return _previewed(previewed(content, at))


def _previewed(preview: Preview) -> dict[str, Any]:
    # The renderer escapes every text itself and writes classes only; a test feeds it hostile text.
    return {"body": mark_safe(preview.body), "moved": preview.moved, "computed": preview.moment}  # noqa: S308


def _running(request: DeskRequest, kind: str, period: Period) -> dict[str, Any] | None:
    """The period as it stands; where that takes long, what was computed a moment ago, or that the page is to fetch it."""
    long, asked = is_long(), request.GET.get("compute", "")
    if long and asked != "now":
        found = None if asked == "anew" else kept(kind, period.name, request.now)
        return {"long": True, **_previewed(found)} if found else {"long": True, "waiting_for": period.name}
    try:
        found = preview_compute(kind=kind, period=period.name, now=request.now, sources=known_sources())
    except CatalogueError as error:
        messages.error(request, str(error))
        return None
    return {"long": long, **_previewed(found)}
