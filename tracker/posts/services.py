"""Deciding on events and keeping their labels in step with their posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from analysis.api import Heat, place_line
from tracker.accounts.actors import Actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Role
from tracker.posts.harm import expected_harm
from tracker.posts.heat import heats
from tracker.posts.models import Decision, Event, Post, Verdict
from tracker.posts.writing import rows_update

_TOGETHER = 200


class VerdictRefused(Exception):
    """A verdict is not possible; the message is the sentence for the analyst."""


class VerdictConflict(VerdictRefused):
    """A colleague decided first; nothing was changed."""


@transaction.atomic
def event_dismiss(*, event: int, version: int, reason: str, actor: Actor, now: datetime) -> Event:
    """Not for the sheet, with a reason; one ledger entry. VerdictRefused without the role or the reason, or on a stale version."""
    if not reason.strip():
        raise VerdictRefused(_("不列单要写明理由"))
    return event_decide(
        event=event, version=version, decision=Decision.DISMISSED, reason=reason, actor=actor, now=now, labels={}
    )


@transaction.atomic
def event_restore(*, event: int, version: int, actor: Actor, now: datetime) -> Event:
    """Take a dismissal back: the event is pending again. A confirmed event has a risk on the sheet and is not undone here."""
    row = Event.objects.get(pk=event)
    if row.decision != Decision.DISMISSED:
        raise VerdictRefused(_("只有“不列单”的研判可以撤回；已列单的请由领导撤单"))
    return event_decide(
        event=event, version=version, decision=Decision.PENDING, reason=_("撤回不列单"), actor=actor, now=now, labels={}
    )


@transaction.atomic
def event_decide(
    *,
    event: int,
    version: int,
    decision: Decision,
    reason: str,
    actor: Actor,
    now: datetime,
    labels: Mapping[str, Any],
    record: bool = True,
) -> Event:
    """Compare-and-swap of the decision, the verdict row that models learn from, and (with `record`) the ledger entry.

    `labels` are the analyst's corrections (topic, need, level). A confirmation passes `record=False`: its entry is the listing.
    """
    if not actor.has(Role.ANALYST):
        raise VerdictRefused(_("研判由研判员作出，您没有这个角色"))
    # Locked: what the machine had said is kept beside the verdict, and intake may be reckoning it anew.
    row = Event.objects.select_for_update().get(pk=event)
    if row.version != version:
        raise VerdictConflict(_("这件事刚刚已由同事研判，请刷新后再看"))
    if row.decision == decision:
        raise VerdictRefused(_("这件事已经是“{decision}”，不必再判").format(decision=decision.label))
    if row.decision == Decision.MERGED:
        raise VerdictRefused(_("这件事已并入另一件，请在那一件上研判，或先撤销并入"))
    if row.decision == Decision.CONFIRMED:
        raise VerdictRefused(_("这件事已在清单上，不能改判；列错了请由领导撤单"))
    changed = Event.objects.filter(pk=event, version=version).update(decision=decision, version=version + 1, **labels)
    if changed != 1:
        raise VerdictConflict(_("这件事刚刚已由同事研判，请刷新后再看"))
    machine = {"risk": row.risk, "level": row.level, "topic": row.topic, "need": row.need, "signals": row.signals}
    Verdict.objects.create(
        event=row, decision=decision, reason=reason, labels=dict(labels), machine=machine, by=actor.username, at=now
    )
    if record:
        entry_append(
            act=f"event.{decision.value}",
            subject=f"event:{event}",
            actor=actor,
            now=now,
            from_state=row.decision,
            to_state=decision.value,
            reason=reason,
            data={"machine": machine},
        )
    row.refresh_from_db()
    return row


@transaction.atomic
def event_unlist(*, event: int, reason: str, actor: Actor, now: datetime) -> None:
    """The risk of a confirmed event was listed in error and is withdrawn: the event counts as dismissed, which can be taken back.

    The act's own entry is the withdrawal; the verdict is kept, because models learn from it.
    """
    row = Event.objects.select_for_update().get(pk=event)
    Event.objects.filter(pk=event).update(decision=Decision.DISMISSED, version=row.version + 1)
    machine = {"risk": row.risk, "level": row.level, "topic": row.topic, "need": row.need, "signals": row.signals}
    Verdict.objects.create(
        event=row, decision=Decision.DISMISSED, reason=reason, machine=machine, by=actor.username, at=now
    )


@transaction.atomic
def event_refresh(events: Iterable[int]) -> None:
    """Recompute what an undecided event shows from its posts; a decided one only counts them.

    The gravest post speaks for the event: highest level, then highest probability, then the earliest. The rows are locked, in
    the order of their keys, so that a verdict given meanwhile is neither overwritten nor waited for twice.
    """
    keys = sorted(standing(events))
    for start in range(0, len(keys), _TOGETHER):
        _refresh(keys[start : start + _TOGETHER])


def _refresh(keys: list[int]) -> None:
    """A few hundred events at once, read and written together."""
    rows = {row.pk: row for row in Event.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    warmth = heats(keys)
    fields = ("event", "title", "level", "risk", "topic", "need", "signals", "places", "flagged")
    said = Post.objects.filter(event__in=keys).order_by("event", "-level", "-risk", "id").values(*fields)
    rows_update(
        Event,
        {
            key: _shown(rows[key], list(posts), warmth[key])
            for key, posts in groupby(said.iterator(), itemgetter("event"))
        },
    )


def _shown(event: Event, posts: Sequence[Mapping[str, Any]], warmth: Heat) -> dict[str, Any]:
    """What `event` shows; a blind sample keeps the place it was given."""
    changes = _labels(posts) if event.decision == Decision.PENDING else {}
    changes |= _counts(posts, warmth)
    if event.drawn is not None and not changes.get("flagged", event.flagged):
        changes["harm"] = event.drawn
    return changes


def standing(events: Iterable[int]) -> set[int]:
    """`events`, each merged one replaced by the event that took it over; posts that came to it since go there too."""
    keys = set(events)
    while merged := dict(Event.objects.filter(pk__in=keys, merged_into__isnull=False).values_list("pk", "merged_into")):
        for source, target in merged.items():
            Post.objects.filter(event=source).update(event=target)
        keys = (keys - merged.keys()) | {target for target in merged.values() if target}
    return keys


def _counts(posts: Sequence[Mapping[str, Any]], warmth: Heat) -> dict[str, Any]:
    worst = posts[0]
    harm = expected_harm(risk=worst["risk"], level=worst["level"], heat=warmth.score)
    return {"posts_count": len(posts), "harm": harm, "heat": warmth.score, "numbers": warmth.to_dict()}


def _labels(posts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    worst = posts[0]
    return {
        "title": worst["title"][:200],
        "place": place_line(worst["places"])[:120],
        "topic": worst["topic"],
        "need": worst["need"],
        "level": worst["level"],
        "signals": "".join(sorted({s for p in posts for s in p["signals"]})),
        "risk": worst["risk"],
        "flagged": any(p["flagged"] for p in posts),
    }
