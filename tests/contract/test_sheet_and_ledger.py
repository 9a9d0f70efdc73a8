"""The sheet is what the ledger makes it, on whichever store the suite runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import NOW, advance, make_desk, make_risk
from tracker.risks import services
from tracker.risks.audit import sheet_verify
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("level", [2, 3])
def test_the_ledger_replays_to_every_state(state, level):
    if state is State.APPROVING and level < 3:
        level = 3
    make_risk(make_desk(), state, level=level)
    assert list(sheet_verify()) == []


def test_the_ledger_replays_a_long_story():
    desk = make_desk()
    risk = make_risk(desk, State.HANDLING, level=1)
    later = NOW
    for step in ("attach", "submit", "send_back", "submit", "send_back", "submit", "verify"):
        later += timedelta(hours=1)
        risk = advance(desk, risk, step, now=later)
    services.risk_breach(risk=risk.pk, purpose="treat", now=later)
    risk = services.risk_reopen(
        risk=risk.pk, version=risk.version, actor=desk.actor("dispatcher"), now=later, reason="又塌了"
    )
    risk = advance(desk, risk, "return", now=later)
    services.risk_reassign(
        risk=risk.pk, version=risk.version, actor=desk.actor("dispatcher"), now=later, unit=desk.port, reason="由港口办"
    )
    assert list(sheet_verify()) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("state", "closed"),
        ("level", 1),
        ("treat_due", NOW + timedelta(days=90)),
        ("answer", "改过的答复"),
        ("verified_by", "somebody"),
        ("version", 2),
        ("unit", None),
    ],
)
def test_a_column_changed_behind_the_ledger_is_named(column, value):
    risk = make_risk(make_desk(), State.SUBMITTED, level=3)
    Risk.objects.filter(pk=risk.pk).update(**{column: value})
    assert [(number, column in sentence) for number, sentence in sheet_verify()] == [(risk.number, True)]


def test_a_row_removed_from_the_sheet_is_named():
    risk = make_risk(make_desk())
    Risk.objects.all().delete()
    assert list(sheet_verify()) == [(risk.number, "is in the ledger but not on the sheet")]


def test_a_row_the_ledger_does_not_know_is_named():
    risk = make_risk(make_desk())
    Risk.objects.filter(pk=risk.pk).update(number="YD-2026-09999")
    assert dict(sheet_verify()) == {
        "YD-2026-09999": "is on the sheet but not in the ledger",
        risk.number: "is in the ledger but not on the sheet",
    }
