"""What a person keeps and finds: saved views of the sheet, full-text search, and where their own news goes besides the desk."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from django.http import Http404
from ninja import Router, Schema, Status
from pydantic import Field

from tracker.api.coverage import sentence
from tracker.api.identity import ApiRequest, KeyOrSession
from tracker.api.schemas import Id, PostOut, Problem, RiskRow, SheetFilter, Word, Words
from tracker.api.shown import post_out, risk_row
from tracker.notify.addresses import address_confirm, address_end, address_set, addresses_of
from tracker.notify.models import Address
from tracker.posts.fulltext import NEWEST
from tracker.posts.models import Decision, Post
from tracker.posts.search import posts_with
from tracker.risks.columns import COLUMNS
from tracker.risks.kept_views import view_drop, view_save, views_of
from tracker.risks.models import SavedView
from tracker.risks.selectors import search as items_with
from tracker.risks.selectors import visible

views = Router(tags=["views"], auth=KeyOrSession("sheet"))
search = Router(tags=["search"], auth=KeyOrSession("search"))
account = Router(tags=["account"], auth=KeyOrSession("account"))
_NO: Final = {401: Problem, 403: Problem, 404: Problem, 422: Problem}
_ITEMS: Final = 5
Channel = Annotated[str, Field(max_length=10)]


class ViewIn(SheetFilter):
    """The filters of the sheet and the columns its page shows; the same name again replaces the view."""

    name: Annotated[Word, Field(max_length=40)]
    columns: Annotated[tuple[Annotated[str, Field(max_length=20)], ...], Field(max_length=len(COLUMNS))] = ()


class ViewOut(Schema):
    """`query` is the filters as `/risks` and the sheet's page take them."""

    id: int
    name: str
    query: str


class FoundPost(PostOut):
    event: int | None


class FoundOut(Schema):
    """Items of the sheet (on the first page), posts newest first; `before` goes on. Nothing found is not nothing said."""

    items: list[RiskRow]
    posts: list[FoundPost]
    before: int | None
    coverage: str


class AddressIn(Schema):
    channel: Channel
    target: Annotated[Words, Field(max_length=500)]


class AddressCode(Schema):
    channel: Channel
    code: Annotated[Word, Field(max_length=20)]


class AddressKey(Schema):
    channel: Channel


class AddressOut(Schema):
    """Which way and since when; what the address is, is shown to nobody."""

    channel: str
    set_at: datetime
    confirmed_at: datetime | None


@views.get("/views", response=_NO | {200: list[ViewOut]}, operation_id="view_list", summary="我的视图")
def view_list(request: ApiRequest) -> list[SavedView]:
    """Your own saved views of the sheet, the same as on its page."""
    return list(views_of(request.actor.username))


@views.post("/views", response=_NO | {200: ViewOut}, operation_id="view_save", summary="保存视图")
def save(request: ApiRequest, payload: ViewIn) -> SavedView:
    """Keep filters, order and columns under a name; at most twenty."""
    given = payload.dict(exclude={"name", "columns"})
    kept = [(name, "on" if value is True else value) for name, value in given.items() if value]
    kept += [("cols", code) for code in payload.columns if code in COLUMNS]
    return view_save(username=request.actor.username, name=payload.name, query=urlencode(kept))


@views.post("/views/{view}/drop", response=_NO | {204: None}, operation_id="view_drop", summary="删去视图")
def drop(request: ApiRequest, view: Id) -> Status[None]:
    """Remove a view of your own; somebody else's does not exist."""
    try:
        view_drop(username=request.actor.username, view=view)
    except SavedView.DoesNotExist as gone:
        raise Http404 from gone
    return Status(204, None)


@search.get("/search", response=_NO | {200: FoundOut}, operation_id="search", summary="全文检索")
def find(
    request: ApiRequest,
    words: Annotated[str, Field(min_length=1, max_length=80)],
    before: Annotated[int, Field(ge=1, le=NEWEST)] = NEWEST,
    limit: Annotated[int, Field(ge=1, le=50)] = 30,
) -> dict[str, Any]:
    """Items of the sheet you may see and what the public said, each holding every one of `words`."""
    found = posts_with(words, before=before, limit=limit)
    first = before == NEWEST
    items = items_with(visible(request.actor), words).order_by("-id")[:_ITEMS] if first and words.strip() else []
    told = [post_out(post, blind=_waits(post)) | {"event": post.event_id} for post in found.posts]
    return {
        "items": [risk_row(row, request.now) for row in items],
        "posts": told,
        "before": found.before,
        "coverage": sentence(request.now),
    }


def _waits(post: Post) -> bool:
    return post.event is not None and post.event.decision == Decision.PENDING


@account.get(
    "/account/addresses", response=_NO | {200: list[AddressOut]}, operation_id="address_list", summary="我的外发地址"
)
def addresses(request: ApiRequest) -> list[Address]:
    """Where your own news goes besides the desk."""
    return list(addresses_of(request.actor.username))


@account.post(
    "/account/addresses", response=_NO | {200: AddressOut}, operation_id="address_set", summary="设置我的外发地址"
)
def address(request: ApiRequest, payload: AddressIn) -> Address:
    """Your own mailbox or group robot; nothing but a code goes there before `address_confirm`."""
    return address_set(owner=request.actor.username, actor=request.actor, now=request.now, **payload.dict())


@account.post(
    "/account/addresses/confirm",
    response=_NO | {200: AddressOut},
    operation_id="address_confirm",
    summary="确认我的外发地址",
)
def confirm(request: ApiRequest, payload: AddressCode) -> Address:
    """The code that arrived there; good for an hour and five tries."""
    return address_confirm(actor=request.actor, now=request.now, **payload.dict())


@account.post("/account/addresses/end", response=_NO | {204: None}, operation_id="address_end", summary="删去外发地址")
def end(request: ApiRequest, payload: AddressKey) -> Status[None]:
    """No more news there; what waits to go there is dropped."""
    address_end(owner=request.actor.username, channel=payload.channel, actor=request.actor, now=request.now)
    return Status(204, None)
