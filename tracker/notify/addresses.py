"""Where news goes besides the desk: set by an administrator, or by people for themselves and then confirmed.

What somebody types for themselves may be mistyped, or not theirs: until they have typed the code that was sent there, nothing else
is sent there. The code is made of the installation's key and stored nowhere but in the message that carries it.
"""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Role, Unit, User
from tracker.notify.channels import CHANNELS, BadAddress, Message
from tracker.notify.ladder import LEVEL_AT_ANY_HOUR
from tracker.notify.models import Address, Outgoing
from tracker.notify.outbox import CODE, GROUP, outgoing_put
from tracker.risks.errors import Incomplete, NotYours

GOOD_FOR: Final = timedelta(hours=1)
TRIES: Final = 5
# Codes a person has sent out an hour: nobody's mailbox is filled by somebody who types it here.
CODES_AN_HOUR: Final = 5


def addresses_of(owner: str) -> QuerySet[Address]:
    """The addresses of one person or group."""
    return Address.objects.filter(owner=owner).order_by("channel")


@transaction.atomic
def address_set(*, owner: str, channel: str, target: str, actor: Actor, now: datetime) -> Address:
    """Where news for `owner` goes by `channel`. One's own has to be confirmed by the code that is sent there now.

    People set their own mailbox and group robots; an administrator sets everything. What waits for the address before is dropped.
    """
    way = CHANNELS.get(channel)
    if way is None:
        raise Incomplete(_("请选择发送方式"))
    _in_charge(owner, actor, personal=way.personal)
    try:
        way.url(target, "key")
    except BadAddress as error:
        raise Incomplete(str(error)) from error
    own = owner == actor.username
    # The person's row is the lock: of many requests at once each counts the codes that the others have sent.
    list(User.objects.select_for_update().filter(username=owner))
    if (
        own
        and Outgoing.objects.filter(owner=owner, key__startswith=CODE, made_at__gt=now - GOOD_FOR).count()
        >= CODES_AN_HOUR
    ):
        raise Incomplete(_("一小时内发出的确认码太多了，请稍后再试"))
    row, made = Address.objects.update_or_create(
        owner=owner, channel=channel,
        defaults={"target": target.strip(), "set_by": actor.username, "set_at": now, "confirmed_at": None if own else now, "tries": 0},
    )  # fmt: skip
    if not made:
        _drop(owner, channel)
    _record("address.set", owner, actor, now, channel)
    if own:
        _ask(row, now)
    return row


def _ask(row: Address, now: datetime) -> None:
    text = _("确认码：{code}。请在一小时内到“我的账号”里填写；不是您本人设置的，不用理会。").format(code=code_of(row))
    message = Message(f"{CODE}{row.pk}|{now.isoformat()}", _("一单 外发地址确认"), text)
    # At any hour: somebody has just asked for it and waits.
    outgoing_put(message, [row.owner], level=LEVEL_AT_ANY_HOUR, now=now, only=row)


def code_of(row: Address) -> str:
    """Six digits that belong to this address, its person and the moment it was set."""
    told = f"address:{row.pk}:{row.owner}:{row.channel}:{row.target}:{row.set_at.timestamp()}"
    digest = hmac.new(settings.SECRET_KEY.encode(), told.encode(), sha256).digest()
    return f"{int.from_bytes(digest[:8]) % 1_000_000:06d}"


def address_confirm(*, channel: str, code: str, actor: Actor, now: datetime) -> Address:
    """Take one's own address into use by the code that was sent there. Incomplete with a wrong, old or used-up one."""
    with transaction.atomic():
        row = (
            Address.objects.select_for_update().filter(owner=actor.username, channel=channel, confirmed_at=None).first()
        )
        if row is None:
            raise Incomplete(_("没有等待确认的地址"))
        if now > row.set_at + GOOD_FOR or row.tries >= TRIES:
            raise Incomplete(_("确认码已过期或错误太多，请重新设置地址"))
        right = hmac.compare_digest(code_of(row).encode(), code.strip().encode())
        if right:
            row.confirmed_at = now
            row.save(update_fields=["confirmed_at"])
            _record("address.confirm", row.owner, actor, now, channel)
        else:
            Address.objects.filter(pk=row.pk).update(tries=F("tries") + 1)
    if not right:
        # Said outside the transaction: a wrong try is counted.
        raise Incomplete(_("确认码不对"))
    return row


@transaction.atomic
def address_end(*, owner: str, channel: str, actor: Actor, now: datetime) -> None:
    """News goes there no longer, and what waits to go there is dropped."""
    _in_charge(owner, actor, personal=True)
    gone, _rows = Address.objects.filter(owner=owner, channel=channel).delete()
    if gone:
        _drop(owner, channel)
        _record("address.end", owner, actor, now, channel)


def _drop(owner: str, channel: str) -> None:
    Outgoing.objects.filter(owner=owner, channel=channel, sent_at=None).delete()


def _in_charge(owner: str, actor: Actor, *, personal: bool) -> None:
    if not actor.has(Role.ADMIN) and not (personal and owner == actor.username):
        raise NotYours(_("其他系统的地址和他人的地址由管理员设置"))
    group = owner.startswith(GROUP)
    known = Unit.objects.filter(code=owner.removeprefix(GROUP)) if group else User.objects.filter(username=owner)
    if not known.exists():
        raise Incomplete(_("没有“{name}”这个用户或单位").format(name=owner[:60]))


def _record(act: str, owner: str, actor: Actor, now: datetime, channel: str) -> None:
    entry_append(act=act, subject=f"address:{owner}", actor=actor, now=now, data={"channel": channel})
