"""Verdicts as training rows: the masked text as it is stored, and what a person decided about it.

A decision says what it says and no more. "A matter already on the sheet" and "too little to check" do not say that a text is no
risk, so they teach nothing; a risk that was withdrawn from the sheet was listed in error and teaches nothing either.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from analysis.api import Decided
from tracker.accounts.actors import Actor
from tracker.accounts.entries import entry_append
from tracker.posts.models import Decision, Event, Post, Verdict
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk

NEWEST: Final = 20_000
NOT_OURS: Final = "非交通事项"
SILENT: Final = ("已有清单事项在办", "内容太少，无法核查")  # dismissals that say nothing about the text
_FOLDS: Final = 5
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One decided event: `machine` is what had been said of it, `drawn` whether it came from the blind audit."""

    event: int
    at: datetime
    drawn: bool
    machine: dict[str, Any]
    decided: Decided


def frozen(event: int) -> bool:
    """True for the fifth of all events that no model ever learns from; for an event it is always the same."""
    return int(sha256(str(event).encode()).hexdigest(), 16) % _FOLDS == 0


def rows(newest: int = NEWEST) -> list[Row]:
    """The newest decided events that teach something, oldest first."""
    decided = list(_decided(newest))
    fields = _fields([verdict.event_id for verdict, _text in decided])
    found = [row for verdict, text in decided if (row := _row(verdict, text, fields)) is not None]
    return sorted(found, key=lambda row: (row.at, row.event))


def _decided(newest: int) -> Iterable[tuple[Verdict, tuple[str, str]]]:
    """The last verdict of each decided event with the text of its gravest post."""
    decided = (Decision.CONFIRMED, Decision.DISMISSED)
    withdrawn = Risk.objects.filter(state=State.WITHDRAWN).values("event")
    events = Event.objects.filter(decision__in=decided).exclude(decision=Decision.DISMISSED, pk__in=withdrawn)
    verdicts: QuerySet[Verdict] = Verdict.objects.filter(
        event__in=events.order_by("-id")[:newest].values("pk"), decision__in=decided
    )
    last = {verdict.event_id: verdict for verdict in verdicts.select_related("event").order_by("id")}
    texts = _texts(list(last))
    return [(verdict, texts[event]) for event, verdict in last.items() if event in texts]


def _texts(events: list[int]) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(events), _CHUNK):
        posts = Post.objects.filter(event__in=events[start : start + _CHUNK]).order_by("level", "risk", "-id")
        found |= {event: (title, body) for event, title, body in posts.values_list("event", "title", "body")}
    return found


def _fields(events: list[int]) -> dict[int, tuple[str, str]]:
    """Event → (field, kind of request) as the sheet has them now: they are corrected there long after the verdict."""
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(events), _CHUNK):
        risks = Risk.objects.filter(event__in=events[start : start + _CHUNK]).order_by("id")
        found |= {event: (topic, need) for event, topic, need in risks.values_list("event", "topic", "need")}
    return found


def _row(verdict: Verdict, text: tuple[str, str], fields: dict[int, tuple[str, str]]) -> Row | None:
    confirmed = verdict.decision == Decision.CONFIRMED
    said = _confirmed(verdict, text, fields) if confirmed else _dismissed(verdict, text)
    if said is None:
        return None
    return Row(verdict.event_id, verdict.at, verdict.event.drawn is not None, verdict.machine, said)


def _confirmed(verdict: Verdict, text: tuple[str, str], fields: dict[int, tuple[str, str]]) -> Decided:
    told = {**verdict.machine, **verdict.labels}
    topic, need = fields.get(verdict.event_id, (told.get("topic"), told.get("need")))
    # The level is that of the verdict: on the sheet it also rises by rule, which says nothing about the text.
    return Decided(*text, risk=True, transport=True, level=int(told["level"]), topic=topic, need=need)


def _dismissed(verdict: Verdict, text: tuple[str, str]) -> Decided | None:
    reason = verdict.reason.partition("：")[0]
    if reason in SILENT:
        return None
    return Decided(*text, risk=False, transport=False if reason == NOT_OURS else None, level=0)


def rows_export(*, path: Path, actor: Actor, now: datetime) -> int:
    """Write the training rows as JSON lines, masked as they are stored; the file gets its name after its ledger entry."""
    found = rows()
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        for row in found:
            said = asdict(row.decided)
            line = {"event": row.event, "at": row.at.isoformat(), "frozen": frozen(row.event), **said}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    with transaction.atomic():
        entry_append(act="export.verdicts", subject="export:verdicts", actor=actor, now=now, data={"rows": len(found)})
    part.replace(path)
    return len(found)
