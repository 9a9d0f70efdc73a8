"""News out of the house: put in once, sent at least once, and what cannot be sent stays in sight.

A message is put in by the transaction that writes its ledger entry. Whoever counts `attempts` up has it, so two senders never send
the same one; a sender that dies between the yes of the other side and our note of it leads to a second copy under the same key.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Role, Unit, User
from tracker.notify.channels import CHANNELS, BadAddress, Message
from tracker.notify.ladder import allowed
from tracker.notify.models import Address, Outgoing
from tracker.risks.clocks import Calendar
from tracker.risks.deadlines import current_calendar
from tracker.risks.errors import Incomplete, NotYours

Send = Callable[[str, Message], bool]
GROUP: Final = "unit:"
# Minutes until the next try; after the last, it is given up and shown.
WAITS: Final = (1, 5, 15, 60, 240)
_TAKEN: Final = timedelta(minutes=10)
_AT_ONCE: Final = 50


@transaction.atomic
def address_set(*, owner: str, channel: str, target: str, actor: Actor, now: datetime) -> Address:
    """Where news for `owner` goes by `channel`. People set their own e-mail; an administrator sets everything, robots above all."""
    way = CHANNELS.get(channel)
    if way is None:
        raise Incomplete(_("请选择发送方式"))
    _in_charge(owner, actor, personal=way.personal)
    try:
        way.url(target, "key")
    except BadAddress as error:
        raise Incomplete(str(error)) from error
    row, _made = Address.objects.update_or_create(
        owner=owner, channel=channel, defaults={"target": target.strip(), "set_by": actor.username, "set_at": now}
    )
    _record("address.set", owner, actor, now, channel)
    return row


@transaction.atomic
def address_end(*, owner: str, channel: str, actor: Actor, now: datetime) -> None:
    """News goes there no longer, and what waits to go there is dropped."""
    _in_charge(owner, actor, personal=True)
    gone, _rows = Address.objects.filter(owner=owner, channel=channel).delete()
    if gone:
        Outgoing.objects.filter(owner=owner, channel=channel, sent_at=None).delete()
        _record("address.end", owner, actor, now, channel)


def _in_charge(owner: str, actor: Actor, *, personal: bool) -> None:
    if not actor.has(Role.ADMIN) and not (personal and owner == actor.username):
        raise NotYours(_("群机器人和他人的地址由管理员设置"))
    group = owner.startswith(GROUP)
    known = Unit.objects.filter(code=owner.removeprefix(GROUP)) if group else User.objects.filter(username=owner)
    if not known.exists():
        raise Incomplete(_("没有“{name}”这个用户或单位").format(name=owner[:60]))


def _record(act: str, owner: str, actor: Actor, now: datetime, channel: str) -> None:
    entry_append(act=act, subject=f"address:{owner}", actor=actor, now=now, data={"channel": channel})


def outgoing_put(message: Message, owners: Iterable[str], *, level: int, now: datetime) -> int:
    """Put `message` in for every address of `owners`, inside the transaction of its ledger entry; returns how many were new."""
    rows = Address.objects.filter(owner__in=list(owners)).order_by("pk")
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
    for row in waiting().filter(next_at__lte=now).order_by("-level", "made_at", "pk")[:_AT_ONCE]:
        if allowed(now, row.level, calendar) > now or not _taken(row, now):
            continue
        sent += _tried(row, send or by_apprise, now, calendar)
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


def _tried(row: Outgoing, send: Send, now: datetime, calendar: Calendar) -> bool:
    address = Address.objects.filter(owner=row.owner, channel=row.channel).first()
    message, mine = Message(row.key, row.title, row.body), Outgoing.objects.filter(pk=row.pk)
    if address is None:
        mine.update(given_up_at=now, problem=_("地址已删除"))
        return False
    try:
        took = send(CHANNELS[row.channel].url(address.target, row.key), message)
        problem = "" if took else _("对方没有接收")
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


def by_apprise(url: str, message: Message) -> bool:
    """Hand `message` to apprise; False when the other side did not take it. Its log, which may name the address, stays silent."""
    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    way = apprise.Apprise()
    return bool(way.add(url) and way.notify(title=message.title, body=message.body))
