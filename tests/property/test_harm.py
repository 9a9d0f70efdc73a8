"""Severity decides, heat breaks ties: no number of voices lifts an event over a whole level."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracker.posts.harm import expected_harm

CASES = st.fixed_dictionaries({"risk": st.floats(0, 1), "level": st.integers(0, 3), "heat": st.floats(0, 100)})


@given(CASES, CASES)
def test_the_level_always_dominates(one, other):
    if one["level"] > other["level"]:
        assert expected_harm(**one) > expected_harm(**other)


@given(CASES)
def test_harm_stays_within_its_level(case):
    assert case["level"] <= expected_harm(**case) < case["level"] + 1


@given(CASES, st.floats(0, 100), st.floats(0, 1))
def test_more_heat_or_more_certainty_never_lower_it(case, heat, risk):
    harm = expected_harm(**case)
    assert expected_harm(**{**case, "heat": max(case["heat"], heat)}) >= harm
    assert expected_harm(**{**case, "risk": max(case["risk"], risk)}) >= harm


def test_a_quiet_bridge_outranks_a_hot_fare():
    bridge = expected_harm(risk=0.6, level=2, heat=0)
    fare = expected_harm(risk=1.0, level=1, heat=100)
    assert bridge > fare


def test_heat_tells_apart_within_a_level():
    assert expected_harm(risk=0.8, level=2, heat=40) > expected_harm(risk=0.8, level=2, heat=0)
