"""What the department states: when heat is a burst, how much may be read, how many samples are drawn. Shipped, then edited.

Each change is one more row, so what held on any day can still be read; the newest of a kind is in force. Values are checked here
and nowhere else: a statement that is out of bounds is refused with the name of the field.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analysis.api import HeatRule
from tracker.accounts.actors import Actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Role
from tracker.ledger.services import ledger_hold
from tracker.posts.models import Statement

SHIPPED: Final = Path(__file__).with_name("data") / "statements.toml"
Values = dict[str, Any]

# Kind → field → (least, most); the type is that of the shipped value.
BOUNDS: Final[Mapping[str, Mapping[str, tuple[float, float]]]] = {
    "heat": {
        "short_hours": (1, 168), "long_days": (7, 366), "least": (2, 1000), "ratio": (1, 100), "recheck": (1, 100),
        "quiet_hours": (1, 2160), "peak_days": (1, 90),
    },
    "cost": {"most_items_a_day": (1, 100_000), "least_recall": (0.5, 0.999), "threshold": (0, 1)},
    "audit": {"a_day": (0, 200), "near": (0, 200), "window_days": (7, 366)},
    "retrain": {"on": (0, 1), "least": (20, 100_000), "recent_days": (7, 366)},
}  # fmt: skip
LABELS: Final[Mapping[str, str | Promise]] = {
    "short_hours": gettext_lazy("短窗口（小时）"),
    "long_days": gettext_lazy("长窗口（天）"),
    "least": gettext_lazy("至少帖数（或研判数）"),
    "ratio": gettext_lazy("相对平时的倍数"),
    "recheck": gettext_lazy("相对昨日、上周同时段的倍数"),
    "quiet_hours": gettext_lazy("同一事件两次报警至少间隔（小时）"),
    "peak_days": gettext_lazy("热度高峰的窗口（天）"),
    "most_items_a_day": gettext_lazy("每天最多研判（件）"),
    "least_recall": gettext_lazy("较大及以上隐患至少找出的比例"),
    "threshold": gettext_lazy("提示线"),
    "a_day": gettext_lazy("每天抽查（件）"),
    "near": gettext_lazy("其中紧靠提示线以下（件）"),
    "window_days": gettext_lazy("估计所用天数"),
    "on": gettext_lazy("每周自动训练"),
    "recent_days": gettext_lazy("近期研判（天）"),
}


class StatementRefused(Exception):
    """A statement cannot hold; the message is the sentence for the person."""


@cache
def shipped() -> Mapping[str, Values]:
    """The statements as shipped."""
    return tomllib.loads(SHIPPED.read_text(encoding="utf-8"))


def in_force(kind: str) -> Values:
    """The values of `kind` that hold now; a field newer than the row comes from what is shipped."""
    row = Statement.objects.filter(kind=kind).order_by("-id").first()
    return {**shipped()[kind], **(row.values if row else {})}


def heat_rule() -> HeatRule:
    """When a burst is one, as the department states it now."""
    return HeatRule(**in_force("heat"))


def checked(kind: str, values: Mapping[str, Any]) -> Values:
    """`values` with the types of the shipped ones; StatementRefused names the first field out of bounds."""
    found: Values = {}
    for name, like in shipped()[kind].items():
        low, high = BOUNDS[kind][name]
        try:
            number = type(like)(values[name])
        except (KeyError, TypeError, ValueError) as error:
            raise StatementRefused(_("“{field}”没有填对").format(field=LABELS[name])) from error
        if not low <= number <= high:
            raise StatementRefused(
                _("“{field}”须在 {low} 到 {high} 之间").format(field=LABELS[name], low=f"{low:g}", high=f"{high:g}")
            )
        found[name] = number
    if kind == "audit" and found["near"] > found["a_day"]:
        raise StatementRefused(_("紧靠提示线以下的件数不能多于每天抽查的件数"))
    return found


@transaction.atomic
def statement_set(*, kind: str, values: Mapping[str, Any], actor: Actor, now: datetime, reason: str) -> Statement:
    """State anew what holds for `kind`; one row and one ledger entry. It holds for what comes from then on."""
    if not actor.has(Role.ADMIN, Role.MANAGER):
        raise StatementRefused(_("规则由管理员或领导设定，您没有这个角色"))
    if not reason.strip():
        raise StatementRefused(_("请写明修改的理由"))
    ledger_hold()  # of two at once the second says what the first has stated
    was, new = in_force(kind), checked(kind, values)
    if new == was:
        raise StatementRefused(_("与现行的规则相同，没有可改的"))
    row = Statement.objects.create(kind=kind, values=new, by=actor.username, at=now, reason=reason.strip())
    entry_append(
        act="rule.set",
        subject=f"rule:{kind}",
        actor=actor,
        now=now,
        reason=reason.strip(),
        data={"was": was, "now": new},
    )
    return row
