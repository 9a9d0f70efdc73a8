"""Merge, take back, split: every post keeps its place in the count of answers owed, and every act can be undone."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.acts import race, snapshot
from tests.factories import NOW, make_desk, make_event, make_post, make_risk
from tracker.ledger.models import Entry
from tracker.ledger.services import ledger_verify
from tracker.posts.grouping import event_merge, event_split, event_unmerge
from tracker.posts.models import Decision, Event, Post
from tracker.posts.selectors import owed, queue
from tracker.posts.services import VerdictConflict, VerdictRefused, event_dismiss, event_refresh
from tracker.risks.selectors import source_posts

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return make_desk()


@pytest.fixture
def pair():
    one = make_event("桥栏杆断了", ["栏杆断开", "孩子放学走这里"], level=1)
    other = make_event("桥上没有护栏", ["护栏缺了一截"], level=3)
    return one, other


def call(desk, service, event, who="analyst", **arguments):
    given_ = {"version": event.version, "actor": desk.actor(who), "now": NOW, "reason": "同一座桥"} | arguments
    return service(event=event.pk, **given_)


def refused(error, *args, **kwargs):
    before = snapshot(), list(Post.objects.order_by("pk").values("pk", "event"))
    with pytest.raises(error) as caught:
        call(*args, **kwargs)
    assert (snapshot(), list(Post.objects.order_by("pk").values("pk", "event"))) == before
    assert str(caught.value)


def test_a_merging_gives_the_posts_their_labels_and_their_answers_over(desk, pair):
    one, other = pair
    merged = call(desk, event_merge, other, into=one.pk)
    assert (merged.pk, merged.posts_count, merged.level) == (one.pk, 3, 3)
    assert owed(one.pk).count() == 3
    other.refresh_from_db()
    assert (other.decision, other.merged_into_id) == (Decision.MERGED, one.pk)
    assert list(queue()) == [merged]
    entry = Entry.objects.get(act="event.merge")
    assert (entry.subject, entry.reason) == (f"event:{one.pk}", "同一座桥")


def test_taken_back_everything_stands_where_it_stood(desk, pair):
    one, other = pair
    before = [list(Post.objects.filter(event=e).order_by("pk").values_list("pk", flat=True)) for e in pair]
    call(desk, event_merge, other, into=one.pk)
    other.refresh_from_db()
    back = call(desk, event_unmerge, other)
    assert (back.decision, back.merged_into_id, back.level, back.posts_count) == (Decision.PENDING, None, 3, 1)
    assert [list(Post.objects.filter(event=e).order_by("pk").values_list("pk", flat=True)) for e in pair] == before
    one.refresh_from_db()
    assert (one.level, one.posts_count) == (1, 2)
    assert ledger_verify() is None


def test_taken_back_from_an_event_that_was_merged_on(desk, pair):
    one, other = pair
    third = make_event("第三处", ["也是这座桥"])
    call(desk, event_merge, other, into=one.pk)
    one.refresh_from_db()
    call(desk, event_merge, one, into=third.pk)
    other.refresh_from_db()
    assert call(desk, event_unmerge, other).posts_count == 1
    third.refresh_from_db()
    assert third.posts_count == 3


def test_a_dismissed_event_comes_back_dismissed(desk, pair):
    one, other = pair
    other = call(desk, event_dismiss, other)
    call(desk, event_merge, other, into=one.pk)
    other.refresh_from_db()
    assert call(desk, event_unmerge, other).decision == Decision.DISMISSED


def test_a_risk_owes_an_answer_to_every_post_merged_into_it(desk, pair):
    one, other = pair
    risk = make_risk(desk, event=one)
    call(desk, event_merge, other, into=one.pk)
    assert source_posts(risk).count() == owed(one.pk).count() == 3
    Post.objects.filter(event=one.pk).update(reply="")
    Post.objects.filter(title=other.title).update(reply="已更换护栏")
    assert owed(one.pk).count() == 2


def test_a_post_that_comes_to_a_merged_event_goes_on_to_the_one_that_took_it_over(desk, pair):
    one, other = pair
    third = make_event("第三处", ["也是这座桥"])
    call(desk, event_merge, other, into=one.pk)
    one.refresh_from_db()
    call(desk, event_merge, one, into=third.pk)
    late = make_post(other, "又有人说", "护栏还没修")
    event_refresh([other.pk])
    late.refresh_from_db()
    third.refresh_from_db()
    assert (late.event_id, third.posts_count) == (third.pk, 5)


def test_what_cannot_be_merged_is_refused(desk, pair):
    one, other = pair
    refused(VerdictRefused, desk, event_merge, other, into=other.pk)
    refused(VerdictRefused, desk, event_merge, other, into=10**9)
    refused(VerdictRefused, desk, event_merge, other, into=one.pk, reason=" ")
    refused(VerdictRefused, desk, event_merge, other, into=one.pk, who="manager")
    refused(VerdictConflict, desk, event_merge, other, into=one.pk, version=99)
    refused(VerdictRefused, desk, event_unmerge, other)
    make_risk(desk, event=other)
    other.refresh_from_db()
    refused(VerdictRefused, desk, event_merge, other, into=one.pk)
    call(desk, event_merge, one, into=other.pk)
    one.refresh_from_db()
    refused(VerdictRefused, desk, event_dismiss, one)
    refused(VerdictRefused, desk, event_merge, make_event("第四处"), into=one.pk)


def test_a_split_part_awaits_its_own_verdict(desk):
    event = make_event("桥和路", ["栏杆断开", "路面塌陷", "路灯不亮"], flagged=False)
    posts = list(Post.objects.filter(event=event).order_by("pk").values_list("pk", flat=True))
    part = call(desk, event_split, event, posts=posts[1:], reason="另一处")
    assert (part.decision, part.flagged, part.posts_count) == (Decision.PENDING, True, 2)
    assert part in queue()
    event.refresh_from_db()
    assert (event.posts_count, event.version) == (1, 2)
    undone = call(desk, event_merge, part, into=event.pk)
    assert undone.posts_count == 3


@pytest.mark.parametrize("pick", [[], [0, 1], [7]])
def test_a_split_leaves_something_on_both_sides(desk, pick):
    event = make_event("桥", ["栏杆断开", "护栏缺"])
    posts = list(Post.objects.filter(event=event).order_by("pk").values_list("pk", flat=True))
    refused(VerdictRefused, desk, event_split, event, posts=[posts[n] if n < 2 else 10**9 for n in pick])


def test_the_post_that_opened_an_event_can_be_split_off(desk):
    event = make_event("桥", ["栏杆断开", "护栏缺"])
    opener = Post.objects.filter(event=event).order_by("pk").first()
    # As intake does it: the event has the key of the post that opened it.
    Event.objects.exclude(pk=event.pk).filter(pk=opener.pk).delete()
    part = call(desk, event_split, event, posts=[opener.pk])
    assert part.pk > 0
    assert owed(part.pk).get() == opener


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(
        st.tuples(st.sampled_from(["merge", "unmerge", "split"]), st.integers(0, 5), st.integers(0, 5)), max_size=12
    )
)
def test_no_post_is_ever_lost_or_doubled(desk, steps):
    with transaction.atomic():
        events = [make_event(f"{n}处", ["甲说", "乙说"]) for n in range(3)]
        posts = set(Post.objects.values_list("pk", flat=True))
        for step, a, b in steps:
            every = list(Event.objects.order_by("pk"))
            event, other = every[a % len(every)], every[b % len(every)]
            try:
                if step == "merge":
                    call(desk, event_merge, event, into=other.pk)
                elif step == "unmerge":
                    call(desk, event_unmerge, event)
                else:
                    own = list(Post.objects.filter(event=event).order_by("pk").values_list("pk", flat=True))
                    call(desk, event_split, event, posts=own[: b % 3])
            except VerdictRefused:
                continue
            assert set(Post.objects.exclude(event=None).values_list("pk", flat=True)) == posts
            assert sum(owed(e.pk).count() for e in Event.objects.exclude(decision="merged")) == len(posts)
        assert len(events) == 3
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_two_mergings_at_once_do_not_make_a_ring(desk, pair):
    one, other = pair
    there = partial(call, desk, event_merge, one, into=other.pk)
    back = partial(call, desk, event_merge, other, into=one.pk)
    results = race(there, back)
    assert [type(r) for r in results if isinstance(r, Exception)] == [VerdictRefused]
    assert ledger_verify() is None
