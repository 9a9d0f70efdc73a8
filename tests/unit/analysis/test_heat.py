"""Heat and bursts: every number, the two re-checks, and that heat never touches severity."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.heat import Heat, HeatRule

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RULE = HeatRule()


def ago(*hours: float) -> list[datetime]:
    return sorted(NOW - timedelta(hours=h) for h in hours)


def found(times, **more):
    return RULE.heat(times, NOW, boards=more.pop("boards", 1), likes=more.pop("likes", 0))


def test_the_numbers_are_those_of_the_windows():
    # three today, one at the same hours of yesterday, two at those of the week before, one four weeks back, one in the future
    times = ago(-5, 0, 2, 23.9, 30, 24 * 7 + 1, 24 * 7 + 20, 24 * 27)
    seen = found(times, boards=2, likes=7)
    assert (seen.posts, seen.short, seen.day_before, seen.week_before) == (7, 3, 1, 2)
    assert seen.usual == 4 / 28
    assert (seen.boards, seen.likes) == (2, 7)


def test_a_burst_needs_its_least_posts():
    assert not RULE.bursts(found(ago(1, 2)))
    assert RULE.bursts(found(ago(1, 2, 3)))


def test_the_same_hours_of_the_day_before_and_of_the_week_before_can_stop_an_alarm():
    today = [1, 2, 3, 4]
    assert RULE.bursts(found(ago(*today, 30, 31)))
    assert not RULE.bursts(found(ago(*today, 30, 31, 32))), "four posts are not 1.5 times yesterday's three"
    week = [24 * 7 + h for h in (1, 2, 3)]
    assert not RULE.bursts(found(ago(*today, *week))), "every Monday is like this"


def test_a_loud_month_is_no_burst():
    every_day = [24 * d + 12 for d in range(2, 28)]
    assert not RULE.bursts(found(ago(1, 2, 3, *every_day, *every_day)))


def test_an_event_is_alarmed_about_once_in_its_quiet_time():
    assert RULE.may_alarm(None, NOW)
    assert not RULE.may_alarm(NOW - timedelta(hours=71), NOW)
    assert RULE.may_alarm(NOW - timedelta(hours=72), NOW)


def test_the_peak_is_the_first_fullest_week():
    assert RULE.peak(ago(1)) is None
    assert RULE.peak(ago(900, 1)) is None, "two posts weeks apart make no peak"
    times = ago(24 * 30, 24 * 29, 24 * 28, 3, 2, 1)
    assert RULE.peak(times) == (times[2], 3)


@settings(deadline=None, max_examples=60)  # a busy neighbour is no failure
@given(st.integers(1, 60), st.integers(1, 9), st.integers(0, 500), st.data())
def test_heat_rises_with_posts_boards_and_likes_and_stays_within_its_scale(posts, boards, likes, data):
    times = ago(*data.draw(st.lists(st.floats(0, 900), min_size=posts, max_size=posts)))
    low = found(times, boards=boards, likes=likes).score
    assert 0 <= low <= 100
    assert found(sorted([*times, NOW]), boards=boards, likes=likes).score >= low
    assert found(times, boards=boards + 1, likes=likes).score >= low
    assert found(times, boards=boards, likes=likes + 1).score >= low


def test_one_voice_counts_once_in_any_short_window_and_once_in_all():
    times = [NOW - timedelta(hours=h) for h in (50, 30, 20, 3, 2, 1)]
    alone = RULE.heat(times, NOW, boards=1, likes=0, voices=["a"] * 6)
    assert (alone.posts, alone.voices, alone.short) == (6, 1, 1)
    crowd = RULE.heat(times, NOW, boards=1, likes=0, voices=list("abcdef"))
    assert (crowd.posts, crowd.voices, crowd.short) == (6, 6, 4)
    unknown = RULE.heat(times, NOW, boards=1, likes=0, voices=[""] * 6)
    assert unknown == crowd == RULE.heat(times, NOW, boards=1, likes=0)
    assert alone.score < crowd.score
    assert RULE.bursts(crowd)
    assert not RULE.bursts(alone), "one person who writes again and again is no burst"


def test_numbers_stored_before_voices_were_counted_can_be_read():
    old = RULE.heat([NOW], NOW, boards=1, likes=0).to_dict()
    del old["voices"]
    assert Heat.from_dict(old).voices == 1
