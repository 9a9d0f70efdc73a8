"""The editable tables: an administrator with a reason, on the record, and never backwards."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.contract.acts import snapshot
from tests.factories import NOW, make_desk, make_event, make_risk
from tracker.ledger.models import Entry
from tracker.risks.errors import Incomplete, NotYours
from tracker.risks.lifecycle import State
from tracker.risks.models import CalendarDay, DeadlineRule
from tracker.risks.tables import UNITS, day_clear, day_set, period_remove, period_set

pytestmark = pytest.mark.django_db
ROW = {"purpose": "treat", "kind": "hazard", "level": 2, "amount": 2, "unit": "working days", "source": "本厅规定"}


@pytest.fixture
def desk():
    return make_desk()


def edit(desk, call, who="admin", **arguments):
    return call(**{"actor": desk.actor(who), "now": NOW, "reason": "厅务会议定"} | arguments)


def refused(error, desk, call, **arguments):
    before = snapshot(), list(DeadlineRule.objects.order_by("pk").values()), list(CalendarDay.objects.values())
    with pytest.raises(error):
        edit(desk, call, **arguments)
    assert (
        snapshot(),
        list(DeadlineRule.objects.order_by("pk").values()),
        list(CalendarDay.objects.values()),
    ) == before


def test_a_new_period_holds_from_now_on_and_not_backwards(desk):
    old = make_risk(desk, State.ASSIGNED)
    edit(desk, period_set, **ROW)
    new = make_risk(desk, State.ASSIGNED, event=make_event("另一处"))
    assert new.treat_due < old.treat_due
    old.refresh_from_db()
    assert old.arithmetic["treat"]["given"] == 7
    entry = Entry.objects.get(act="period.set")
    assert (entry.subject, entry.reason) == ("period:treat/hazard/2", "厅务会议定")
    assert '"was":{"amount":7' in entry.data


def test_a_day_of_ones_own_moves_deadlines_given_later(desk):
    old = make_risk(desk, State.ASSIGNED)
    edit(desk, day_set, day=date(2026, 11, 25), working=False, note="停电")
    new = make_risk(desk, State.ASSIGNED, event=make_event("另一处"))
    assert new.treat_due == old.treat_due + timedelta(days=1)
    assert ["2026-11-25", "停电"] in new.arithmetic["treat"]["skipped"]
    edit(desk, day_clear, day=date(2026, 11, 25))
    assert make_risk(desk, State.ASSIGNED, event=make_event("第三处")).treat_due == old.treat_due


@pytest.mark.parametrize(
    ("error", "call", "arguments"),
    [
        (NotYours, period_set, ROW | {"who": "manager"}),
        (NotYours, day_set, {"who": "dispatcher", "day": date(2026, 11, 25), "working": True, "note": ""}),
        (Incomplete, period_set, ROW | {"reason": " "}),
        (Incomplete, period_set, ROW | {"amount": 0}),
        (Incomplete, period_set, ROW | {"amount": 367}),
        (Incomplete, period_set, ROW | {"unit": "weeks"}),
        (Incomplete, period_set, ROW | {"purpose": "watch"}),
        (Incomplete, period_set, ROW | {"purpose": "sleep"}),
        (Incomplete, period_set, ROW | {"kind": "bridge"}),
        (Incomplete, period_set, ROW | {"level": 4}),
        (Incomplete, period_set, ROW | {"source": "长" * 81}),
        (Incomplete, period_remove, {"purpose": "sign", "kind": "*", "level": 0}),
        (Incomplete, period_remove, {"purpose": "treat", "kind": "help", "level": 3}),
        (Incomplete, period_remove, {"purpose": "treat", "kind": "help", "level": 0}),
        (Incomplete, period_remove, {"purpose": "treat", "kind": "hazard", "level": 1}),
        (Incomplete, day_set, {"day": date(2026, 11, 25), "working": True, "note": "长" * 61}),
        (Incomplete, day_clear, {"day": date(2026, 11, 25)}),
    ],
)
def test_what_may_not_be_set_is_refused_and_nothing_written(desk, error, call, arguments):
    refused(error, desk, call, **arguments)


def test_a_row_is_removed_where_another_holds(desk):
    edit(desk, period_remove, purpose="sign", kind="*", level=3)
    assert not DeadlineRule.objects.filter(purpose="sign", level=3).exists()


def test_every_shipped_row_could_have_been_set_by_hand(desk):
    for row in DeadlineRule.objects.all():
        assert row.unit in UNITS[row.purpose]
        edit(
            desk, period_set, purpose=row.purpose, kind=row.kind, level=row.level, amount=row.amount, unit=row.unit,
            source=row.source,
        )  # fmt: skip
