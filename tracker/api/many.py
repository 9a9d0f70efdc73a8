"""One act on many items: first what would be refused and why, then the act on each, with its own version and its own entry.

Derived like the acts on one item: an act added to `risks.many.BULK` appears here, in the description and in the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Annotated, Any, Final, get_type_hints

from django.utils import translation
from ninja import Router, Schema
from pydantic import Field, create_model

from tracker.api.acts import body_of, received, service_of
from tracker.api.identity import ApiRequest, KeyOrSession
from tracker.api.schemas import Problem, RiskRow, Version
from tracker.api.shown import risk_row
from tracker.risks.lifecycle import TABLE, Act
from tracker.risks.many import BULK, MOST, Outcome, carry_out, preview
from tracker.risks.selectors import visible

_NO: Final = {401: Problem, 403: Problem, 422: Problem}
Number = Annotated[str, Field(max_length=20)]
BulkAct = Enum("BulkAct", {act.name: act.value for act in BULK}, type=str)  # type: ignore[misc]  # names of the table


class Numbers(Schema):
    """At most 200 items by their numbers; those you may not see are left out, as if they did not exist."""

    numbers: Annotated[list[Number], Field(min_length=1, max_length=MOST)]


class Pick(Schema):
    number: Number
    version: Version


class Refusal(Schema):
    number: str
    sentence: str


class ManyOut(Schema):
    """`done` as they stand now (in a preview: those it would hold for); the others with the sentence of the page."""

    done: list[RiskRow]
    refused: list[Refusal]


def _body(act: Act) -> type[Schema]:
    """What the act takes, said once, and the items with the version seen of each."""
    fields: dict[str, Any] = {
        name: (field.annotation, field) for name, field in body_of(act).model_fields.items() if name != "version"
    }
    fields["items"] = (Annotated[list[Pick], Field(min_length=1, max_length=MOST)], ...)
    return create_model(f"Many{act.value.title()}Body", __base__=Schema, **fields)


def _told(found: Outcome, request: ApiRequest) -> dict[str, Any]:
    return {
        "done": [risk_row(row, request.now) for row in found.good],
        "refused": [{"number": row.number, "sentence": sentence} for row, sentence in found.refused],
    }


def _preview(request: ApiRequest, act: BulkAct, payload: Numbers) -> dict[str, Any]:
    """What the act would meet on each item, by the rules that will refuse it; nothing is done."""
    return _told(preview(Act(str(act.value)), payload.numbers, request.actor), request)


def _operation(act: Act) -> Callable[..., Any]:
    service, body = service_of(act), _body(act)
    inner = service.func if isinstance(service, partial) else service
    hints = get_type_hints(inner)

    def perform(request: ApiRequest, payload: Schema) -> dict[str, Any]:
        brought = dict(payload)
        versions = {pick.number: pick.version for pick in brought.pop("items")}
        typed = {name: received(hints.get(name), value) for name, value in brought.items()}
        done = carry_out(act, versions, service, typed, actor=request.actor, now=request.now)
        # As they stand now: the act has changed what was read before it.
        done.good = list(visible(request.actor).filter(pk__in=[row.pk for row in done.good]).order_by("id"))
        return _told(done, request)

    perform.__name__ = f"many_{act.value}"
    perform.__annotations__ = {"request": ApiRequest, "payload": body}
    return perform


def router() -> Router:
    """POST /many/{act}/preview, and one operation an act: POST /many/<act>."""
    made = Router(tags=["many"], auth=KeyOrSession("sheet"))
    with translation.override("zh-hans"):
        for act in BULK:
            label = translation.gettext("批量{act}").format(act=TABLE[act].label)
            made.post(
                f"/many/{act.value}",
                response=_NO | {200: ManyOut},
                operation_id=f"many_{act.value}",
                summary=label,
                description="Each item is an act of its own: some may be refused while the others are done.",
            )(_operation(act))
        made.post(
            "/many/{act}/preview", response=_NO | {200: ManyOut}, operation_id="many_preview", summary="批量预览"
        )(_preview)
    return made
