"""One message a working day to each who has an address: what he must act on, and nothing else. Who has nothing gets nothing.

What cannot wait (`ladder.immediate`) goes out by itself; everything else the ladder said since yesterday is gathered here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tracker.accounts.actors import Actor, system_actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Role, User
from tracker.accounts.selectors import actor_of
from tracker.notify.channels import Message
from tracker.notify.ladder import office_time
from tracker.notify.models import Address, Notice, Outgoing
from tracker.notify.outbox import outgoing_put
from tracker.posts.selectors import queue
from tracker.risks.clocks import SHANGHAI
from tracker.risks.deadlines import current_calendar
from tracker.risks.lifecycle import STATES, TABLE, Act, State
from tracker.risks.models import Risk
from tracker.risks.policies import refusal
from tracker.risks.selectors import awaiting_decision, visible
from tracker.risks.swap import view_of

# The act that takes an item on from each state: whose turn it is may do it.
_NEXT: Final = {
    State.LISTED: Act.ASSIGN, State.ASSIGNED: Act.SIGN, State.RETURNED: Act.REASSIGN, State.HANDLING: Act.SUBMIT,
    State.SUBMITTED: Act.VERIFY, State.APPROVING: Act.APPROVE,
}  # fmt: skip
_SHOWN: Final = 12
_LOOKED_AT: Final = 200


def digests_put(*, now: datetime) -> int:
    """Put today's digest in for everybody who is owed one; returns how many people. Safe to call at any time, twice too."""
    if office_time(now, current_calendar()) > now:
        return 0
    day = now.astimezone(SHANGHAI).date()
    key = f"digest|{day.isoformat()}"
    done = set(Outgoing.objects.filter(key=key).values_list("owner", flat=True))
    owners = set(Address.objects.exclude(confirmed_at=None).values_list("owner", flat=True)) - done
    made = 0
    for user in User.objects.filter(username__in=owners, is_active=True).order_by("username"):
        lines = list(duties(actor_of(user, now), now))
        if not lines:
            continue
        message = Message(key, _("一单 {day} 待办").format(day=date_format(day, "n月j日")), "\n".join(lines))
        with transaction.atomic():
            entry_append(
                act="notice.digest", subject=f"notice:{user.username}", actor=system_actor("ladder"), now=now,
                data={"day": day.isoformat(), "lines": len(lines)},
            )  # fmt: skip
            made += outgoing_put(message, [user.username], level=0, now=now) > 0
    return made


def duties(actor: Actor, now: datetime) -> Iterator[str]:
    """What `actor` must act on now, one line each: first what is due, then what was said since yesterday, the rest as a number."""
    rows = _turns(actor)
    for row in rows[:_SHOWN]:
        yield _line(row, now)
    if len(rows) > _SHOWN:
        rest = len(rows) - _SHOWN
        yield ngettext("另有 {n} 件待您办理", "另有 {n} 件待您办理", rest).format(n=rest)
    asked = awaiting_decision(actor).count() if actor.has(Role.MANAGER) else 0
    if asked:
        yield ngettext("{n} 件延期申请等您决定", "{n} 件延期申请等您决定", asked).format(n=asked)
    pending = queue().count() if actor.has(Role.ANALYST) else 0
    if pending:
        yield ngettext("{n} 件待研判", "{n} 件待研判", pending).format(n=pending)
    said = Notice.objects.filter(recipient=actor.username, read_at=None, at__gt=now - timedelta(days=1))
    yield from said.order_by("at", "pk").values_list("text", flat=True)[:_SHOWN]


def _turns(actor: Actor) -> list[Risk]:
    """The items whose next act is this person's to do, the first to fall due in front."""
    mine = [state for state, act in _NEXT.items() if actor.has(*TABLE[act].roles)]
    rows = visible(actor).filter(state__in=mine).order_by("treat_due", "id")[:_LOOKED_AT]
    return [row for row in rows if refusal(_NEXT[State(row.state)], view_of(row), actor) is None]


def _line(row: Risk, now: datetime) -> str:
    what = _("{number} {problem}（{state}）").format(
        number=row.number, problem=row.problem[:40], state=STATES[State(row.state)].label
    )
    if row.treat_due is None:
        return what
    due = date_format(row.treat_due.astimezone(SHANGHAI), "Y-m-d H:i")
    late = _("已逾期，") if row.overdue(now) else ""
    return what + _(" {late}期限 {due}").format(late=late, due=due)
