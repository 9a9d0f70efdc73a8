"""What one must act on today: a block for each role that is held, each with its count, its first rows and where the rest is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor
from tracker.accounts.models import Role
from tracker.posts.labels import LEVELS
from tracker.posts.models import Event
from tracker.posts.selectors import queue
from tracker.risks.lifecycle import OPEN, State
from tracker.risks.models import Risk
from tracker.risks.selectors import awaiting_decision, inbox, overdue, visible
from tracker.web.clockface import Face
from tracker.web.sheet_page import COUNTED, rows

SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Block:
    """`nothing` is what to say instead of a bare zero; `sees_posts`: its zero depends on the sources being healthy."""

    title: str
    count: str
    url: str
    nothing: str
    risks: list[tuple[Risk, Face]] = field(default_factory=list)
    events: list[tuple[Event, str]] = field(default_factory=list)
    sees_posts: bool = False
    urgent: bool = False


def blocks(actor: Actor, now: datetime) -> list[Block]:
    """The blocks of every role in force, the order of the day; the number of queries depends on the roles only."""
    found = [block for role, make in _BLOCKS.items() if actor.has(role) for block in make(actor, now)]
    unique = {block.title: block for block in found}
    return list(unique.values())


def _block(
    title: str, risks: QuerySet[Risk], now: datetime, nothing: str, query: str, *, urgent: bool = False
) -> Block:
    shown = rows(risks.order_by("treat_due", "id"), now, SHOWN)
    count = risks.order_by()[: COUNTED + 1].count()
    text = f"{COUNTED}+" if count > COUNTED else str(count)
    url = query if query.startswith("/") else f"{reverse('sheet')}?{query}"
    return Block(title, text, url, nothing, risks=shown, urgent=urgent and count > 0)


def _analyst(_actor: Actor, _now: datetime) -> list[Block]:
    first = [(event, str(LEVELS.get(event.level, ""))) for event in queue()[:SHOWN]]
    count = queue().order_by()[: COUNTED + 1].count()
    text = f"{COUNTED}+" if count > COUNTED else str(count)
    return [Block(_("待研判事件"), text, reverse("queue"), _("没有等待研判的事件"), events=first, sees_posts=True)]


def _dispatcher(actor: Actor, now: datetime) -> list[Block]:
    seen = visible(actor)
    unsigned = seen.filter(state=State.ASSIGNED, sign_due__lt=now)
    return [
        _block(_("待交办"), seen.filter(state=State.LISTED), now, _("已列单的都已交办"), "state=listed"),
        _block(_("待裁定"), seen.filter(state=State.RETURNED), now, _("没有退回的事项"), "state=returned"),
        _block(_("逾期未签收"), unsigned, now, _("交办的都按时签收"), "state=assigned&sort=due", urgent=True),
        _late(actor, now),
    ]


def _handler(actor: Actor, now: datetime) -> list[Block]:
    mine = inbox(actor)
    here = reverse("inbox")
    return [
        _block(_("待签收"), mine.filter(state=State.ASSIGNED), now, _("没有待签收的事项"), here),
        _block(_("办理中"), mine.filter(state=State.HANDLING), now, _("没有在办的事项"), here),
    ]


def _verifier(actor: Actor, now: datetime) -> list[Block]:
    submitted = visible(actor).filter(state=State.SUBMITTED)
    return [_block(_("待核查"), submitted, now, _("没有申请销号的事项"), reverse("verify"))]


def _manager(actor: Actor, now: datetime) -> list[Block]:
    seen = visible(actor)
    grave = seen.filter(state__in=OPEN, closed_at=None, level=3)
    asked = seen.filter(pk__in=list(awaiting_decision(actor).order_by().values_list("risk", flat=True)[:COUNTED]))
    return [
        _block(_("待批准延期"), asked, now, _("没有延期申请"), "state=handling&sort=due"),
        _block(_("待批准销号"), seen.filter(state=State.APPROVING), now, _("没有等待批准的事项"), reverse("verify")),
        _late(actor, now),
        _block(_("未了结的重大隐患"), grave, now, _("没有未了结的重大隐患"), "state=open&level=3"),
    ]


def _reader(actor: Actor, now: datetime) -> list[Block]:
    still = visible(actor).filter(state__in=OPEN, closed_at=None)
    return [_block(_("未了结事项"), still, now, _("清单上没有未了结的事项"), "state=open"), _late(actor, now)]


def _late(actor: Actor, now: datetime) -> Block:
    late = overdue(visible(actor), now)
    return _block(_("办理逾期"), late, now, _("没有逾期的事项"), "overdue=on&sort=due", urgent=True)


_BLOCKS: Final[dict[Role, Callable[[Actor, datetime], list[Block]]]] = {
    Role.ANALYST: _analyst,
    Role.DISPATCHER: _dispatcher,
    Role.HANDLER: _handler,
    Role.VERIFIER: _verifier,
    Role.MANAGER: _manager,
    Role.AUDITOR: _reader,
    Role.ADMIN: _reader,
}
