"""The month in a post's key."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from tracker.posts.months import KEYS, first_key, following, month_of


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2999, 11, 30)), st.integers(0, KEYS - 1))
def test_a_key_says_its_month(day, number):
    key = first_key(day) + number
    assert month_of(key) == day.replace(day=1)
    assert first_key(following(day)) > key
    assert float(key) == key < 2**53, "exact in a browser"
    assert month_of(number) is None
