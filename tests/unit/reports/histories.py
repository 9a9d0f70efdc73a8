"""Random lawful histories of a few risks, for properties of papers."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from tests.unit.reports.rows import MONDAY, TOLD, UNITS, risk
from tracker.risks.lifecycle import TABLE, Act, State

HOUR = timedelta(hours=1)


@st.composite
def histories(draw):
    """A few risks, each walking the table at random from up to two weeks before the week to after it."""
    found = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        moment = MONDAY + draw(st.integers(-330, 160)) * HOUR
        level, state, steps = draw(st.integers(1, 3)), State.LISTED, [(Act.LIST, moment)]
        for _ in range(draw(st.integers(0, 9))):
            ways = [act for act in TOLD if state in TABLE[act].sources]
            act = draw(st.sampled_from(ways or [None]))
            if act is None:
                break
            moment += draw(st.integers(1, 60)) * HOUR
            steps.append((act, moment))
            state = TABLE[act].leads_to(
                state, 3 if level == 3 or (any(a is Act.REOPEN for a, _ in steps) and level == 2) else level
            )
        found.append(
            risk(
                number,
                steps,
                level=level,
                unit=draw(st.sampled_from(sorted(UNITS))),
                topic=draw(st.sampled_from(["road", "taxi"])),
            )
        )
    return found
