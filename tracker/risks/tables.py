"""The department's own tables: periods and calendar, changed by an administrator with a reason, one ledger entry each.

A change holds for deadlines given from then on. Those already given are frozen with their items, so no edit rewrites history.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from itertools import product
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Role
from tracker.risks.deadlines import NoRule, pick
from tracker.risks.errors import Incomplete, NotYours
from tracker.risks.models import CalendarDay, DeadlineRule
from tracker.risks.swap import storable

KINDS: Final = ("*", "hazard", "complain", "help", "suggest", "ask")
# The units each purpose may be counted in: an extension is of working days, a watch of natural ones.
UNITS: Final[dict[str, tuple[str, ...]]] = {
    "sign": ("hours", "working days"),
    "treat": ("hours", "working days"),
    "answer": ("hours", "working days"),
    "extend": ("working days",),
    "overdue": ("working days",),
    "watch": ("days",),
}
LONGEST: Final = 366


@transaction.atomic
def period_set(
    *, purpose: str, kind: str, level: int, amount: int, unit: str, source: str, actor: Actor, now: datetime, reason: str
) -> DeadlineRule:  # fmt: skip
    """Set one row of the table of periods; `kind` "*" and `level` 0 mean any."""
    _editor(actor, reason)
    if kind not in KINDS or level not in range(4) or unit not in UNITS.get(purpose, ()):
        raise Incomplete(_("期限表没有这样的一行：请检查用途、类别、等级和单位"))
    if not 1 <= amount <= LONGEST:
        raise Incomplete(_("期限须为 1 至 {longest}").format(longest=LONGEST))
    storable(DeadlineRule, {"source": source, "": reason})
    key: dict[str, Any] = {"purpose": purpose, "kind": kind, "level": level}
    # Locked with its neighbours: of two at once the second says what the first has set.
    list(DeadlineRule.objects.select_for_update().filter(purpose=purpose).order_by("pk"))
    was = DeadlineRule.objects.filter(**key).values("amount", "unit").first()
    row, _made = DeadlineRule.objects.update_or_create(
        **key, defaults={"amount": amount, "unit": unit, "source": source}
    )
    _record("period.set", f"period:{purpose}/{kind}/{level}", actor, now, reason, amount=amount, unit=unit, was=was)
    return row


@transaction.atomic
def period_remove(*, purpose: str, kind: str, level: int, actor: Actor, now: datetime, reason: str) -> None:
    """Remove a row, where a wider one holds for the items it spoke of: without a period nothing could be listed or assigned."""
    _editor(actor, reason)
    # Locked: of two removals at once each would count on the other's row.
    rows = list(DeadlineRule.objects.select_for_update().filter(purpose=purpose).order_by("pk"))
    left = [row for row in rows if (row.kind, row.level) != (kind, level)]
    if len(left) == len(rows):
        raise Incomplete(_("期限表没有这一行"))
    if _spoken_for(rows, purpose) != _spoken_for(left, purpose):
        raise Incomplete(_("删去这一行，有的事项就没有期限了：请改为修改，或先补上更宽的一行"))
    DeadlineRule.objects.filter(purpose=purpose, kind=kind, level=level).delete()
    _record("period.remove", f"period:{purpose}/{kind}/{level}", actor, now, reason)


@transaction.atomic
def day_set(*, day: date, working: bool, note: str, actor: Actor, now: datetime, reason: str) -> CalendarDay:
    """Declare a day worked or free, over the published arrangement."""
    _editor(actor, reason)
    storable(CalendarDay, {"note": note, "": reason})
    row, _made = CalendarDay.objects.update_or_create(day=day, defaults={"working": working, "note": note.strip()})
    _record("day.set", f"day:{day.isoformat()}", actor, now, reason, working=working, note=note.strip())
    return row


@transaction.atomic
def day_clear(*, day: date, actor: Actor, now: datetime, reason: str) -> None:
    """Let the published arrangement hold for a day again."""
    _editor(actor, reason)
    gone, _rows = CalendarDay.objects.filter(day=day).delete()
    if not gone:
        raise Incomplete(_("这一天没有本部门的调整"))
    _record("day.clear", f"day:{day.isoformat()}", actor, now, reason)


def _spoken_for(rows: list[DeadlineRule], purpose: str) -> set[tuple[str, int]]:
    """The kinds and levels of items for which `rows` have a period."""
    found = set()
    for kind, level in product(KINDS[1:], (1, 2, 3)):
        with suppress(NoRule):
            pick(rows, purpose, kind, level)
            found.add((kind, level))
    return found


def _editor(actor: Actor, reason: str) -> None:
    if not actor.has(Role.ADMIN):
        raise NotYours(_("期限和日历由管理员设置，您没有这个角色"))
    if not reason.strip():
        raise Incomplete(_("请写明修改的理由"))


def _record(act: str, subject: str, actor: Actor, now: datetime, reason: str, **data: object) -> None:
    entry_append(
        act=act,
        subject=subject,
        actor=actor,
        now=now,
        reason=reason,
        data=data,
    )
