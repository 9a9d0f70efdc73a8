"""The weekly paper: choose a week, read it, freeze a finished one, take it away as .docx."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crawlers.api import CatalogueError
from tracker.reports.models import Paper
from tracker.reports.paper import Json
from tracker.reports.periods import BadWeek, Week, parse_week, week_at
from tracker.reports.render import html
from tracker.reports.selectors import papers as stored_papers
from tracker.reports.services import weekly_paper, weekly_preview
from tracker.web.answers import answer, page, see_other
from tracker.web.health import known_sources
from tracker.web.middleware import DeskRequest

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
WEEKS_OFFERED = 12


def _week(name: str) -> Week:
    try:
        return parse_week(name)
    except BadWeek as error:
        raise Http404(str(error)) from error


def _link(key: str) -> str | None:
    kind, _colon, rest = key.partition(":")
    number = rest.partition("#")[0]
    return reverse("sheet-risk", args=[number]) if kind == "risk" else None


@require_GET
@page("papers")
def papers(request: DeskRequest, week: str = "") -> HttpResponse:
    """The newest frozen paper of a week as it was computed; a week that still runs is shown as it stands, and not kept."""
    asked = week or request.GET.get("week", "")
    this = week_at(request.now)
    chosen = _week(asked) if asked else this
    stored = stored_papers("weekly", chosen.name)
    wanted = request.GET.get("revision", "")
    paper = get_object_or_404(stored, pk=int(wanted)) if wanted.isdigit() else stored.first()
    running = request.now < chosen.until
    content = paper.content if paper else _standing(chosen, request) if running else None
    context = {
        "week": chosen,
        "weeks": [this.shifted(-back) for back in range(WEEKS_OFFERED)],
        "paper": paper,
        "running": running,
        "revisions": stored.only("pk", "computed_at", "ledger_seq", "ledger_hash")[:20],
        # The renderer escapes every text itself and writes classes only; a test feeds it hostile text.
        "body": mark_safe(html.render(content, link=_link)) if content else "",  # noqa: S308
    }
    return answer(request, "papers", context)


def _standing(week: Week, request: DeskRequest) -> Json | None:
    """The week as it stands; nothing, and the sentence why, when the catalogue of sources cannot be read."""
    try:
        return weekly_preview(week=week.name, now=request.now, sources=known_sources())
    except CatalogueError as error:
        messages.error(request, str(error))
        return None


@require_POST
@page("papers")
def compute(request: DeskRequest, week: str) -> HttpResponse:
    """Freeze a finished week; with the same facts as before nothing is added, else a revision that names what differs."""
    chosen = _week(week)
    try:
        content = weekly_paper(week=chosen.name, now=request.now, sources=known_sources())
    except CatalogueError as error:
        messages.error(request, str(error))
        return see_other(reverse("papers-week", args=[chosen.name]))
    if content["status"] == "interim":
        messages.info(request, _("{week} 还没有结束，先看预览；结束后再定稿").format(week=chosen.name))
    else:
        said = _("{week} 的周报已定稿（第 {revision} 版）").format(week=chosen.name, revision=content["revision"])
        messages.success(request, said)
    return see_other(reverse("papers-week", args=[chosen.name]))


@require_GET
@page("papers")
def download(request: DeskRequest, week: str, pk: int = 0) -> HttpResponse:
    """A frozen paper as a document; without its key, the week as it stands."""
    from tracker.reports.render import docx

    chosen = _week(week)
    kept = get_object_or_404(Paper, pk=pk, kind="weekly", period=week) if pk else None
    content = kept.content if kept else _standing(chosen, request)
    if content is None:
        return see_other(reverse("papers-week", args=[chosen.name]))
    response = HttpResponse(docx.render(content), content_type=DOCX)
    response["Content-Disposition"] = f'attachment; filename="yidan-{chosen.name}{f"-{pk}" if pk else "-preview"}.docx"'
    return response
