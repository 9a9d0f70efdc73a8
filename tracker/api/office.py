"""The rest of the desk: the sources' state, the units, the lifecycle itself, one's own notices, and who one is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Final

from ninja import Router, Status
from pydantic import Field

from tracker.accounts.models import Role, Unit
from tracker.api.coverage import now_covered
from tracker.api.identity import ANYBODY, ApiRequest, KeyOrSession
from tracker.api.schemas import CoverageOut, Id, LifecycleOut, Limit, Me, NoticeOut, Problem, UnitOut
from tracker.intake.models import CrawlRun
from tracker.notify.models import Notice
from tracker.notify.selectors import notices
from tracker.notify.services import notice_read
from tracker.risks.lifecycle import STATES, TABLE

router = Router(tags=["office"], auth=KeyOrSession(ANYBODY))
_NO: Final = {401: Problem, 403: Problem, 422: Problem}


@router.get("/me", response=_NO | {200: Me}, operation_id="me", summary="我是谁")
def me(request: ApiRequest) -> dict[str, Any]:
    """Who asks, with the roles in force for this key or session and what narrows it."""
    actor = request.actor
    names = {name: getattr(actor, name) for name in ("username", "name", "unit", "scope")}
    return names | {"roles": sorted(actor.roles)}


@router.get("/lifecycle", response=_NO | {200: LifecycleOut}, operation_id="lifecycle", summary="生命周期表")
def lifecycle(request: ApiRequest) -> dict[str, Any]:  # noqa: ARG001 - the same for everybody
    """The table from which every button, refusal and operation derives."""
    states = [{"state": s, "label": str(i.label), "owner": i.owner} for s, i in STATES.items()]
    acts = [
        {
            "act": act, "label": str(move.label), "sources": sorted(move.sources), "target": move.target,
            "target_level_3": move.target_level_3, "roles": sorted(move.roles.intersection(Role.values)),
            "side": move.side, "needs": list(move.needs),
        }
        for act, move in TABLE.items()
    ]  # fmt: skip
    return {"states": states, "acts": acts}


@router.get("/units", response=_NO | {200: list[UnitOut]}, operation_id="unit_list", summary="责任单位")
def units(request: ApiRequest) -> list[Unit]:  # noqa: ARG001
    """The tree of units, each with its path."""
    return list(Unit.objects.order_by("path"))


@router.get("/notices", response=_NO | {200: list[NoticeOut]}, operation_id="notice_list", summary="我的提醒")
def notice_list(request: ApiRequest, unread: bool = False, limit: Limit = 50) -> list[Notice]:
    """What was said to you, newest first."""
    return list(notices(request.actor.username, unread=unread)[:limit])


@router.post("/notices/{notice}/read", response=_NO | {204: None}, operation_id="notice_read", summary="已读")
def read(request: ApiRequest, notice: Id) -> Status[None]:
    """Mark your own notice as read; somebody else's does not exist, and says so by changing nothing."""
    notice_read(notice=notice, actor=request.actor, now=request.now)
    return Status(204, None)


sources = Router(tags=["sources"], auth=KeyOrSession("sources"))


@sources.get(
    "/sources", response=_NO | {200: CoverageOut, 503: Problem}, operation_id="source_list", summary="来源状态"
)
def source_list(request: ApiRequest) -> dict[str, Any]:
    """Every source with its last run, whether it is healthy, and for how long we have been blind to it."""
    found = now_covered(request.now)
    figures = {name: getattr(found, name) for name in ("due", "run", "healthy", "blind")}
    return figures | {"sentence": found.sentence(), "sources": [asdict(source) for source in found.sources]}


@sources.get(
    "/sources/{source}/runs", response=_NO | {200: list[dict[str, Any]]}, operation_id="source_runs", summary="抓取记录"
)
def source_runs(
    request: ApiRequest,  # noqa: ARG001
    source: Annotated[str, Field(max_length=60)],
    limit: Limit = 50,
) -> list[dict[str, Any]]:
    """How its last runs ended, newest first."""
    names = ("run", "state", "reason", "started_at", "finished_at", "fetched", "new", "unchanged", "failed")
    return list(CrawlRun.objects.filter(source=source).order_by("-finished_at").values(*names)[:limit])
