"""The office's own settings and logs, one tab each: what stands, and what an administrator may do about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from django import forms
from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tracker.accounts.models import Role, Unit
from tracker.accounts.services import AccountRefused, unit_create
from tracker.ledger.models import Entry
from tracker.notify.addresses import address_end, address_set
from tracker.notify.models import LadderStep
from tracker.notify.outbox import outgoing_retry
from tracker.notify.rehearsal import rehearse
from tracker.notify.services import step_switch
from tracker.risks.clocks import SHANGHAI
from tracker.risks.deadlines import current_calendar
from tracker.risks.errors import Refused
from tracker.risks.models import CalendarDay, DeadlineRule
from tracker.risks.tables import day_clear, day_set, period_remove, period_set
from tracker.web.middleware import DeskRequest
from tracker.web.office_forms import (
    KIND_LABELS,
    LENGTHS,
    PURPOSES,
    DayForm,
    DayKeyForm,
    PeriodForm,
    PeriodKeyForm,
    StepForm,
    UnitForm,
)
from tracker.web.outgoing_page import AddressForm, AddressKeyForm, RetryForm, outgoing_shown
from tracker.web.story import story

AHEAD: Final = 120  # days of the calendar that are shown
REHEARSED: Final = timedelta(days=30)
PAGE: Final = 50
_SATURDAY: Final = 5


class Tried(Exception):
    """An act was refused; `form` is as it was typed."""

    def __init__(self, act: str, form: forms.Form, sentence: str) -> None:
        super().__init__(sentence)
        self.act, self.form = act, form


@dataclass(frozen=True, slots=True)
class Tab:
    """`shown` makes the template variables; `acts` are (form, service) by the name in the address."""

    label: str | Promise
    shown: Callable[[DeskRequest], dict[str, Any]]
    acts: dict[str, tuple[type[forms.Form], Callable[..., object]]] = field(default_factory=dict)


def _units(_request: DeskRequest) -> dict[str, Any]:
    rows = Unit.objects.annotate(people_count=Count("people")).order_by("path")
    return {"units": [(row, min(row.path.count("/") - 2, 5)) for row in rows]}


def _periods(request: DeskRequest) -> dict[str, Any]:
    rows = DeadlineRule.objects.order_by("purpose", "kind", "level")
    order = {code: rank for rank, code in enumerate(PURPOSES)}
    shown = sorted(rows, key=lambda row: (order.get(row.purpose, 99), row.kind, row.level))
    asked = request.GET.get("row", "")
    chosen = next((row for row in shown if str(row.pk) == asked), None)
    return {
        "periods": [
            (row, PURPOSES.get(row.purpose, row.purpose), KIND_LABELS.get(row.kind, row.kind), LENGTHS.get(row.unit, row.unit))
            for row in shown
        ],
        "chosen": chosen,
    }  # fmt: skip


def _period_values(chosen: DeadlineRule) -> dict[str, Any]:
    names = ("purpose", "kind", "level", "amount", "unit", "source")
    return {name: getattr(chosen, name) for name in names}


def _calendar(request: DeskRequest) -> dict[str, Any]:
    """The days that are not what their weekday says, and the department's own."""
    calendar, today = current_calendar(), request.now.astimezone(SHANGHAI).date()
    own = {row.day: row for row in CalendarDay.objects.filter(day__gte=today - timedelta(days=30)).order_by("day")}
    days = []
    for n in range(AHEAD):
        day = today + timedelta(days=n)
        kind = calendar(day)
        if day in own or kind.working != (day.weekday() < _SATURDAY):
            days.append((day, kind, own.get(day)))
    basis = calendar(date(today.year + 1, 6, 1)).basis
    past = [row for day, row in own.items() if day < today]
    return {"days": days, "past": past, "basis": basis, "ahead": AHEAD}


def _notices(request: DeskRequest) -> dict[str, Any]:
    """The ladder; the step named in the address is played over the last month, and nothing is sent."""
    rows, asked = list(LadderStep.objects.all()), request.GET.get("rehearse", "")
    step = next((row for row in rows if row.code == asked), None)
    found = rehearse(step.step, request.now - REHEARSED, request.now) if step else None
    return {
        "steps": [(row, _step_words(row)) for row in rows],
        "rehearsed": step,
        "rehearsed_words": step and _step_words(step),
        "rehearsal": found,
    }


def _step_words(row: LadderStep) -> str:
    purpose = PURPOSES.get(row.purpose, row.purpose)
    if row.percent is not None:
        when = _("{purpose}时限用去 {percent}% 时").format(purpose=purpose, percent=row.percent)
    elif row.days_after:
        when = _("{purpose}逾期后第 {n} 个工作日").format(purpose=purpose, n=row.days_after)
    else:
        when = _("{purpose}一逾期").format(purpose=purpose)
    return when + (_("（{level} 级及以上）").format(level=row.level) if row.level else "")


def _exports(request: DeskRequest) -> dict[str, Any]:
    """Who took what out of the house, newest first."""
    before = request.GET.get("before", "")
    entries = Entry.objects.filter(act__gte="export.", act__lt="export/").order_by("-seq")
    if before.isdigit():
        entries = entries.filter(seq__lt=int(before))
    rows = list(entries[: PAGE + 1])
    data = [json.loads(row.data) for row in rows]
    lines = [
        (line, found.get("filter", ""), found.get("rows", "")) for line, found in zip(story(rows), data, strict=True)
    ]
    return {"exports": lines[:PAGE], "more": rows[PAGE - 1].seq if len(rows) > PAGE else None}


TABS: Final[dict[str, Tab]] = {
    "units": Tab(gettext_lazy("单位"), _units, {"add": (UnitForm, unit_create)}),
    "periods": Tab(gettext_lazy("期限表"), _periods, {"set": (PeriodForm, period_set), "remove": (PeriodKeyForm, period_remove)}),
    "calendar": Tab(gettext_lazy("日历"), _calendar, {"set": (DayForm, day_set), "clear": (DayKeyForm, day_clear)}),
    "notices": Tab(gettext_lazy("催办规则"), _notices, {"switch": (StepForm, step_switch)}),
    "outgoing": Tab(
        gettext_lazy("外发"), outgoing_shown,
        {"set": (AddressForm, address_set), "end": (AddressKeyForm, address_end), "retry": (RetryForm, outgoing_retry)},
    ),
    "exports": Tab(gettext_lazy("导出记录"), _exports),
}  # fmt: skip


def carry_out(name: str, act: str, request: DeskRequest, now: datetime) -> None:
    """Perform `act` of the tab `name` from what was posted; Tried with the sentence and the form when it is refused."""
    kind, service = TABS[name].acts[act]
    form = kind(request.POST, auto_id=f"{act}-%s")
    if not form.is_valid():
        raise Tried(act, form, _("有一项没有填对，请检查标出的地方"))
    who = {"by": request.actor} if service is unit_create else {"actor": request.actor}
    try:
        service(**who, now=now, **form.cleaned_data)
    except (Refused, AccountRefused) as refused:
        raise Tried(act, form, str(refused)) from refused
    except LadderStep.DoesNotExist as gone:
        raise Tried(act, form, _("没有这条催办规则")) from gone


def office_context(request: DeskRequest, name: str, tried: Tried | None = None) -> dict[str, Any]:
    """Template variables of one tab; `tried` keeps what was typed."""
    shown = TABS[name].shown(request)
    initial = _period_values(shown["chosen"]) if shown.get("chosen") else {}
    made = {
        act: tried.form if tried and tried.act == act else kind(initial=initial, auto_id=f"{act}-%s")
        for act, (kind, _service) in TABS[name].acts.items()
    }
    return shown | {
        "tabs": [(code, tab.label) for code, tab in TABS.items()],
        "tab": name,
        "tab_label": TABS[name].label,
        "forms": made,
        "tried": tried.act if tried else "",
        "error": str(tried) if tried else "",
        "may_edit": request.actor.has(Role.ADMIN),
    }
