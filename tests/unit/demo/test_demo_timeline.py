"""The board's clock: never ahead of the real one, never back, and mornings stay mornings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.demo.posts import DemoPost, load_posts
from tracker.demo.posts.timeline import LOCAL, SPEED, WINDOW, Timeline, dated

POSTS = load_posts()
NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
starts = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
spells = st.timedeltas(timedelta(0), timedelta(days=4000))


def post(offset: int, key: str = "k") -> DemoPost:
    return DemoPost(key, "t", "b", offset, 0, "n", "both", {}, reply="r")


@given(start=starts, speed=st.floats(0.001, 1e9), spell=spells, more=spells)
def test_the_clock_is_never_ahead_and_never_goes_back(start, speed, spell, more):
    line = Timeline(start, speed)
    early, late = line.clock(start + spell), line.clock(start + spell + more)
    assert line.opening <= early <= late <= line.start <= start + spell


@given(start=starts, before=spells)
def test_before_its_start_the_clock_is_not_ahead_either(start, before):
    assert Timeline(start).clock(start - before) <= start - before


@given(start=starts, offset=st.integers(0, 20160), later=st.integers(0, 20160))
def test_no_post_is_younger_than_the_present_and_order_is_kept(start, offset, later):
    line = Timeline(start)
    older, younger = line.published(post(max(offset, later))), line.published(post(min(offset, later)))
    assert start - WINDOW - timedelta(hours=24, minutes=1, seconds=1) <= older <= younger <= start


@given(start=starts, offset=st.integers(48 * 60, 20160))
def test_more_than_two_days_back_the_time_of_day_is_as_written(start, offset):
    at = Timeline(start).published(post(offset)) + timedelta(minutes=1)
    written = (16 * 60 - offset) % 1440
    # The seconds taken off for the key reach at most into the minute before.
    assert (at.hour * 60 + at.minute - written) % 1440 in (0, 1)


@pytest.mark.parametrize("hour", range(24))
def test_about_two_fifths_show_at_once_and_all_within_a_quarter_of_an_hour(hour):
    line = Timeline(NOON.replace(hour=hour))
    entries = dated(POSTS, line)
    shown = sum(entry.created <= line.clock(line.start) for entry in entries) / len(entries)
    assert 0.3 <= shown <= 0.5
    half = sum(entry.created <= line.clock(line.start + timedelta(minutes=4)) for entry in entries) / len(entries)
    assert shown + 0.1 < half < 1
    assert all(entry.created <= line.clock(line.start + timedelta(minutes=12)) for entry in entries)


def test_the_whole_takes_about_ten_minutes():
    line = Timeline(NOON)
    assert timedelta(minutes=9) <= (line.start - line.opening) / SPEED <= timedelta(minutes=11)


def test_numbers_count_up_with_time_and_are_the_same_after_a_restart():
    entries = dated(POSTS, Timeline(NOON))
    assert [entry.number for entry in entries] == list(range(1, len(POSTS) + 1))
    assert all(a.created <= b.created for a, b in pairwise(entries))
    assert dated(reversed(POSTS), Timeline(NOON)) == entries


def test_times_are_in_local_time():
    assert Timeline(NOON).published(post(3000)).utcoffset() == timedelta(hours=8) == LOCAL.utcoffset(None)


def test_a_reply_comes_after_its_post():
    for entry in dated([row for row in POSTS if row.reply], Timeline(NOON)):
        assert entry.reply_at(entry.created) == ""
        assert entry.reply_at(entry.replied) == entry.post.reply
        assert timedelta(hours=20) <= entry.replied - entry.created <= timedelta(hours=68)


def test_a_naive_start_and_a_speed_of_nothing_are_refused():
    with pytest.raises(ValueError, match="must carry a time zone"):
        Timeline(datetime(2026, 3, 4))  # noqa: DTZ001
    for speed in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="must be above 0"):
            Timeline(NOON, speed)
