"""The ladder over the real store: once to each person, nobody at night, nothing from before it was switched on; and the
rehearsal tells the truth about what would have been sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.contract.acts import race
from tests.factories import NOW, advance, make_desk, make_event, make_risk, make_user
from tracker.ledger.models import Entry
from tracker.ledger.services import ledger_verify
from tracker.notify import services as notify
from tracker.notify.ladder import OFFICE_OPENS
from tracker.notify.models import LadderStep, Notice
from tracker.notify.rehearsal import rehearse
from tracker.notify.selectors import notices, recipients
from tracker.risks import services
from tracker.risks.audit import sheet_verify
from tracker.risks.clocks import OFFICE_CLOSES, SHANGHAI
from tracker.risks.deadlines import current_calendar
from tracker.risks.errors import NotYours
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return make_desk()


def switch(desk, *codes, now=NOW - timedelta(days=1)):
    for code in codes or LadderStep.objects.values_list("code", flat=True):
        notify.step_switch(code=code, on=True, actor=desk.actor("admin"), now=now)


def test_everything_is_off_until_somebody_switches_it_on(desk):
    make_risk(desk, State.HANDLING)
    assert LadderStep.objects.count() == 6
    assert notify.notices_send(now=NOW + timedelta(days=30)) == 0


def test_once_to_each_person_however_often_the_job_runs(desk):
    risk = make_risk(desk, State.HANDLING)
    switch(desk, "treat-75")
    when = risk.treat_due - timedelta(hours=1)
    assert notify.notices_send(now=when) == 1
    assert notify.notices_send(now=when + timedelta(minutes=5)) == 0
    notice = notices("handler", unread=True).get()
    assert risk.number in notice.text
    assert "75%" in notice.text
    assert Entry.objects.get(act="notice.send").subject == f"notice:{risk.number}"
    assert list(sheet_verify()) == []


def test_nothing_from_before_it_was_switched_on_is_sent(desk):
    risk = make_risk(desk, State.HANDLING)
    late = risk.treat_due + timedelta(days=30)
    switch(desk, now=late)
    assert notify.notices_send(now=late + timedelta(days=30)) == 0


def test_an_item_that_is_done_is_not_spoken_of(desk):
    make_risk(desk, State.CLOSED)
    switch(desk)
    assert notify.notices_send(now=NOW + timedelta(days=60)) == 0


def test_who_has_applied_in_time_is_not_reminded_until_it_is_sent_back(desk):
    risk = make_risk(desk, State.SUBMITTED)
    switch(desk, "treat-75", "treat-late")
    late = risk.treat_due + timedelta(days=5, hours=-5)
    assert notify.notices_send(now=late) == 0
    advance(desk, risk, "send_back", now=late)
    assert notify.notices_send(now=late) == 2
    for row in LadderStep.objects.filter(code__in=["treat-75", "treat-late"]):
        assert [number for number, _when in rehearse(row.step, NOW, late + timedelta(days=9)).spoken] == [risk.number]


def test_nobody_is_told_at_night_even_when_the_job_was_down_by_day(desk):
    risk = make_risk(desk, State.HANDLING)
    switch(desk, "treat-75")
    night = (risk.treat_due + timedelta(days=1)).replace(hour=15)
    assert notify.notices_send(now=night) == 0
    assert notify.notices_send(now=night + timedelta(days=3, hours=11)) == 1


def test_level_three_reaches_a_manager_outside_the_unit_at_once(desk):
    make_user("chief-of-road", ["manager"], desk.bureau)
    risk = make_risk(desk, State.HANDLING, level=3)
    switch(desk, "treat-late-3")
    assert notify.notices_send(now=risk.treat_due + timedelta(minutes=1)) == 1
    assert notices("manager").count() == 1
    assert not notices("chief-of-road").exists()


def test_the_unit_is_led_by_its_manager_or_by_its_handlers(desk):
    assert recipients("leads", desk.bureau, NOW) == ["handler"]
    make_user("chief-of-road", ["manager"], desk.bureau)
    assert recipients("leads", desk.bureau, NOW) == ["chief-of-road"]
    assert recipients("handlers", None, NOW) == []
    assert recipients("managers", None, NOW) == ["chief-of-road", "manager"]


def test_a_flood_is_held_back_and_said_later(desk, monkeypatch):
    monkeypatch.setattr(notify, "MOST_AN_HOUR", 2)
    for number in range(3):
        risk = make_risk(desk, State.HANDLING, event=make_event(f"{number}处"))
    switch(desk, "treat-75")
    when = risk.treat_due - timedelta(hours=8)
    assert notify.notices_send(now=when) == 2
    assert notify.notices_send(now=when + timedelta(minutes=30)) == 0
    assert notify.notices_send(now=when + timedelta(minutes=61)) == 1


def test_more_time_is_reminded_of_again(desk):
    risk = make_risk(desk, State.HANDLING)
    switch(desk, "treat-75")
    assert notify.notices_send(now=risk.treat_due - timedelta(hours=1)) == 1
    call = {"risk": risk.pk, "now": NOW}
    asked = services.risk_extend(**call, version=risk.version, actor=desk.actor("handler"), days=5, reason="等备件")
    granted = services.risk_grant(**call, version=asked.version, actor=desk.actor("manager"))
    assert notify.notices_send(now=granted.treat_due - timedelta(hours=1)) == 1


def test_only_those_in_charge_switch_steps_and_it_is_written_down(desk):
    for name in ("handler", "analyst", "nobody", "auditor"):
        with pytest.raises(NotYours):
            notify.step_switch(code="treat-75", on=True, actor=desk.actor(name), now=NOW)
    switch(desk, "treat-75")
    assert not notify.step_switch(code="treat-75", on=False, actor=desk.actor("manager"), now=NOW).enabled_since
    assert Entry.objects.filter(act="notice.switch").count() == 2


def test_one_reads_only_ones_own(desk):
    risk = make_risk(desk, State.HANDLING)
    switch(desk, "treat-75")
    notify.notices_send(now=risk.treat_due - timedelta(hours=1))
    notice = Notice.objects.get()
    notify.notice_read(notice=notice.pk, actor=desk.actor("manager"), now=NOW)
    assert notices("handler", unread=True).exists()
    notify.notice_read(notice=notice.pk, actor=desk.actor("handler"), now=NOW)
    assert not notices("handler", unread=True).exists()


def test_the_rehearsal_says_what_would_have_been_sent(desk):
    """Three weeks lived through with every step on, and the same weeks rehearsed afterwards, give the same notices."""
    calendar, now, until = current_calendar(), NOW, NOW + timedelta(days=21)
    switch(desk)
    risks = [make_risk(desk, level=level, event=make_event(f"{level}级", signals=signals), state=state)
             for level, state, signals in [(1, State.LISTED, ""), (2, State.ASSIGNED, "S"), (3, State.HANDLING, "S"),
                                           (2, State.HANDLING, ""), (1, State.RETURNED, "S")]]  # fmt: skip
    script = {
        30: lambda: advance(desk, reload(risks[1]), "sign", now=now),
        70: lambda: advance(desk, reload(risks[0]), "assign", now=now),
        90: lambda: services.risk_answer(
            risk=risks[3].pk,
            version=reload(risks[3]).version,
            actor=desk.actor("handler"),
            now=now,
            answer="已派人到场，三日内更换。",
        ),
        101: lambda: services.risk_relevel(
            risk=risks[1].pk,
            version=reload(risks[1]).version,
            actor=desk.actor("analyst"),
            now=now,
            level=3,
            reason="重",
        ),
        150: lambda: services.risk_withdraw(
            risk=risks[2].pk, version=reload(risks[2]).version, actor=desk.actor("manager"), now=now, reason="列错"
        ),
    }

    def reload(risk):
        return Risk.objects.get(pk=risk.pk)

    hour = 0
    while now < until:
        if hour in script:
            script[hour]()
        notify.notices_send(now=now)
        hour, now = hour + 1, now + timedelta(hours=1)
    total = 0
    for row in LadderStep.objects.all():
        found = rehearse(row.step, NOW, until)
        lived = Notice.objects.filter(step=row.code)
        assert sorted(n for n, _when in found.spoken) == sorted(lived.values_list("number", flat=True)), row.code
        assert found.notices == lived.count()
        total += found.notices
        for notice in lived:
            when = next(w for n, w in found.spoken if n == notice.number and w <= notice.at)
            assert notice.at - when < timedelta(hours=1) or Notice.objects.filter(number=notice.number).count() > 1
        # A later part of those weeks is played from the items within its reach only, and says the same.
        for days in range(1, 21, 2):
            since = NOW + timedelta(days=days)
            part = tuple(pair for pair in found.spoken if since <= pair[1])
            assert rehearse(row.step, since, until).spoken == part, (row.code, days)
    assert total >= 10
    for notice in Notice.objects.exclude(number__in=Risk.objects.filter(level=3).values("number")):
        local = notice.at.astimezone(SHANGHAI)
        assert calendar(local.date()).working
        assert OFFICE_OPENS <= local.time() < OFFICE_CLOSES


@pytest.mark.django_db(transaction=True)
def test_two_jobs_at_once_say_it_once(desk):
    risk = make_risk(desk, State.HANDLING)
    switch(desk, "treat-75")
    when = risk.treat_due - timedelta(hours=1)
    results = race(*[lambda: notify.notices_send(now=when)] * 3)
    assert sorted(results) == [0, 0, 1]
    assert Entry.objects.filter(act="notice.send").count() == 1
    assert ledger_verify() is None
