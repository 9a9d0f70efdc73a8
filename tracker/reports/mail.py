"""Papers to the people who asked for them: by mail with attachments, or waiting on the desk.

At least once: a sender that dies between the server's yes and our note of it sends again, under the same Message-ID, by which a
mail program knows the copy. Two senders never take the same one: who counts `attempts` up has it. A failure is kept as its
sentence, tried again after a growing while, and after the last try shown as failed.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from tracker.accounts.access import may_open
from tracker.accounts.actors import Actor, system_actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import User
from tracker.accounts.selectors import actor_of
from tracker.reports.kinds import KINDS
from tracker.reports.models import Delivery, DeliveryState, Paper, Subscription
from tracker.reports.paper import Json
from tracker.reports.render import RENDERERS
from tracker.reports.services import file_name, paper_file
from tracker.reports.templates import BadTemplate
from tracker.risks.clocks import FARTHEST

Send = Callable[[EmailMessage], object]
# Minutes until the next try; after the last, the delivery has failed.
WAITS: Final = (1, 5, 15, 60, 240)
# A sender that has not come back by then is dead.
_TAKEN: Final = timedelta(minutes=10)


class MailRefused(ValueError):
    """A wish that cannot be met; str() is the sentence the person reads."""


@transaction.atomic
def subscription_set(*, kind: str, formats: Sequence[str], address: str, actor: Actor, now: datetime) -> Subscription:
    """Ask for every paper of `kind` frozen from `now` on, in `formats`, by mail to `address` or on the desk. One ledger entry."""
    if not may_open("papers", actor) or kind not in KINDS:
        raise MailRefused(_("您现在的角色不能订阅这种文书"))
    chosen = [name for name in RENDERERS if name in formats]
    if not chosen:
        raise MailRefused(_("请至少选一种格式"))
    if address:
        try:
            validate_email(address)
        except ValidationError as error:
            raise MailRefused(_("“{address}”不是邮箱地址").format(address=address)) from error
    row, _made = Subscription.objects.update_or_create(
        recipient=actor.username,
        kind=kind,
        defaults={"formats": ",".join(chosen), "address": address},
        create_defaults={"formats": ",".join(chosen), "address": address, "since": now},
    )
    _record("paper.subscribe", kind, actor, now, formats=chosen, mail=bool(address))
    return row


@transaction.atomic
def subscription_end(*, kind: str, actor: Actor, now: datetime) -> None:
    """Ask for it no longer; what waits to be sent is dropped."""
    gone, _rows = Subscription.objects.filter(recipient=actor.username, kind=kind).delete()
    waiting = (DeliveryState.WAITING, DeliveryState.DESK)
    Delivery.objects.filter(recipient=actor.username, paper__kind=kind, state__in=waiting).delete()
    if gone:
        _record("paper.unsubscribe", kind, actor, now)


def deliveries_make(*, now: datetime) -> int:
    """One delivery for each frozen paper and each person who had asked for its kind by then; returns how many are new."""
    made = 0
    for wish in Subscription.objects.all():
        missing = Paper.objects.filter(kind=wish.kind, computed_at__gte=wish.since).exclude(
            deliveries__recipient=wish.recipient
        )
        by_mail = bool(wish.address and settings.ENV.mail)
        problem = "" if by_mail or not wish.address else _("没有设置邮件服务器，请在页面上查看")
        for paper in missing:
            _row, new = Delivery.objects.get_or_create(
                paper=paper,
                recipient=wish.recipient,
                defaults={
                    "address": wish.address, "formats": wish.formats, "next_at": now, "problem": problem,
                    "state": DeliveryState.WAITING if by_mail else DeliveryState.DESK,
                },
            )  # fmt: skip
            made += new
    return made


def papers_send(*, now: datetime, send: Send = EmailMessage.send) -> int:
    """Send every delivery that is due; returns how many were sent. Safe to call at any time, from several processes too."""
    due = Q(next_at__lte=now) | Q(next_at__gt=now + FARTHEST)
    rows = Delivery.objects.filter(due, state=DeliveryState.WAITING).select_related("paper").order_by("pk")
    return sum(_deliver(row, now, send) for row in rows)


def _deliver(row: Delivery, now: datetime, send: Send) -> bool:
    mine = Delivery.objects.filter(pk=row.pk, state=DeliveryState.WAITING, attempts=row.attempts)
    if not mine.update(attempts=F("attempts") + 1, next_at=now + _TAKEN):
        return False
    if not _still_wanted(row, now):
        _settle(row, DeliveryState.FAILED, now, _("收件人已停用、已退订或不再有查看文书的角色，没有发送"))
        return False
    try:
        send(message(row))
    except (smtplib.SMTPException, OSError, ImportError, BadTemplate) as error:
        _later(row, now, f"{type(error).__name__}: {error}")
        return False
    _sent(row, now)
    return True


def _still_wanted(row: Delivery, now: datetime) -> bool:
    user = User.objects.filter(username=row.recipient, is_active=True).first()
    wish = Subscription.objects.filter(recipient=row.recipient, kind=row.paper.kind)
    return user is not None and wish.exists() and may_open("papers", actor_of(user, now))


def _later(row: Delivery, now: datetime, problem: str) -> None:
    """Try again after a while, or give up."""
    tried = row.attempts + 1
    if tried > len(WAITS):
        _settle(row, DeliveryState.FAILED, now, problem)
    else:
        waits = timedelta(minutes=WAITS[tried - 1])
        Delivery.objects.filter(pk=row.pk).update(next_at=now + waits, problem=problem)


def _settle(row: Delivery, state: DeliveryState, now: datetime, problem: str = "") -> None:
    Delivery.objects.filter(pk=row.pk).update(state=state, done_at=now, problem=problem)


@transaction.atomic
def _sent(row: Delivery, now: datetime) -> None:
    _settle(row, DeliveryState.SENT, now)
    paper = row.paper
    data = {"to": row.recipient, "formats": row.formats, "period": paper.period, "digest": paper.content["digest"]}
    _record("paper.send", paper.kind, system_actor("mail"), now, **data)


def message(row: Delivery) -> EmailMessage:
    """The mail of one delivery: the conclusions as text, the paper in the formats asked for. The same each time it is made."""
    content: Json = row.paper.content
    revision = f"（第{content['revision']}版，更正）" if content["revision"] > 1 else ""
    lines = [f"{content['title']}\n{content['subtitle']}{revision}", ""]
    blocks = [block for block in content["sections"][0]["blocks"] if block["type"] == "text"]
    lines += [f"{block['lead']}{block['text']}" for block in blocks]
    lines += ["", *(f"更正：{change}" for change in content["changes"]), "本邮件由系统自动发送；附件为代拟稿。"]
    sender = settings.DEFAULT_FROM_EMAIL
    key = sha256(f"{row.paper_id}|{row.recipient}".encode()).hexdigest()[:32]
    mail = EmailMessage(
        subject=" ".join(f"{content['title']} {content['period']}{revision}".split()),
        body="\n".join(lines),
        to=[row.address],
        headers={"Message-ID": f"<{key}@{sender.rpartition('@')[2].strip('> ')}>", "Auto-Submitted": "auto-generated"},
    )
    for suffix in row.formats.split(","):
        mail.attach(file_name(content, suffix), paper_file(content, suffix))
    return mail


@transaction.atomic
def delivery_retry(*, delivery: int, actor: Actor, now: datetime) -> None:
    """Try one of the own failed deliveries again, from the start."""
    row = Delivery.objects.filter(pk=delivery, recipient=actor.username, state=DeliveryState.FAILED)
    row.update(state=DeliveryState.WAITING, attempts=0, next_at=now, done_at=None)


def delivery_see(*, paper: int, actor: Actor, now: datetime) -> None:
    """What waited on the desk for `actor` has been opened."""
    waiting = Delivery.objects.filter(paper=paper, recipient=actor.username, state=DeliveryState.DESK)
    waiting.update(state=DeliveryState.SEEN, done_at=now)


def _record(act: str, kind: str, actor: Actor, now: datetime, **data: object) -> None:
    entry_append(act=act, subject=f"paper:{kind}", actor=actor, now=now, data=data)
