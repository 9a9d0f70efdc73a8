"""The ledger for those who check it: its entries, its head, verification, and the whole of it as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Final

from django.http import StreamingHttpResponse
from ninja import Router
from pydantic import Field

from tracker.api.identity import ApiRequest, KeyOrSession
from tracker.api.schemas import EntryPage, HeadOut, Id, Limit, Problem, VerifyOut
from tracker.api.sheet import FILE
from tracker.ledger.models import Entry
from tracker.ledger.services import CHAINED, ledger_head, ledger_verify
from tracker.outward.exports import export_record

router = Router(tags=["ledger"], auth=KeyOrSession("ledger"))
_NO: Final = {401: Problem, 403: Problem, 422: Problem}
Key = Annotated[str, Field(max_length=80)]


@router.get("/ledger", response=_NO | {200: EntryPage}, operation_id="ledger_list", summary="台账")
def entries(
    request: ApiRequest,  # noqa: ARG001 - the guard has read it
    after: Id = 0,
    subject: Key = "",
    act: Key = "",
    limit: Limit = 100,
) -> dict[str, Any]:
    """Entries from behind number `after`, oldest first; by subject (such as `risk:YD-2026-00001`) and act."""
    rows = Entry.objects.filter(seq__gt=after).order_by("seq")
    rows = rows.filter(subject=subject) if subject else rows
    found = list((rows.filter(act=act) if act else rows)[: limit + 1])
    return {"items": found[:limit], "next": found[limit - 1].seq if len(found) > limit else None}


@router.get("/ledger/head", response=_NO | {200: HeadOut}, operation_id="ledger_head", summary="台账首部")
def head(request: ApiRequest) -> dict[str, Any]:  # noqa: ARG001
    """Number and hash of the newest entry: what a paper prints, so that a rewritten history does not match it."""
    seq, digest = ledger_head()
    return {"seq": seq, "hash": digest}


@router.post(
    "/ledger/verify",
    response=_NO | {200: VerifyOut},
    operation_id="ledger_verify",
    summary="验证台账",
    auth=KeyOrSession("ledger-verify"),
)
def verify(request: ApiRequest) -> dict[str, Any]:  # noqa: ARG001
    """Recompute the whole chain; the first broken entry, if there is one."""
    broken = ledger_verify()
    seq, digest = ledger_head()
    found: dict[str, Any] = {"seq": seq, "hash": digest, "holds": broken is None}
    return found | ({"broken_at": broken.seq, "sentence": broken.sentence} if broken else {})


@router.post("/ledger/export", response=_NO, operation_id="ledger_export", summary="导出台账", openapi_extra=FILE)
def export(request: ApiRequest) -> StreamingHttpResponse:
    """Every entry, one JSON line each, for `scripts/verify_ledger.py`; the export itself is the last entry but not in the file."""
    seq, digest = ledger_head()
    export_record(what="ledger", wanted=f"1-{seq} {digest}", rows=seq, actor=request.actor, now=request.now)
    response = StreamingHttpResponse(_lines(seq), content_type="application/x-ndjson")
    response["Content-Disposition"] = 'attachment; filename="ledger.jsonl"'
    return response


def _lines(until: int) -> Iterator[bytes]:
    rows = Entry.objects.filter(seq__lte=until).order_by("seq").values(*CHAINED)
    for row in rows.iterator(chunk_size=2000):
        yield json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
