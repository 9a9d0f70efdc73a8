"""Rows written with keys reserved first, and many rows changed at once: what a plain save would have written stands there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from tests.factories import NOW, make_event
from tracker.posts.models import Event, Post
from tracker.posts.writing import keys_reserve, rows_update

pytestmark = pytest.mark.django_db


def written(key: int | None = None) -> Post:
    return Post.objects.create(pk=key, title="灯不亮", body="", discovered_at=NOW, digest="d", revision="r")


@transaction.atomic
def test_reserved_keys_are_above_all_others_and_never_given_again():
    before = written().pk
    keys = keys_reserve(Post, 3)
    assert keys == sorted(set(keys))
    assert before < keys[0]
    for key in keys:
        written(key)
    assert written().pk > keys[-1], "a row without a key of its own comes after"
    assert keys_reserve(Post, 1)[0] > keys[-1]


def test_rows_hold_what_a_save_of_each_would_have_written():
    one, two, untouched = (make_event(f"第{n}处").pk for n in range(3))
    was = Event.objects.values().get(pk=untouched)
    changes = {
        one: {"level": 3, "numbers": {"at": "x", "度": [1, None]}, "last_at": NOW + timedelta(days=1), "flagged": True},
        two: {"level": 1, "numbers": {}, "last_at": NOW, "flagged": False},
    }
    rows_update(Event, changes | {untouched: {}})
    for key, fields in changes.items():
        assert Event.objects.values(*fields).get(pk=key) == fields
    assert Event.objects.values().get(pk=untouched) == was
