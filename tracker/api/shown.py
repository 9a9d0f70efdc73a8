"""From rows of the store to what is sent: the same facts as the pages show, nothing more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tracker.accounts.actors import Actor
from tracker.posts.blind import leanings, sureness, told_level, told_topic, tone
from tracker.posts.models import Decision, Event, Post
from tracker.posts.selectors import posts_of
from tracker.reports.services import slips_of
from tracker.risks.lifecycle import TABLE, State
from tracker.risks.models import Risk
from tracker.risks.policies import refusal
from tracker.risks.selectors import source_posts
from tracker.risks.services import view_of

POSTS_SENT = 100


def event_row(event: Event) -> dict[str, Any]:
    """What the pages tell of an event, and no more: `posts.blind`."""
    names = (
        "id",
        "version",
        "title",
        "place",
        "need",
        "signals",
        "opened_at",
        "last_at",
    )
    return {name: getattr(event, name) for name in names} | {
        "topic": told_topic(event.topic),
        "level": told_level(event.level),
        "sure": sureness(event.risk),
        "posts": event.posts_count,
        "decision": event.decision,
    }


def event_out(event: Event) -> dict[str, Any]:
    risk = Risk.objects.filter(event=event).first()
    return event_row(event) | {
        "merged_into": event.merged_into_id,
        "risk_number": risk.number if risk else None,
        "said": said(posts_of(event)[:POSTS_SENT], blind=event.decision == Decision.PENDING),
    }


def said(posts: Iterable[Post], *, blind: bool = False) -> list[dict[str, Any]]:
    """Posts with their sightings prefetched, as `post_out`."""
    return [post_out(post, blind=blind) for post in posts]


def post_out(post: Post, *, blind: bool) -> dict[str, Any]:
    """One post; an address that is not http(s) is not passed on.

    `blind` before the verdict: which of its reasons count for more, in the order of the text (`posts.blind`).
    """
    names = ("id", "title", "body", "published_at", "likes", "reply", "reply_by")
    spans = leanings(post.why) if blind else post.why
    return {name: getattr(post, name) for name in names} | {
        "why": [
            {name: span[name] for name in ("text", "start", "end")} | {"tone": tone(float(span["weight"]))}
            for span in spans
        ],
        "links": [
            {"source": seen.source, "url": seen.url if seen.url.startswith(("http://", "https://")) else ""}
            for seen in post.sightings.all()
        ],
    }


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
