"""Replay looks at nothing that had not been said yet, and its sums are those of its rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.heat import HeatRule
from analysis.replay import Played, replay

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
RULE = HeatRule()


def said(name: str, hours: float, event: str, *, flagged: bool = True, level: int = 1) -> Played:
    return Played(name, START + timedelta(hours=hours), event, flagged, level, 0.6 if flagged else 0.1)


def played(*posts: Played, since=date(2026, 3, 2), until=date(2026, 3, 9)):
    return replay(sorted(posts, key=lambda p: p.at), since=since, until=until, zone=UTC, rule=RULE)


def test_the_lead_is_from_the_first_flag_to_the_fullest_week():
    found = played(said("a", 0, "e", flagged=False), said("b", 1, "e"), said("c", 20, "e", level=2), said("x", 5, "f"))
    assert [(e["event"], e["lead_hours"], e["level"]) for e in found["events"]] == [("e", 19.0, 2), ("f", None, 1)]
    assert found["summary"]["lead_hours"]["before_peak"] == 1
    assert [f["id"] for f in found["flags"] if f["opens"]] == ["b", "x"]


def test_a_flag_that_comes_after_the_peak_is_counted_as_such():
    found = played(said("a", 0, "e", flagged=False), said("b", 1, "e", flagged=False), said("c", 100 * 24, "e"),
                   until=date(2026, 12, 1))  # fmt: skip
    assert found["summary"]["lead_hours"]["after_peak"] == 1
    assert found["events"][0]["lead_hours"] < 0


def test_an_alarm_prints_its_numbers_and_is_not_repeated():
    found = played(*(said(f"p{n}", n, "e") for n in range(8)))
    (alarm,) = found["alarms"]
    assert (alarm["short"], alarm["usual"], alarm["day_before"], alarm["week_before"]) == (3, 0.0, 0, 0)
    assert alarm["at"] == (START + timedelta(hours=2)).isoformat()
    assert found["summary"]["alarms_a_day"]["most"] == 1


def test_silent_days_count_in_the_mean_and_the_window_ends_before_its_last_day():
    found = played(said("a", 0, "e"), said("b", 24 * 7, "f"))
    assert len(found["days"]) == 7
    assert found["summary"]["posts"] == 1
    assert found["summary"]["workload_a_day"]["mean"] == pytest.approx(1 / 7, abs=1e-3)


def test_what_was_before_the_window_is_context_only():
    before = [said(f"old{n}", -100 + n, "e") for n in range(3)]
    found = played(*before, said("new", 2, "e"), said("g", 3, "g"))
    assert [e["event"] for e in found["events"]] == ["g"], "an event flagged earlier is not flagged again"
    assert not found["alarms"]
    assert found["summary"]["flagged"] == 2


@settings(deadline=None, max_examples=60)  # a busy neighbour is no failure
@given(
    st.lists(st.tuples(st.integers(0, 24 * 9), st.sampled_from("abc"), st.booleans()), max_size=40),
    st.integers(1, 24 * 9),
)
def test_nothing_looks_ahead(rows, cut):
    """What is flagged and alarmed up to a moment does not change when later posts are taken away."""
    posts = [said(f"p{n}", hour, event, flagged=flagged) for n, (hour, event, flagged) in enumerate(rows)]
    whole = played(*posts, until=date(2026, 4, 1))
    part = played(*(p for p in posts if p.at < START + timedelta(hours=cut)), until=date(2026, 4, 1))
    edge = (START + timedelta(hours=cut)).isoformat()
    for name in ("flags", "alarms"):
        assert part[name] == [row for row in whole[name] if row["at"] < edge]
    assert sum(d["to_read"] for d in whole["days"]) == whole["summary"]["events_flagged"]
    assert sum(d["flagged"] for d in whole["days"]) == len(whole["flags"])
