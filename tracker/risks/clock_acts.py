"""More time and standing time: a unit asks, a manager outside it decides, and the arithmetic shows both.

Only the treatment clock can be given time; the public answer is due whatever happens. The start never moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor
from tracker.risks.clocks import SHANGHAI
from tracker.risks.deadlines import most_days, treatment
from tracker.risks.errors import Incomplete
from tracker.risks.lifecycle import Act
from tracker.risks.models import Extension, Risk
from tracker.risks.swap import applied, opened, required

LONGEST_PAUSE = timedelta(days=180)


def pending(row: Risk) -> Extension | None:
    """The request of this assignment that nobody has decided, if any; one from before a reopening has lapsed."""
    return row.extensions.filter(granted=None, asked_at__gte=row.assigned_at).first() if row.assigned_at else None


@transaction.atomic
def risk_extend(*, risk: int, version: int, actor: Actor, now: datetime, days: int, reason: str) -> Risk:
    """Ask for `days` more working days, while there is still time and no other request waits."""
    row = opened(Act.EXTEND, risk=risk, version=version, actor=actor)
    book = _book(row)
    required(reason.strip(), _("请写明延期的理由：还差什么、何时能办结"))
    most = most_days(row.kind, row.level) - sum(book["granted"])
    if not 1 <= days <= most:
        raise Incomplete(
            _("可申请的延期为 1 至 {most} 个工作日").format(most=most) if most > 0 else _("延期已用完，不能再延")
        )
    if row.treat_due is None or now > row.treat_due:
        raise Incomplete(_("已经逾期，不能再申请延期"))
    if pending(row):
        raise Incomplete(_("已有一份延期申请等待批准"))
    Extension.objects.create(risk=row, days=days, reason=reason, asked_by=actor.username, asked_at=now)
    return applied(row, Act.EXTEND, actor=actor, now=now, reason=reason, data={"days": days})


@transaction.atomic
def risk_grant(*, risk: int, version: int, actor: Actor, now: datetime, reason: str = "") -> Risk:
    """Grant the request: its working days are added to those given."""
    row = opened(Act.GRANT, risk=risk, version=version, actor=actor)
    asked = _asked(row)
    book = _book(row)
    changes = _reckoned(row, book | {"granted": [*book["granted"], asked.days]}, now)
    _decide(asked, actor, now, granted=True)
    data = {"days": asked.days, "asked_by": asked.asked_by, "due": {"treat": changes["arithmetic"]["treat"]["due"]}}
    return applied(row, Act.GRANT, actor=actor, now=now, changes=changes, reason=reason, data=data)


@transaction.atomic
def risk_deny(*, risk: int, version: int, actor: Actor, now: datetime, reason: str) -> Risk:
    """Refuse the request, with a reason; the deadline stands."""
    row = opened(Act.DENY, risk=risk, version=version, actor=actor)
    asked = _asked(row)
    required(reason.strip(), _("请写明不予延期的理由"))
    _decide(asked, actor, now, granted=False)
    data = {"days": asked.days, "asked_by": asked.asked_by}
    return applied(row, Act.DENY, actor=actor, now=now, reason=reason, data=data)


@transaction.atomic
def risk_pause(*, risk: int, version: int, actor: Actor, now: datetime, until: date, reason: str) -> Risk:
    """Take the days from today up to but without `until` out of the count, with a reason."""
    row = opened(Act.PAUSE, risk=risk, version=version, actor=actor)
    book, today = _book(row), now.astimezone(SHANGHAI).date()
    required(reason.strip(), _("请写明暂停的理由：在等什么"))
    if not today < until <= today + LONGEST_PAUSE:
        raise Incomplete(_("暂停要写明止于哪一天：明天起 180 天以内"))
    if row.treat_due is None or now > row.treat_due:
        raise Incomplete(_("已经逾期，不能再暂停"))
    if _running(book, today):
        raise Incomplete(_("期限已在暂停中，请先恢复"))
    why = _("暂停（{who}）：{reason}").format(who=actor.name, reason=reason.strip())
    book = book | {"pauses": [*book["pauses"], [today.isoformat(), until.isoformat(), why]]}
    changes = _reckoned(row, book, now)
    data = {"until": until.isoformat(), "due": {"treat": changes["arithmetic"]["treat"]["due"]}}
    return applied(row, Act.PAUSE, actor=actor, now=now, changes=changes, reason=reason, data=data)


@transaction.atomic
def risk_resume(*, risk: int, version: int, actor: Actor, now: datetime, reason: str) -> Risk:
    """End the running pause: from tomorrow on days count again, so that nobody is late by the decision itself."""
    row = opened(Act.RESUME, risk=risk, version=version, actor=actor)
    book, today = _book(row), now.astimezone(SHANGHAI).date()
    required(reason.strip(), _("请写明恢复的理由"))
    running = _running(book, today)
    if running is None:
        raise Incomplete(_("期限没有暂停"))
    first, until, why = running
    end = min(date.fromisoformat(until), today + timedelta(days=1))
    others = [pause for pause in book["pauses"] if pause != running]
    changes = _reckoned(row, book | {"pauses": [*others, [first, end.isoformat(), why]]}, now)
    data = {"due": {"treat": changes["arithmetic"]["treat"]["due"]}}
    return applied(row, Act.RESUME, actor=actor, now=now, changes=changes, reason=reason, data=data)


def _book(row: Risk) -> dict[str, Any]:
    book: dict[str, Any] | None = row.arithmetic.get("treat")
    if book is None or book["unit"] != "working days":
        raise Incomplete(_("这件事的办理期限不按工作日计，不能延期或暂停"))
    return book


def _running(book: Mapping[str, Any], today: date) -> list[str] | None:
    return next((p for p in book["pauses"] if date.fromisoformat(p[0]) <= today < date.fromisoformat(p[1])), None)


def _reckoned(row: Risk, book: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The columns of the clock reckoned anew. Time given after a breach is watched again; the breach stays in the ledger."""
    treat = treatment(book)
    due = datetime.fromisoformat(treat["due"])
    breaches = row.breaches.split(",")
    kept = [b for b in breaches if b not in {"treat", "overdue"}] if due > now else breaches
    return {
        "arithmetic": {**row.arithmetic, "treat": treat},
        "treat_due": due,
        "breaches": ",".join(filter(None, kept)),
    }


def _asked(row: Risk) -> Extension:
    asked = pending(row)
    if asked is None:
        raise Incomplete(_("没有等待批准的延期申请"))
    return asked


def _decide(asked: Extension, actor: Actor, now: datetime, *, granted: bool) -> None:
    Extension.objects.filter(pk=asked.pk).update(granted=granted, decided_by=actor.username, decided_at=now)
