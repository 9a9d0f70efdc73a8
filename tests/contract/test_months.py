"""Posts by month: on both stores keys grow and everything that names a post finds it; on PostgreSQL each month has a table of its own."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tests.contract.acts import race
from tests.factories import NOW
from tracker.posts.models import Post, Sighting
from tracker.posts.months import _last, first_key, month_begin, month_of, month_table, parted
from tracker.posts.search import POSTS
from tracker.posts.writing import keys_reserve

pytestmark = pytest.mark.django_db(transaction=True)
PARTED = "postgresql"


@pytest.fixture(autouse=True)
def _as_it_was():
    """A month that a test begins stays begun, for no transaction takes a sequence back: its tables and keys go behind the test."""
    if connection.vendor != PARTED:
        yield
        return
    with connection.cursor() as cursor:
        was, last = tables(cursor), _last(cursor)
    yield
    Sighting.objects.all().delete()
    Post.objects.all().delete()
    with connection.cursor() as cursor:
        for name in tables(cursor) - was:
            cursor.execute(f"ALTER TABLE posts_post DETACH PARTITION {name}")
            cursor.execute(f"DROP TABLE {name}")
        cursor.execute("SELECT setval('posts_post_id_seq', %s)", [last])


def tables(cursor) -> set[str]:
    cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'posts_post'::regclass")
    return {name for (name,) in cursor.fetchall()}


def taken(**over: object) -> Post:
    return Post.objects.create(title="护栏松了", body="", discovered_at=NOW, digest="d", revision="r", **over)


def stands_in(post: Post) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM posts_post WHERE id = %s", [post.pk])
        return str(cursor.fetchone()[0])


def test_a_new_month_has_a_table_and_keys_above_all_others():
    old, now = taken(pk=7), taken()
    first = datetime(2031, 1, 31, 16, 0, 1, tzinfo=UTC)  # in the office it is February already
    month_begin(first)
    later = taken()
    assert old.pk < now.pk < later.pk
    assert set(Post.objects.values_list("pk", flat=True)) == {old.pk, now.pk, later.pk}
    assert parted() == (connection.vendor == PARTED)
    if parted():
        assert stands_in(old) == "posts_post_before"
        assert stands_in(now) == f"posts_post_{month_of(now.pk):%Y_%m}"
        assert stands_in(later) == "posts_post_2031_02"
        assert month_of(later.pk) == date(2031, 2, 1)
        with connection.cursor() as cursor:
            assert "posts_post_2031_03" in tables(cursor), "the next month waits for its first post"


def test_a_clock_that_jumps_back_moves_no_key_back():
    month_begin(datetime(2031, 2, 1, tzinfo=UTC))
    one = taken()
    month_begin(datetime(2029, 6, 1, tzinfo=UTC))
    two = taken()
    assert two.pk == one.pk + 1


def test_what_names_a_post_holds_in_a_new_month():
    month_begin(datetime(2031, 2, 1, tzinfo=UTC))
    post = taken()
    Sighting.objects.create(post=post, source="a", key="1", url="", revision="r", seen_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Sighting.objects.create(post_id=post.pk + 1, source="a", key="2", url="", revision="r", seen_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        taken(pk=post.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        taken(event_id=3)
    POSTS.catch_up()
    assert POSTS.newest("护栏", before=2**62, limit=5) == [post.pk]
    Sighting.objects.all().delete()
    post.delete()
    assert POSTS.newest("护栏", before=2**62, limit=5) == []


@pytest.mark.server
def test_of_many_that_begin_a_month_none_gives_a_key_twice():
    def begun() -> list[int]:
        month_begin(datetime(2031, 2, 1, tzinfo=UTC))
        with transaction.atomic():
            return keys_reserve(Post, 50)

    keys = [key for found in race(*[partial(begun)] * 4) for key in found]
    assert len(set(keys)) == len(keys) == 200
    assert {month_of(key) for key in keys} == {date(2031, 2, 1)}


@pytest.mark.server
def test_a_sequence_whose_table_is_missing_gets_it():
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('posts_post_id_seq', %s)", [first_key(date(2031, 5, 1)) + 3])
    month_begin(timezone.now())
    assert stands_in(taken()) == "posts_post_2031_05"


@pytest.mark.server
def test_a_post_is_looked_for_in_its_own_month_alone():
    with connection.cursor() as cursor:
        for month in range(1, 13):
            month_table(cursor, date(2031, month, 1))
        cursor.execute(f"EXPLAIN SELECT title FROM posts_post WHERE id = {first_key(date(2031, 5, 1)) + 3}")
        said = " ".join(line for (line,) in cursor.fetchall())
    assert said.count("posts_post_2031") == said.count("posts_post_2031_05") > 0
    assert "before" not in said
