"""From rows of the store to what is sent: the same facts as the pages show, nothing more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tracker.accounts.actors import Actor
from tracker.posts.models import Event, Post
from tracker.posts.selectors import posts_of
from tracker.reports.services import slips_of
from tracker.risks.lifecycle import TABLE, State
from tracker.risks.models import Risk
from tracker.risks.policies import refusal
from tracker.risks.selectors import source_posts
from tracker.risks.services import view_of

POSTS_SENT = 100


def event_row(event: Event) -> dict[str, Any]:
    names = (
        "id",
        "version",
        "title",
        "place",
        "topic",
        "need",
        "level",
        "signals",
        "risk",
        "harm",
        "opened_at",
        "last_at",
    )
    return {name: getattr(event, name) for name in names} | {"posts": event.posts_count, "decision": event.decision}


def event_out(event: Event) -> dict[str, Any]:
    risk = Risk.objects.filter(event=event).first()
    return event_row(event) | {
        "merged_into": event.merged_into_id,
        "risk_number": risk.number if risk else None,
        "said": said(posts_of(event)[:POSTS_SENT]),
    }


def said(posts: Iterable[Post]) -> list[dict[str, Any]]:
    """Posts with their sightings prefetched; an address that is not http(s) is not passed on."""
    names = ("id", "title", "body", "published_at", "likes", "risk", "level", "why", "reply", "reply_by")
    return [
        {name: getattr(post, name) for name in names}
        | {
            "links": [
                {"source": seen.source, "url": seen.url if seen.url.startswith(("http://", "https://")) else ""}
                for seen in post.sightings.all()
            ]
        }
        for post in posts
    ]


def risk_row(risk: Risk, now: datetime) -> dict[str, Any]:
    names = (
        "number", "version", "state", "state_label", "problem", "place", "topic", "need", "level", "signals", "listed_at",
        "assigned_at", "sign_due", "treat_due", "answer_due", "answered_at", "closed_at", "outcome",
    )  # fmt: skip
    return {name: getattr(risk, name) for name in names} | {
        "unit": risk.unit.code if risk.unit else None,
        "unit_name": risk.unit.name if risk.unit else None,
        "overdue": risk.overdue(now),
    }


def risk_out(risk: Risk, actor: Actor, now: datetime) -> dict[str, Any]:
    """All of one risk as `actor` sees it, with what they may do to it now."""
    names = (
        "requirements", "contact", "returns", "send_backs", "recurrences", "outcome_note", "referred_to", "duplicate_of",
        "answer", "plan", "arithmetic",
    )  # fmt: skip
    return (
        risk_row(risk, now)
        | {name: getattr(risk, name) for name in names}
        | {
            "event": risk.event_id,
            "assigning_unit": risk.assigning_unit.code if risk.assigning_unit else None,
            "assisting": [unit.code for unit in risk.assisting.all()],
            "supervising": risk.supervising_unit.code if risk.supervising_unit else None,
            "evidence": list(risk.attachments.order_by("id").values("digest", "name", "content_type", "size", "at")),
            "said": said(source_posts(risk)[:POSTS_SENT]),
            "papers": list(slips_of(risk)),
            "acts": _permissions(risk, actor),
        }
    )


def _permissions(risk: Risk, actor: Actor) -> list[dict[str, Any]]:
    view = view_of(risk)
    return [
        {
            "act": act.value,
            "label": str(move.label),
            "refusal": str(refusal(act, view, actor) or ""),
            "needs": list(move.needs),
        }
        for act, move in TABLE.items()
        if State(risk.state) in move.sources and actor.has(*move.roles)
    ]
