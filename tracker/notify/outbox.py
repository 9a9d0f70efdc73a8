"""News out of the house: put in once, sent at least once, and what cannot be sent stays in sight.

A message is put in by the transaction that writes its ledger entry. Whoever counts `attempts` up has it, so two senders never send
the same one; a sender that dies between the yes of the other side and our note of it leads to a second copy under the same key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Role
from tracker.notify.channels import CHANNELS, Message
from tracker.notify.ladder import allowed
from tracker.notify.models import Address, Outgoing
from tracker.risks.clocks import FARTHEST, Calendar
from tracker.risks.deadlines import current_calendar
from tracker.risks.errors import Incomplete, NotYours

# What went wrong on the way to an address, nothing when it arrived.
Send = Callable[[str, Message], str]
GROUP: Final = "unit:"
CODE: Final = "code|"  # begins the keys of messages that ask whether an address is theirs who set it
# Minutes until the next try; after the last, it is given up and shown.
WAITS: Final = (1, 5, 15, 60, 240)
_TAKEN: Final = timedelta(minutes=10)
_AT_ONCE: Final = 50


def outgoing_put(
    message: Message, owners: Iterable[str], *, level: int, now: datetime, only: Address | None = None
) -> int:
    """Put `message` in for every confirmed address of `owners` (for `only` that one), inside the transaction of its ledger entry.

    Returns how many were new.
    """
    rows = [only] if only else Address.objects.filter(owner__in=list(owners)).exclude(confirmed_at=None).order_by("pk")
    made = [
        Outgoing(key=message.key, owner=row.owner, channel=row.channel, title=message.title[:120], body=message.body,
                 level=level, made_at=now, next_at=now)
        for row in rows
    ]  # fmt: skip
    before = Outgoing.objects.filter(key=message.key).count()
    Outgoing.objects.bulk_create(made, ignore_conflicts=True)
    return Outgoing.objects.filter(key=message.key).count() - before


def outgoing_send(*, now: datetime, send: Send | None = None) -> int:
    """Send what is due, the gravest and oldest first; returns how many were taken by the other side.

    Nobody is disturbed at night or on a day off, except about level 3: a retry waits for the office as the notice itself did.
    """
    calendar, sent = current_calendar(), 0
    due = Q(next_at__lte=now) | Q(next_at__gt=now + FARTHEST)
    for row in waiting().filter(due).order_by("-level", "made_at", "pk")[:_AT_ONCE]:
        if allowed(now, row.level, calendar) > now or not _taken(row, now):
            continue
        sent += _tried(row, send, now, calendar)
    return sent


def waiting() -> QuerySet[Outgoing]:
    """Messages neither sent nor given up."""
    return Outgoing.objects.filter(sent_at=None, given_up_at=None)


def given_up() -> QuerySet[Outgoing]:
    """Messages that no try could deliver, newest first: somebody has to look at the address."""
    return Outgoing.objects.exclude(given_up_at=None).order_by("-given_up_at", "-pk")


@transaction.atomic
def outgoing_retry(*, outgoing: int, actor: Actor, now: datetime) -> None:
    """Try a message again that was given up."""
    if not actor.has(Role.ADMIN, Role.MANAGER):
        raise NotYours(_("重新发送由管理员或领导办理"))
    changed = Outgoing.objects.filter(pk=outgoing).exclude(given_up_at=None)
    if changed.update(given_up_at=None, attempts=0, next_at=now) != 1:
        raise Incomplete(_("没有这条未发出的消息"))
    entry_append(act="outgoing.retry", subject=f"outgoing:{outgoing}", actor=actor, now=now)


def _taken(row: Outgoing, now: datetime) -> bool:
    mine = Outgoing.objects.filter(pk=row.pk, attempts=row.attempts, sent_at=None)
    return mine.update(attempts=F("attempts") + 1, next_at=now + _TAKEN) == 1


def _tried(row: Outgoing, send: Send | None, now: datetime, calendar: Calendar) -> bool:
    address = Address.objects.filter(owner=row.owner, channel=row.channel).first()
    message, mine = Message(row.key, row.title, row.body), Outgoing.objects.filter(pk=row.pk)
    if address is None or (address.confirmed_at is None and not row.key.startswith(CODE)):
        mine.update(given_up_at=now, problem=_("地址已删除") if address is None else _("地址还没有确认"))
        return False
    way = CHANNELS[row.channel]
    try:
        problem = (send or way.send)(way.url(address.target, row.key), message)[:200]
    except Exception as error:  # noqa: BLE001 - whatever went wrong on the way, the message is kept and tried again
        problem = str(error)[:200] or type(error).__name__
    if problem:
        _failed(row, problem, now, calendar)
    else:
        mine.update(sent_at=now, problem="")
    return not problem


def _failed(row: Outgoing, problem: str, now: datetime, calendar: Calendar) -> None:
    tried = row.attempts  # before this try
    changes: dict[str, object] = {"problem": problem}
    if tried < len(WAITS):
        changes["next_at"] = allowed(now + timedelta(minutes=WAITS[tried]), row.level, calendar)
    else:
        changes["given_up_at"] = now
    Outgoing.objects.filter(pk=row.pk).update(**changes)
