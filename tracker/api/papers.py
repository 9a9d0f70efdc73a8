"""The papers: computed, frozen, downloaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router
from pydantic import Field

from tracker.api.identity import ApiRequest, KeyOrSession
from tracker.api.schemas import Limit, PaperRow, Problem
from tracker.api.sheet import FILE, as_file
from tracker.intake.known import known_sources
from tracker.outward.exports import export_record
from tracker.reports import services
from tracker.reports.kinds import KINDS
from tracker.reports.models import Paper
from tracker.reports.paper import Json
from tracker.reports.render import RENDERERS

router = Router(tags=["papers"], auth=KeyOrSession("papers"))
_NO: Final = {401: Problem, 403: Problem, 404: Problem, 422: Problem, 503: Problem}
Name = Annotated[str, Field(max_length=20)]


def _row(paper: Paper) -> dict[str, Any]:
    names = ("id", "kind", "period", "computed_at", "ledger_seq", "ledger_hash")
    return {name: getattr(paper, name) for name in names} | {"revision": paper.content.get("revision", 0)}


@router.get("/papers", response=_NO | {200: list[PaperRow]}, operation_id="paper_list", summary="已定稿的文书")
def papers(
    request: ApiRequest,  # noqa: ARG001 - the guard has read it
    kind: Name = "",
    period: Name = "",
    limit: Limit = 50,
) -> list[dict[str, Any]]:
    """Frozen papers, newest first; by kind and period (such as 2026-W47)."""
    rows = Paper.objects.all()
    rows = rows.filter(kind=kind) if kind else rows
    return [_row(paper) for paper in (rows.filter(period=period) if period else rows)[:limit]]


@router.get(
    "/papers/{kind}/{period}", response=_NO | {200: dict[str, Any]}, operation_id="paper_preview", summary="预览"
)
def preview(request: ApiRequest, kind: str, period: str) -> dict[str, Any]:
    """The paper of a period (2026-W47, 2026-11, 2026) as it stands now, not kept; each figure with the records behind it."""
    return _computed(services.paper_preview, request, kind, period)


@router.post(
    "/papers/{kind}/{period}/freeze", response=_NO | {200: dict[str, Any]}, operation_id="paper_freeze", summary="定稿"
)
def freeze(request: ApiRequest, kind: str, period: str) -> dict[str, Any]:
    """Freeze a finished period: nothing new when the facts are the same, else a revision that names what differs."""
    return _computed(services.paper_make, request, kind, period)


def _computed(compute: Callable[..., Json], request: ApiRequest, kind: str, period: str) -> dict[str, Any]:
    if kind not in KINDS:
        raise Http404
    return dict(compute(kind=kind, period=period, now=request.now, sources=known_sources()))


@router.get(
    "/papers/{paper}/file/{suffix}", response=_NO, operation_id="paper_file", summary="下载文书", openapi_extra=FILE
)
def download(request: ApiRequest, paper: int, suffix: str) -> HttpResponse:
    """A frozen paper as docx, pdf, xlsx or html; one entry of the ledger."""
    if suffix not in RENDERERS or not 0 <= paper < 2**63:
        raise Http404
    row = get_object_or_404(Paper, pk=paper)
    name = f"{row.kind}-{row.period}-{row.pk}.{suffix}"
    export_record(what="paper", wanted=name, rows=1, actor=request.actor, now=request.now)
    return as_file(services.paper_file(row.content, suffix), name)
