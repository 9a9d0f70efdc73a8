"""A closed problem is watched: what came after its closing, of the same event or the same place and field, is proposed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import NOW, make_desk, make_event, make_post, make_risk
from tracker.posts.models import Post
from tracker.posts.services import event_dismiss, event_refresh
from tracker.risks.lifecycle import State
from tracker.risks.models import DeadlineRule
from tracker.risks.recurrence import recurrences
from tracker.risks.services import risk_reopen

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)


@pytest.fixture
def desk():
    return make_desk()


def titles(found):
    return [(r.risk.number, r.post.title, r.same_event) for r in found]


def test_a_new_post_of_the_same_event_is_held_beside_the_closed_risk(desk):
    risk = make_risk(desk, State.CLOSED)
    assert recurrences(desk.actor("analyst"), LATER) == []
    make_post(risk.event, "栏杆又断了", "修好不到一个月", discovered_at=LATER)
    event_refresh([risk.event_id])
    found = recurrences(desk.actor("analyst"), LATER + timedelta(hours=1))
    assert titles(found) == [(risk.number, "栏杆又断了", True)]
    assert found[0].risk.problem


def test_another_event_at_the_same_place_and_field_is_too(desk):
    risk = make_risk(desk, State.CLOSED)
    again = make_event("护栏倒了", ["倒在路中间"], now=LATER)
    make_event("别处的护栏", ["也倒了"], now=LATER, places=["白石市"])
    make_event("同地的公交", ["不停站"], now=LATER, topic="transit")
    make_event("以前的帖子", ["早就说过"], now=NOW - timedelta(days=3))
    found = recurrences(desk.actor("analyst"), LATER)
    assert titles(found) == [(risk.number, again.title, False)]


def test_what_was_dismissed_or_is_too_old_or_open_again_is_not_proposed(desk):
    risk = make_risk(desk, State.CLOSED)
    again = make_event("护栏倒了", ["倒在路中间"], now=LATER)
    assert recurrences(desk.actor("analyst"), LATER)
    assert not recurrences(desk.actor("analyst"), NOW + timedelta(days=91))
    DeadlineRule.objects.filter(purpose="watch").update(amount=120)
    assert recurrences(desk.actor("analyst"), NOW + timedelta(days=91))
    event_dismiss(event=again.pk, version=1, reason="已在修", actor=desk.actor("analyst"), now=LATER)
    assert not recurrences(desk.actor("analyst"), LATER)
    make_post(risk.event, "又断了", "一样", discovered_at=LATER)
    assert recurrences(desk.actor("analyst"), LATER)
    risk_reopen(risk=risk.pk, version=risk.version, actor=desk.actor("analyst"), now=LATER, reason="又断了")
    assert not recurrences(desk.actor("analyst"), LATER)


def test_nobody_is_shown_what_they_may_not_see(desk):
    risk = make_risk(desk, State.CLOSED)
    make_post(risk.event, "又断了", "一样", discovered_at=LATER)
    assert recurrences(desk.actor("handler"), LATER)
    assert not recurrences(desk.actor("other_handler"), LATER)
    assert not recurrences(desk.actor("nobody"), LATER)


def test_the_queries_do_not_grow_with_the_sheet(desk, django_assert_max_num_queries):
    for number in range(6):
        risk = make_risk(desk, State.CLOSED, event=make_event(f"{number}处"))
        make_post(risk.event, "又断了", "一样", discovered_at=LATER)
    with django_assert_max_num_queries(8):
        assert len(recurrences(desk.actor("analyst"), LATER)) == 6
    assert Post.objects.count() == 12
