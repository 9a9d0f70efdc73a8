"""The index of events follows the store: after a restart, and after people merged or split."""

from __future__ import annotations

import pytest

from analysis.records import Text
from crawlers.api import seal
from tests.factories import NOW, make_desk
from tests.integration.test_intake import post
from tracker.intake.services import spool_take
from tracker.intake.understanding import Understanding
from tracker.posts.grouping import event_merge, event_split
from tracker.posts.models import Event, Post

BRIDGE = ("望江桥护栏断了一截", "青川县望江桥的护栏断了一截，接送孩子的人每天从这里过，很危险，请尽快修好。")


@pytest.fixture
def fresh():
    """A new process would load its own."""
    return Understanding


def take(spool, understanding, *posts):
    seal(posts, "a", spool)
    spool_take(spool=spool, understanding=lambda: understanding, clock=lambda: NOW)
    return [Post.objects.get(sightings__key=p.key) for p in posts]


@pytest.mark.django_db
def test_the_same_words_meet_their_event_after_a_restart(tmp_path, fresh):
    (first,) = take(tmp_path, fresh(), post(1, *BRIDGE))
    (second,) = take(tmp_path, fresh(), post(2, BRIDGE[0], BRIDGE[1] + "已经反映过一次了。"))
    assert first.event_id == second.event_id
    assert Event.objects.get().posts_count == 2


@pytest.mark.django_db
def test_later_posts_follow_a_merge_and_a_split_by_hand(tmp_path, fresh):
    desk, running = make_desk(), fresh()
    analyst = desk.actor("analyst")
    bridge, other = take(
        tmp_path, running, post(1, *BRIDGE), post(2, "7003路公交车半小时不来", "7003路公交车晚上半小时都等不到一趟，学生放学回不了家。")
    )  # fmt: skip
    assert bridge.event_id != other.event_id
    event = Event.objects.get(pk=bridge.event_id)
    event_merge(event=event.pk, version=event.version, into=other.event_id, actor=analyst, now=NOW, reason="同一件事")
    (third,) = take(tmp_path, running, post(3, BRIDGE[0], BRIDGE[1] + "请回复。"))
    assert third.event_id == other.event_id, "what a person merged stays merged"

    event = Event.objects.get(pk=other.event_id)
    made = event_split(
        event=event.pk, version=event.version, posts=[bridge.pk, third.pk], actor=analyst, now=NOW, reason="两件事"
    )
    (fourth,) = take(tmp_path, running, post(4, BRIDGE[0], BRIDGE[1] + "三天了。"))
    assert fourth.event_id == made.pk
    assert running.index.event_of(str(bridge.pk)) == str(made.pk)
    assert isinstance(running.assess([Text("x", *BRIDGE)])[0].risk, float)
