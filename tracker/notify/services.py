"""Say what is due, once to each person; switch steps on and off. It shows on the desk; `outbox` carries it out of the house."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tracker.accounts.actors import Actor, system_actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Role
from tracker.notify.channels import Message
from tracker.notify.ladder import Clock, Step, allowed, immediate, moment
from tracker.notify.models import LadderStep, Notice
from tracker.notify.outbox import GROUP, outgoing_put
from tracker.notify.selectors import clocks, recipients
from tracker.risks.clocks import SHANGHAI, Calendar
from tracker.risks.deadlines import current_calendar
from tracker.risks.errors import NotYours
from tracker.risks.lifecycle import OPEN
from tracker.risks.models import Risk

MOST_AN_HOUR = 20


def notices_send(*, now: datetime) -> int:
    """Everything that is due by the steps switched on; returns how many notices were made. Safe to call at any time, twice too.

    A person gets at most MOST_AN_HOUR an hour; what is held back is said in a later hour, if it still holds then.
    """
    calendar = current_calendar()
    steps = [(row.step, row.enabled_since) for row in LadderStep.objects.exclude(enabled_since=None)]
    if not steps:
        return 0
    recent = Notice.objects.filter(at__gt=now - timedelta(hours=1)).values_list("recipient", flat=True)
    heard, made = Counter(recent), 0
    for risk in (
        Risk.objects.filter(state__in=OPEN).select_related("unit").order_by("-level", "treat_due", "id").iterator()
    ):
        for step, since, clock in _due(risk, steps, calendar, now):
            made += _say(step, clock, risk, now, heard) if since else 0
    return made


def _due(
    risk: Risk, steps: list[tuple[Step, datetime | None]], calendar: Calendar, now: datetime
) -> Iterator[tuple[Step, datetime | None, Clock]]:
    for clock in clocks(risk):
        if allowed(now, clock.level, calendar) > now:
            continue
        for step, since in steps:
            when = moment(step, clock, calendar)
            if when and since and since <= when <= now:
                yield step, since, clock


def _say(step: Step, clock: Clock, risk: Risk, now: datetime, heard: Counter[str]) -> int:
    """One notice for each who is to hear of it and has not; one ledger entry for all of them."""
    key = f"{step.code}|{clock.number}|{clock.due.isoformat()}"
    told = set(Notice.objects.filter(key=key).values_list("recipient", flat=True))
    people = [p for p in recipients(step.to, risk.unit, now) if p not in told and heard[p] < MOST_AN_HOUR]
    if not people:
        return 0
    text = _text(step, clock, risk)
    try:
        with transaction.atomic():
            Notice.objects.bulk_create(
                Notice(key=key, recipient=person, number=clock.number, step=step.code, text=text, at=now)
                for person in people
            )
            _record("notice.send", f"notice:{clock.number}", system_actor("ladder"), now, step=step.code, to=people)
            if immediate(step, clock):
                group = [f"{GROUP}{risk.unit.code}"] if risk.unit else []
                message = Message(key, _("{number} 提醒").format(number=clock.number), text)
                outgoing_put(message, [*people, *group], level=clock.level, now=now)
    except IntegrityError:
        # Another process is saying the same.
        return 0
    heard.update(people)
    return len(people)


def _text(step: Step, clock: Clock, risk: Risk) -> str:
    what = {"sign": _("签收"), "treat": _("办理"), "answer": _("公开答复")}[clock.purpose]
    due = date_format(clock.due.astimezone(SHANGHAI), "Y-m-d H:i")
    problem = risk.problem[:40]
    if step.percent is not None:
        sentence = _("{number}“{problem}”{what}时限已用 {percent}%，{due} 到期，请抓紧")
        return sentence.format(number=clock.number, problem=problem, what=what, percent=step.percent, due=due)
    return _("{number}“{problem}”{what}已于 {due} 逾期，请督促").format(
        number=clock.number, problem=problem, what=what, due=due
    )


@transaction.atomic
def step_switch(*, code: str, on: bool, actor: Actor, now: datetime) -> LadderStep:
    """Switch a step on, from `now`, or off. NotYours without the role; one ledger entry. Rehearse it first."""
    if not actor.has(Role.ADMIN, Role.MANAGER):
        raise NotYours(_("催办规则由管理员或领导启用，您没有这个角色"))
    row = LadderStep.objects.select_for_update().get(code=code)
    row.enabled_since = now if on else None
    row.save(update_fields=["enabled_since"])
    _record("notice.switch", f"step:{code}", actor, now, on=on)
    return row


def notice_read(*, notice: int, actor: Actor, now: datetime) -> None:
    """Mark one's own notice as read; that of somebody else does not exist."""
    Notice.objects.filter(pk=notice, recipient=actor.username, read_at=None).update(read_at=now)


def _record(act: str, subject: str, actor: Actor, now: datetime, **data: object) -> None:
    entry_append(
        act=act,
        subject=subject,
        actor=actor,
        now=now,
        data=data,
    )
