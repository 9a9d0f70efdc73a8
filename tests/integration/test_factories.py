"""The builders other tests stand on reach every state."""

from __future__ import annotations

import pytest

from tests.factories import make_desk, make_risk
from tracker.risks.lifecycle import State


@pytest.mark.django_db
@pytest.mark.parametrize("state", list(State))
def test_a_risk_can_be_brought_to_every_state(state):
    risk = make_risk(make_desk(), state, level=3 if state is State.APPROVING else 2)
    assert risk.state == state
