"""Deciding on events and keeping their labels in step with their posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor
from tracker.accounts.models import Role
from tracker.ledger.services import ledger_append
from tracker.posts.harm import expected_harm
from tracker.posts.models import Decision, Event, Post, Verdict


class VerdictRefused(Exception):
    """A verdict is not possible; the message is the sentence for the analyst."""


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
    row = Event.objects.get(pk=event)
    if row.decision == decision:
        raise VerdictRefused(_("这件事刚刚已由同事研判，请看下一件"))
    changed = Event.objects.filter(pk=event, version=version).update(decision=decision, version=version + 1, **labels)
    if changed != 1:
        raise VerdictRefused(_("这件事刚刚已由同事研判，请刷新后再看"))
    machine = {"risk": row.risk, "level": row.level, "topic": row.topic, "need": row.need, "signals": row.signals}
    Verdict.objects.create(
        event=row, decision=decision, reason=reason, labels=dict(labels), machine=machine, by=actor.username, at=now
    )
    if record:
        ledger_append(
            act=f"event.{decision.value}",
            subject=f"event:{event}",
            actor=actor.username,
            roles=actor.role_text,
            unit=actor.unit,
            now=now,
            from_state=row.decision,
            to_state=decision.value,
            reason=reason,
            data={"machine": machine},
        )
    row.refresh_from_db()
    return row


def event_refresh(events: Iterable[int]) -> None:
    """Recompute what an undecided event shows from its posts; a decided one only counts them.

    The gravest post speaks for the event: highest level, then highest probability, then the earliest.
    """
    for event in Event.objects.filter(pk__in=list(events)):
        posts = list(
            Post.objects.filter(event=event)
            .order_by("-level", "-risk", "id")
            .values("title", "level", "risk", "topic", "need", "signals", "places", "likes", "flagged")
        )
        if not posts:
            continue
        worst = posts[0]
        event.posts_count = len(posts)
        event.harm = expected_harm(
            risk=worst["risk"], level=worst["level"], posts=len(posts), likes=sum(p["likes"] for p in posts)
        )
        if event.decision == Decision.PENDING:
            event.title = worst["title"][:200]
            event.place = (worst["places"] or [""])[0][:120]
            event.topic, event.need, event.level = worst["topic"], worst["need"], worst["level"]
            event.signals = "".join(sorted({s for p in posts for s in p["signals"]}))
            event.risk, event.flagged = worst["risk"], any(p["flagged"] for p in posts)
        event.save()
