"""Heat in the store: numbers as of the newest post, alarms for what bursts now, statements with their trail."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta

import pytest

from tests.factories import NOW, make_event, make_post
from tests.integration.test_intake import post, seal, take
from tracker.ledger.models import Entry
from tracker.posts.erasing import EXPIRED, posts_erase
from tracker.posts.heat import bursts_note
from tracker.posts.models import Burst, Event, Post, Sighting
from tracker.posts.services import event_refresh
from tracker.posts.statements import StatementRefused, heat_rule, in_force, shipped, statement_set
from tracker.posts.voices import voices_part

pytestmark = pytest.mark.django_db


def event_with(*hours: float, now=NOW) -> Event:
    """An event whose posts were said so many hours before `now`."""
    event = make_event("望江路塌陷", (), now=now)
    for h in hours:
        make_post(event, "望江路塌陷", "路面塌了。", published_at=now - timedelta(hours=h), likes=2)
    event_refresh([event.pk])
    event.refresh_from_db()
    return event


def test_the_numbers_are_stored_and_say_as_of_when():
    event = event_with(1, 2, 3, 30, 24 * 7 + 2)
    assert event.numbers["at"] == (NOW - timedelta(hours=1)).isoformat()
    assert {k: event.numbers[k] for k in ("posts", "boards", "likes", "short", "day_before", "week_before")} == {
        "posts": 5, "boards": 1, "likes": 10, "short": 3, "day_before": 1, "week_before": 1,
    }  # fmt: skip
    assert 0 < event.heat == event.numbers["score"] or abs(event.heat - event.numbers["score"]) < 0.01


def test_a_second_board_makes_it_hotter():
    event = event_with(1, 2)
    before = event.heat
    Sighting.objects.filter(post__event=event).update(source="a")
    first = Sighting.objects.filter(post__event=event).first()
    Sighting.objects.filter(pk=first.pk).update(source="b")
    event_refresh([event.pk])
    event.refresh_from_db()
    assert event.numbers["boards"] == 2
    assert event.heat > before
    assert int(event.harm) == event.level, "and stays within its level"


def test_a_burst_alarms_once_with_its_numbers():
    event = event_with(0, 1, 2)
    (alarm,) = bursts_note(events=[event.pk], now=NOW)
    assert (alarm.event_id, alarm.numbers["short"], alarm.numbers["usual"]) == (event.pk, 3, 0)
    assert bursts_note(events=[event.pk], now=NOW + timedelta(hours=1)) == []
    assert Burst.objects.count() == 1


def test_an_archive_that_is_read_in_late_alarms_nobody():
    event = event_with(24 * 60, 24 * 60 + 1, 24 * 60 + 2)
    assert heat_rule().bursts(heat_rule().heat([NOW] * 3, NOW, boards=1, likes=0))
    assert bursts_note(events=[event.pk], now=NOW) == []


def test_intake_alarms_in_the_transaction_that_stores_the_posts(tmp_path):
    seal([post(n, when=NOW - timedelta(minutes=n)) for n in range(3)], "a", tmp_path)
    take(tmp_path)
    assert Burst.objects.get().numbers["short"] == 3


def test_a_statement_holds_from_then_on_and_leaves_its_trail(desk):
    was = in_force("heat")
    assert was == shipped()["heat"]
    statement_set(
        kind="heat", values={**was, "least": "5"}, actor=desk.actor("admin"), now=NOW, reason="三帖太容易报警"
    )
    assert heat_rule().least == 5
    entry = Entry.objects.filter(act="rule.set").get()
    assert entry.subject == "rule:heat"
    assert json.loads(entry.data)["now"]["least"] == 5
    event = event_with(0, 1, 2)
    assert bursts_note(events=[event.pk], now=NOW) == []


@pytest.mark.parametrize(
    ("who", "change", "reason", "words"),
    [("analyst", {"least": 5}, "试", "您没有这个角色"), ("admin", {"least": 5}, " ", "请写明"), ("admin", {}, "试", "相同"),
     ("admin", {"least": 1}, "试", "须在 2 到 1000 之间"), ("admin", {"ratio": "很多"}, "试", "没有填对")],
)  # fmt: skip
def test_a_statement_that_cannot_hold_is_refused_in_words(desk, who, change, reason, words):
    with pytest.raises(StatementRefused, match=words):
        statement_set(kind="heat", values={**in_force("heat"), **change}, actor=desk.actor(who), now=NOW, reason=reason)
    assert not Entry.objects.filter(act="rule.set").exists()


def test_no_more_samples_near_the_line_than_samples(desk):
    with pytest.raises(StatementRefused, match="不能多于"):
        statement_set(
            kind="audit", values={**in_force("audit"), "near": 9}, actor=desk.actor("manager"), now=NOW, reason="试"
        )


class TestVoices:
    def test_one_person_many_times_is_one_voice(self):
        event = event_with(1, 2, 3)
        crowd = event.heat
        event.posts.update(voice="00aa00aa00aa00aa")
        event_refresh([event.pk])
        event.refresh_from_db()
        assert (event.numbers["posts"], event.numbers["voices"], event.numbers["short"]) == (3, 1, 1)
        assert event.heat < crowd
        assert bursts_note(events=[event.pk], now=NOW) == []

    def test_when_their_week_is_over_voices_are_equal_within_their_event_only(self):
        one, other = event_with(1, 2, 3), event_with(4, 5)
        for event in (one, other):
            event.posts.update(voice="00aa00aa00aa00aa", discovered_at=NOW)
        assert voices_part(now=NOW + timedelta(days=1)) == 0, "the week is not over"
        lone = make_post(one, "望江路", "塌了。", voice="11bb11bb11bb11bb", discovered_at=NOW)
        assert voices_part(now=NOW + timedelta(days=7)) == 6
        first, second = (set(event.posts.values_list("voice", flat=True)) for event in (one, other))
        assert (len(first), len(second)) == (2, 1)
        assert not first & second
        assert not any("00aa" in voice or "11bb" in voice for voice in first | second)
        lone.refresh_from_db()
        assert voices_part(now=NOW + timedelta(days=8)) == 0
        event_refresh([one.pk])
        one.refresh_from_db()
        assert one.numbers["voices"] == 2, "and are counted as before"

    def test_a_voice_comes_in_with_its_post_stays_when_it_is_edited_and_goes_with_its_words(self, tmp_path):
        said = dataclasses.replace(post(1), voice="00aa00aa00aa00aa")
        seal([said], "a", tmp_path)
        take(tmp_path)
        seal([dataclasses.replace(said, body="路面塌了两块", voice="22cc22cc22cc22cc")], "a", tmp_path)
        take(tmp_path)
        stored = Post.objects.get()
        assert (stored.body, stored.voice) == ("路面塌了两块", "00aa00aa00aa00aa")
        posts_erase([stored.pk], note=EXPIRED, now=NOW)
        assert Post.objects.get().voice == ""
