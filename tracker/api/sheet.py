"""The sheet: the risks one may see under the filters of the page, one risk, its timeline, evidence and papers, the export."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import Field

from tracker.accounts.models import Unit
from tracker.api.coverage import sentence
from tracker.api.identity import ApiRequest, KeyOrSession
from tracker.api.schemas import EntryOut, Limit, Problem, RiskOut, RiskPage, SheetFilter
from tracker.api.shown import risk_out, risk_row
from tracker.ledger.selectors import timeline
from tracker.outward.exports import export_record, read_record, sheet_export
from tracker.outward.writeback import writeback
from tracker.reports.services import paper_file, slip_paper
from tracker.risks.clocks import SHANGHAI
from tracker.risks.files import opened
from tracker.risks.models import Attachment
from tracker.risks.selectors import attachment_for, visible
from tracker.risks.sheet import filtered, key_of, ordered

router = Router(tags=["sheet"], auth=KeyOrSession("sheet"))
_NO: Final = {401: Problem, 403: Problem, 404: Problem, 422: Problem}
After = Annotated[str, Field(max_length=80)]
Source = Annotated[str, Field(max_length=60)]
Form = Annotated[str, Field(pattern="^(csv|xlsx)$")]
FILE: Final[dict[str, Any]] = {
    "responses": {200: {"description": "The file.", "content": {"application/octet-stream": {}}}}
}


def _wanted(given: SheetFilter) -> dict[str, Any]:
    """The filters as the selectors take them; a unit nobody knows leaves nothing, not everything."""
    found = given.dict()
    if given.unit:
        found["unit"] = Unit.objects.filter(code=given.unit).first() or Unit(pk=0)
    return found


@router.get("/risks", response=_NO | {200: RiskPage}, operation_id="risk_list", summary="清单")
def risks(request: ApiRequest, given: Query[SheetFilter], after: After = "", limit: Limit = 50) -> dict[str, Any]:
    """The risks one may see, newest first (`sort=due`: first to fall due), by keys: page 1,000 costs what page 1 does."""
    left = filtered(visible(request.actor), _wanted(given), request.now)
    rows = list(ordered(left, given.sort, after)[: limit + 1])
    following = key_of(rows[limit - 1], given.sort) if len(rows) > limit else None
    items = [risk_row(row, request.now) for row in rows[:limit]]
    return {"items": items, "next": following, "coverage": sentence(request.now)}


@router.get("/risks/{number}", response=_NO | {200: RiskOut}, operation_id="risk_read", summary="一件隐患")
def risk(request: ApiRequest, number: str) -> dict[str, Any]:
    """All of one risk: source posts, evidence, both clocks with their arithmetic, and what you may do to it now."""
    return risk_out(get_object_or_404(visible(request.actor), number=number), request.actor, request.now)


@router.get(
    "/risks/{number}/timeline", response=_NO | {200: list[EntryOut]}, operation_id="risk_timeline", summary="办理经过"
)
def risk_timeline(request: ApiRequest, number: str) -> list[Any]:
    """Its entries of the ledger, oldest first."""
    return list(timeline(get_object_or_404(visible(request.actor), number=number).subject))


@router.get(
    "/risks/{number}/evidence/{digest}", response=_NO, operation_id="evidence_read", summary="凭证", openapi_extra=FILE
)
def evidence(request: ApiRequest, number: str, digest: str) -> FileResponse:
    """The bytes of one piece of evidence; the first reading a day is an entry of the ledger."""
    try:
        row = attachment_for(request.actor, number, digest)
        file = opened(settings.ENV.files, row.digest)
    except (Attachment.DoesNotExist, FileNotFoundError) as error:
        raise Http404 from error
    read_record(what="evidence", of=number, key=digest, actor=request.actor, now=request.now)
    response = FileResponse(file, as_attachment=True, filename=row.name, content_type=row.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    return response


@router.get(
    "/risks/{number}/papers/{kind}", response=_NO, operation_id="slip_read", summary="单项文书", openapi_extra=FILE
)
def slip(request: ApiRequest, number: str, kind: str) -> HttpResponse:
    """A paper of one item (assignment, reminder, supervision, closing) as .docx, filled from its ledger."""
    row = get_object_or_404(visible(request.actor), number=number)
    try:
        content = slip_paper(kind=kind, risk=row, now=request.now)
    except KeyError as error:
        raise Http404 from error
    export_record(what="slip", wanted=f"{kind} {number}", rows=1, actor=request.actor, now=request.now)
    return as_file(paper_file(content, "docx"), f"{kind}-{number}.docx")


@router.post("/sheet/export", response=_NO, operation_id="sheet_export", summary="导出清单", openapi_extra=FILE)
def export(request: ApiRequest, given: Query[SheetFilter]) -> HttpResponse:
    """What the filters leave, as CSV (UTF-8 with its mark); one entry of the ledger with filter and row count."""
    left = filtered(visible(request.actor), _wanted(given), request.now).order_by("id")
    wanted = urlencode({name: value for name, value in given.dict().items() if value})
    content = sheet_export(risks=left, wanted=wanted, actor=request.actor, now=request.now)
    return as_file(content, "sheet.csv", "text/csv; charset=utf-8")


def as_file(content: bytes, name: str, media: str = "application/octet-stream") -> HttpResponse:
    """`content` to be saved, never shown in place."""
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@router.post(
    "/hotline/{source}/writeback",
    response=_NO,
    operation_id="writeback",
    summary="回写热线工单",
    auth=KeyOrSession("sheet-writeback"),
    openapi_extra=FILE,
)
def hotline(request: ApiRequest, source: Source, form: Form = "csv", since: date | None = None) -> HttpResponse:
    """What became of the source's work orders, one row each under its own number; with `since` those that moved since that day."""
    day = datetime.combine(since, time(), SHANGHAI) if since else None
    content = writeback(source=source, kind=form, since=day, actor=request.actor, now=request.now)
    return as_file(content, f"writeback.{form}")
