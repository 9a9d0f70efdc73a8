"""Everything the page of one risk shows to one person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from tracker.accounts.selectors import unit_names
from tracker.ledger.selectors import timeline
from tracker.posts.labels import SIGNALS
from tracker.reports.services import slips_of
from tracker.risks.clock_acts import pending
from tracker.risks.lifecycle import TABLE, Act, State
from tracker.risks.models import Risk
from tracker.risks.policies import Permit, permits, refusal
from tracker.risks.selectors import source_posts
from tracker.risks.services import view_of
from tracker.web.access import may_open
from tracker.web.acts import form_for
from tracker.web.clockface import faces, paused_until
from tracker.web.forms import PLAN_LABELS, VersionForm
from tracker.web.middleware import DeskRequest
from tracker.web.papers_page import SLIPS
from tracker.web.said import POSTS_SHOWN, said
from tracker.web.story import story

# What belongs to the main road stands open; the rest is folded.
_MAIN: Final = (
    Act.ASSIGN, Act.REASSIGN, Act.SIGN, Act.ATTACH, Act.SUBMIT, Act.VERIFY, Act.APPROVE,
)  # fmt: skip
_GRAVE: Final = frozenset({Act.RETURN, Act.TRANSFER, Act.SEND_BACK, Act.WITHDRAW, Act.REOPEN, Act.DENY})


@dataclass(frozen=True, slots=True)
class Button:
    """One act on the page: `refusal` is why it may not be pressed (then there is no form), `error` what went wrong with it."""

    act: Act
    label: str
    refusal: str
    form: VersionForm | None
    main: bool
    grave: bool
    open: bool
    error: str


def buttons(risk: Risk, request: DeskRequest, tried: Act | None, bound: VersionForm | None, error: str) -> list[Button]:
    """The acts this person may do or would look for, in the order of the work; `tried` keeps what was typed."""
    every = [*permits(view_of(risk), request.actor), *_situational(risk, request)]
    found = [_button(p, risk, bound if p.act is tried else None, error) for p in every]
    order = {act: rank for rank, act in enumerate(_MAIN)}
    return sorted(found, key=lambda b: (bool(b.refusal), order.get(b.act, len(order)), b.grave))


def _situational(risk: Risk, request: DeskRequest) -> Iterator[Permit]:
    """The acts that the table leaves to the page, because they only make sense at times: when something is asked or paused."""
    asked = pending(risk) is not None
    standing = paused_until(risk.arithmetic.get("treat", {}), request.now) is not None
    fitting = {
        Act.ANSWER: risk.answered_at is None, Act.PLAN: True, Act.EXTEND: not asked, Act.GRANT: asked, Act.DENY: asked,
        Act.PAUSE: not standing, Act.RESUME: standing,
    }  # fmt: skip
    view = view_of(risk)
    for act, fits in fitting.items():
        if fits and view.state in TABLE[act].sources and request.actor.has(*TABLE[act].roles):
            yield Permit(act, TABLE[act], str(refusal(act, view, request.actor) or ""))


def _button(permit: Permit, risk: Risk, bound: VersionForm | None, error: str) -> Button:
    return Button(
        act=permit.act,
        label=str(permit.move.label),
        refusal=permit.refusal,
        form=None if permit.refusal else (bound or form_for(permit.act, risk)),
        main=permit.act in _MAIN,
        grave=permit.act in _GRAVE,
        open=bound is not None or permit.act in _MAIN,
        error=error if bound is not None else "",
    )


def risk_context(
    request: DeskRequest, risk: Risk, *, tried: Act | None = None, bound: VersionForm | None = None, error: str = ""
) -> dict[str, Any]:
    """Template variables; after a refusal with the act that was `tried`, its form as typed and the sentence."""
    posts = source_posts(risk)
    every = request.GET.get("posts") == "all"
    shown = said(posts[: 500 if every else POSTS_SHOWN], whole=every)
    acts = buttons(risk, request, tried, bound, error)
    return {
        "risk": risk,
        "clocks": faces(risk, request.now),
        "signals": [SIGNALS[s] for s in risk.signals if s in SIGNALS],
        "posts": shown,
        "posts_total": posts.count(),
        "assisting": _("、").join(unit.name for unit in risk.assisting.all()),
        # Listed in error: its event can be looked at, and listed, again.
        "relist": risk.state == State.WITHDRAWN and may_open("queue", request.actor),
        "asked": pending(risk),
        "slips": [(kind, SLIPS[kind]) for kind in slips_of(risk)],
        "plan": [(label, risk.plan.get(name, "")) for name, label in PLAN_LABELS.items()] if risk.plan else [],
        "evidence": list(risk.attachments.order_by("id")),
        "story": story(timeline(risk.subject)),
        "buttons": acts,
        # The act is no longer offered at all (somebody else moved the risk): its sentence and text are shown above.
        "orphan": bound if tried and bound and not any(b.act is tried and b.form for b in acts) else None,
        "error": error,
        "unit_names": unit_names(),
    }
