"""The columns of the sheet: one table for the page, the choice of columns and the exports."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from tracker.posts.labels import NEEDS, TOPICS
from tracker.risks.models import Risk


@dataclass(frozen=True, slots=True)
class Column:
    """`value` is what an export writes; `shown` says whether the page shows it unasked."""

    label: str | Promise
    value: Callable[[Risk], object]
    shown: bool = False


def _moment(value: datetime | None) -> str:
    return f"{localtime(value):%Y-%m-%d %H:%M}" if value else ""


COLUMNS: Final[dict[str, Column]] = {
    "number": Column(_("编号"), lambda r: r.number, shown=True),
    "level": Column(_("等级"), lambda r: r.level, shown=True),
    "problem": Column(_("问题"), lambda r: r.problem, shown=True),
    "place": Column(_("地点"), lambda r: r.place),
    "topic": Column(_("领域"), lambda r: TOPICS.get(r.topic, r.topic), shown=True),
    "need": Column(_("诉求"), lambda r: NEEDS.get(r.need, r.need)),
    "unit": Column(_("承办单位"), lambda r: r.unit.name if r.unit else "", shown=True),
    "state": Column(_("状态"), lambda r: r.state_label, shown=True),
    "outcome": Column(_("结果"), lambda r: r.outcome_label),
    "clock": Column(_("时限"), lambda r: _moment(r.treat_due), shown=True),
    "listed_at": Column(_("列单时间"), lambda r: _moment(r.listed_at)),
    "assigned_at": Column(_("交办时间"), lambda r: _moment(r.assigned_at)),
    "signed_at": Column(_("签收时间"), lambda r: _moment(r.signed_at)),
    "treat_due": Column(_("办理期限"), lambda r: _moment(r.treat_due)),
    "answer_due": Column(_("答复期限"), lambda r: _moment(r.answer_due)),
    "answered_at": Column(_("答复时间"), lambda r: _moment(r.answered_at)),
    "closed_at": Column(_("销号时间"), lambda r: _moment(r.closed_at)),
    "returns": Column(_("退回次数"), lambda r: r.returns),
    "send_backs": Column(_("发回次数"), lambda r: r.send_backs),
    "recurrences": Column(_("复发次数"), lambda r: r.recurrences),
}  # fmt: skip
SHOWN: Final = tuple(code for code, column in COLUMNS.items() if column.shown)
# An item without its number and its problem is nothing to act on.
ALWAYS: Final = ("number", "problem")


def chosen(codes: Iterable[str]) -> tuple[str, ...]:
    """The known ones of `codes` in the order of the table, with those that always show; without any, what shows unasked."""
    wanted = set(codes) & set(COLUMNS)
    return tuple(code for code in COLUMNS if code in wanted or code in ALWAYS) if wanted else SHOWN
