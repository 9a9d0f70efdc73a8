"""News of the sheet to other systems: out of the ledger, at least once each, under a key that never changes.

Nothing is written when a risk moves: what is due is read from the entries behind the receiver's mark. A message holds what
happened to which item and when; never who acted, and no words, because those may name somebody.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tracker.accounts.actors import SYSTEM, Actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Role, Unit
from tracker.ledger.models import Entry
from tracker.ledger.services import ledger_head
from tracker.outward.models import Delivery, Hook
from tracker.outward.signing import headers, secret_of
from tracker.outward.wire import NotReached, post, usable
from tracker.risks.clocks import FARTHEST
from tracker.risks.lifecycle import Act
from tracker.risks.models import Risk

# After each failed attempt; when the last has passed, the delivery is given up and stays to be seen.
WAITS: Final = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360, 720, 1440))
QUEUED, SENT = 1000, 100  # of one run
ACTS: Final = frozenset(f"risk.{act}" for act in Act)
Send = Callable[[str, bytes, Mapping[str, str]], int]


class HookRefused(ValueError):
    """A webhook that cannot be set up; the message is the sentence."""


@transaction.atomic
def hook_add(
    *, name: str, url: str, by: Actor, now: datetime, acts: tuple[str, ...] = (), unit: Unit | None = None
) -> tuple[Hook, str]:
    """A receiver of what happens from now on; returns it with its secret, shown once."""
    _administer(by)
    try:
        validate_slug(name)
        usable(url, settings.ENV.hook_hosts)
    except ValidationError as error:
        raise HookRefused(_("名称“{name}”只能用英文字母、数字、- 和 _").format(name=name[:40])) from error
    except NotReached as error:
        raise HookRefused(str(error)) from error
    if unknown := sorted(set(acts) - ACTS):
        raise HookRefused(_("没有“{act}”这种事项，可选：{all}").format(act=unknown[0][:40], all=" ".join(sorted(ACTS))))
    given = {
        "url": url, "acts": ",".join(acts), "unit": unit, "salt": token_hex(16), "seq": ledger_head()[0],
        "made_by": by.username, "made_at": now,
    }  # fmt: skip
    hook, made = Hook.objects.get_or_create(name=name, defaults=given)
    if not made:
        raise HookRefused(_("外发通知 {name} 已存在，请换一个名称").format(name=name))
    data = {
        "host": usable(url, settings.ENV.hook_hosts).hostname,
        "acts": list(acts),
        "unit": unit.code if unit else "",
    }
    entry_append(act="hook.add", subject=f"hook:{name}", actor=by, now=now, data=data)
    return hook, secret(hook)


@transaction.atomic
def hook_end(*, name: str, by: Actor, now: datetime) -> None:
    """No more news for this receiver; what was not delivered yet is dropped with it."""
    _administer(by)
    if Hook.objects.filter(name=name, ended_at=None).update(ended_at=now) != 1:
        raise HookRefused(_("没有外发通知 {name}").format(name=name[:40]))
    Delivery.objects.filter(hook__name=name, delivered_at=None, given_up_at=None).update(
        given_up_at=now, problem="ended"
    )
    entry_append(act="hook.end", subject=f"hook:{name}", actor=by, now=now)


def secret(hook: Hook) -> str:
    """What the receiver verifies with."""
    return secret_of(settings.SECRET_KEY, hook.pk, hook.salt)


def deliveries_queue(*, now: datetime) -> int:
    """Note what each receiver is to hear of since its mark; returns how many. Safe to call twice: a key is queued once."""
    queued = 0
    for key in Hook.objects.filter(ended_at=None).values_list("pk", flat=True):
        with transaction.atomic():
            # Locked: one that is ended meanwhile hears nothing more, and two processes do not read the same entries.
            hook = Hook.objects.select_for_update().filter(pk=key, ended_at=None).first()
            queued += _queue(hook, now) if hook else 0
    return queued


def _queue(hook: Hook, now: datetime) -> int:
    rows = list(Entry.objects.filter(seq__gt=hook.seq).order_by("seq").values_list("seq", "act", "subject")[:QUEUED])
    if not rows:
        return 0
    wanted = set(hook.acts.split(",")) if hook.acts else ACTS
    told = [(seq, subject) for seq, act, subject in rows if act in wanted]
    if hook.unit:
        numbers = {subject.removeprefix("risk:") for _seq, subject in told}
        mine = set(
            Risk.objects.filter(number__in=numbers, unit__path__startswith=hook.unit.path).values_list(
                "number", flat=True
            )
        )
        told = [(seq, subject) for seq, subject in told if subject.removeprefix("risk:") in mine]
    Delivery.objects.bulk_create(
        [Delivery(hook=hook, seq=seq, key=f"{hook.name}-{seq}", at=now, next_at=now) for seq, _subject in told],
        ignore_conflicts=True,
    )
    Hook.objects.filter(pk=hook.pk).update(seq=rows[-1][0])
    return len(told)


def deliveries_send(*, clock: Callable[[], datetime], send: Send | None = None) -> int:
    """Send what is due, oldest first; returns how many arrived. Each is marked before it is sent and again after it arrived."""
    arrived = 0
    now = clock()
    due = Delivery.objects.filter(
        Q(next_at__lte=now) | Q(next_at__gt=now + FARTHEST), delivered_at=None, given_up_at=None
    ).select_related("hook__unit")
    for row in due.order_by("next_at", "seq")[:SENT]:
        arrived += _attempt(row, clock, send or _post)
    return arrived


def _post(url: str, body: bytes, said: Mapping[str, str]) -> int:
    return post(url, body=body, headers=said, allowed=settings.ENV.hook_hosts)


def _attempt(row: Delivery, clock: Callable[[], datetime], send: Send) -> int:
    now = clock()
    last = row.attempts >= len(WAITS)
    wait = WAITS[min(row.attempts, len(WAITS) - 1)]
    # Of two processes one goes on. A kill from here on leaves it due again: rather twice than never, and the key tells.
    mine = Delivery.objects.filter(pk=row.pk, attempts=row.attempts, delivered_at=None, given_up_at=None)
    if mine.update(attempts=row.attempts + 1, next_at=now + wait) != 1:
        return 0
    body = message(row)
    try:
        status = send(row.hook.url, body, headers(secret(row.hook), row.key, body, now))
        problem = "" if 200 <= status < 300 else f"answered {status}"  # noqa: PLR2004 - HTTP's successes
    except NotReached as error:
        problem = str(error)[:200]
    done = {"delivered_at": now, "problem": ""} if not problem else {"problem": problem}
    Delivery.objects.filter(pk=row.pk).update(**done | ({"given_up_at": now} if problem and last else {}))
    return int(not problem)


def message(row: Delivery) -> bytes:
    """What is told: which item, what happened, when, at which unit and level. The same bytes at every attempt of one state."""
    entry = Entry.objects.get(seq=row.seq)
    risk = Risk.objects.select_related("unit").filter(number=entry.subject.removeprefix("risk:")).first()
    told = {
        "id": row.key, "seq": entry.seq, "at": entry.at, "act": entry.act, "subject": entry.subject,
        "from": entry.from_state, "to": entry.to_state, "level": risk.level if risk else None,
        "unit": risk.unit.code if risk and risk.unit else None,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _administer(by: Actor) -> None:
    if not by.has(Role.ADMIN, SYSTEM):
        raise HookRefused(_("外发通知由管理员设置，您没有这个角色"))
