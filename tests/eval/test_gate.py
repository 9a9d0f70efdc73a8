"""The gate itself: it fails below a floor, on a missing figure, and lets none fall in silence."""

import pytest

from .gate import LEAST_SLACK, PINNED, failures, raised, slack

SHARP = {"value": 0.9, "low": 0.89, "high": 0.91}
GOOD = dict.fromkeys(PINNED, SHARP)


def test_a_figure_below_its_floor_fails_and_one_on_it_passes() -> None:
    assert failures({"risk_ap": 0.89}, {"risk_ap": 0.9}) == ["risk_ap is 0.89, below its floor 0.9"]
    assert not failures({"risk_ap": 0.9}, {"risk_ap": 0.9})


def test_a_missing_figure_fails() -> None:
    assert failures({}, {"risk_ap": 0.9})


def test_a_floor_rises_by_itself_and_falls_only_when_told() -> None:
    assert raised({"risk_ap": 0.8}, GOOD, lower=False)["risk_ap"] == pytest.approx(0.9 - LEAST_SLACK)
    with pytest.raises(ValueError, match="risk_ap would fall"):
        raised({"risk_ap": 0.95}, GOOD, lower=False)
    assert raised({"risk_ap": 0.95}, GOOD, lower=True)["risk_ap"] == pytest.approx(0.9 - LEAST_SLACK)


def test_a_figure_from_few_cases_is_given_more_room_than_a_sharp_one_and_never_half_its_interval() -> None:
    wide = {"value": 0.7, "low": 0.6, "high": 0.8}
    assert slack(SHARP) == LEAST_SLACK < slack(wide) < (wide["high"] - wide["low"]) / 2
    floors = raised({"signal_L": 0.71}, GOOD | {"signal_L": wide}, lower=True)
    assert floors["signal_L"] == pytest.approx(0.7 - slack(wide))
