"""The page of the weekly papers: the report and the circular, frozen or as the week stands, in every format there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from crawlers.api import CatalogueError
from tracker.intake.known import known_sources
from tracker.reports import services
from tracker.reports.models import Paper
from tracker.reports.paper import Json
from tracker.reports.periods import BadWeek, Week, parse_week, week_at
from tracker.reports.render import RENDERERS, html
from tracker.reports.selectors import papers as stored_papers
from tracker.web.middleware import DeskRequest

WEEKS_OFFERED: Final = 12


@dataclass(frozen=True, slots=True)
class Kind:
    """A paper that is computed by the week: `preview` keeps nothing, `freeze` keeps a finished week."""

    label: str | Promise
    preview: Callable[..., Json]
    freeze: Callable[..., Json]


KINDS: Final[dict[str, Kind]] = {
    "weekly": Kind(_("周报"), services.weekly_preview, services.weekly_paper),
    "circular": Kind(_("通报"), services.circular_preview, services.circular_paper),
}
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


def week_named(name: str) -> Week:
    """The week of an address; 404 for one that does not exist."""
    try:
        return parse_week(name)
    except BadWeek as error:
        raise Http404(str(error)) from error


def standing(request: DeskRequest, kind: str, week: Week, *, freeze: bool = False) -> Json | None:
    """The paper computed now; nothing, and the sentence why, when the catalogue of sources cannot be read."""
    compute = KINDS[kind].freeze if freeze else KINDS[kind].preview
    try:
        return compute(week=week.name, now=request.now, sources=known_sources())
    except CatalogueError as error:
        messages.error(request, str(error))
        return None


def chosen_paper(stored: QuerySet[Paper], revision: str) -> Paper | None:
    """The revision asked for, else the newest."""
    return get_object_or_404(stored, pk=int(revision)) if revision.isdigit() else stored.first()


def _link(key: str) -> str | None:
    kind, _colon, rest = key.partition(":")
    number = rest.partition("#")[0]
    return reverse("sheet-risk", args=[number]) if kind == "risk" else None


def papers_context(request: DeskRequest, kind: str, week: str) -> dict[str, Any]:
    """Template variables; looking freezes nothing."""
    this = week_at(request.now)
    chosen = week_named(week) if week else this
    stored = stored_papers(kind, chosen.name)
    paper = chosen_paper(stored, request.GET.get("revision", ""))
    running = request.now < chosen.until
    content = paper.content if paper else standing(request, kind, chosen) if running else None
    return {
        "kind": kind,
        "kinds": [(name, row.label) for name, row in KINDS.items()],
        "week": chosen,
        "weeks": [this.shifted(-back) for back in range(WEEKS_OFFERED)],
        "paper": paper,
        "running": running,
        "formats": formats(),
        "revisions": stored.only("pk", "computed_at", "ledger_seq", "ledger_hash")[:20],
        # The renderer escapes every text itself and writes classes only; a test feeds it hostile text.
        "body": mark_safe(html.render(content, link=_link)) if content else "",  # noqa: S308
    }
