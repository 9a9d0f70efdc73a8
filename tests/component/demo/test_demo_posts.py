"""The invented posts cover what the demo has to show, and every label keeps the guideline."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from analysis.records import LEVELS, NEEDS, SIGNALS, TOPICS
from tracker.demo.posts import FOLDER, SHAPES, DemoPost, load_posts

POSTS = load_posts()
DAYS = 14 * 24 * 60
LABELS = {"transport", "topic", "need", "risk", "level", "signals", "event"}


def faults(post: DemoPost) -> list[str]:
    """The rules of the labelling guideline that the labels of `post` break."""
    label = post.expect
    topic, level, signals = label["topic"], label["level"], label["signals"]
    rules = {
        "names": set(label) == LABELS and label["need"] in NEEDS and level in LEVELS,
        "risk is a level above 0": label["risk"] == int(level > 0),
        "transport has a topic": label["transport"] == int(topic in TOPICS) and (topic in TOPICS or topic == "-"),
        "signals": sorted(set(signals), key=SIGNALS.index) == signals,
        "elsewhere nothing": label["transport"] or (label["risk"], signals, label["event"]) == (0, [], None),
        # A suggestion or a question is on the sheet only where it names a danger, many people or an old grievance.
        "danger": label["need"] not in ("suggest", "ask") or not level or set(signals) & {"S", "C", "G", "R"},
        "old grievance": not level or "R" not in signals or level > 1,
        "casualty": "C" not in signals or level > 1,
    }
    return [name for name, kept in rules.items() if not kept]


def test_labels_keep_the_guideline():
    assert {post.key: faults(post) for post in POSTS if faults(post)} == {}


def test_posts_can_be_shown():
    for post in POSTS:
        assert 0 <= post.offset_minutes <= DAYS, post.key
        assert post.board in SHAPES, post.key
        assert post.likes >= 0, post.key
        assert post.title.strip() == post.title, post.key
        assert "\n" not in post.title, post.key
        assert post.body.strip(), post.key
        assert post.kind == "hostile" or (len(post.title) <= 40 and 5 <= len(post.body) <= 400), post.key


def test_keys_are_unique():
    assert max(Counter(post.key for post in POSTS).values()) == 1


def test_no_two_posts_say_the_same():
    assert max(Counter(post.body for post in POSTS).values()) == 1


def test_no_nick_stands_in_a_text_so_that_finding_one_in_the_product_proves_a_leak():
    text = "\n".join(f"{post.title}\n{post.body}\n{post.reply}" for post in POSTS)
    assert [post.nick for post in POSTS if post.nick in text] == []


def test_there_are_a_few_hundred_posts_of_which_about_a_quarter_are_not_about_transport():
    assert 320 <= len(POSTS) <= 400
    assert 80 <= sum(not post.expect["transport"] for post in POSTS) <= 110


@pytest.mark.parametrize(
    ("label", "least"),
    [
        ("topic", dict.fromkeys(TOPICS, 6) | {"road": 35, "project": 20, "transit": 25, "traffic": 22, "labour": 10}),
        ("need", {"complain": 150, "help": 35, "suggest": 35, "ask": 35}),
        ("level", {0: 120, 1: 70, 2: 60, 3: 15}),
    ],
)
def test_every_label_is_there_in_number(label: str, least: dict):
    counts = Counter(post.expect[label] for post in POSTS)
    assert {name: counts[name] for name, number in least.items() if counts[name] < number} == {}


def test_level_three_is_rare():
    assert sum(post.expect["level"] == 3 for post in POSTS) < 0.15 * sum(post.expect["risk"] for post in POSTS)


@pytest.mark.parametrize("signal", SIGNALS)
def test_every_signal_is_there(signal: str):
    assert sum(signal in post.expect["signals"] for post in POSTS) >= 6


def test_events_have_two_to_eight_posts_of_one_topic_by_several_people():
    events = defaultdict(list)
    for post in POSTS:
        if post.expect["event"]:
            events[post.expect["event"]].append(post)
    assert 33 <= len(events) <= 40
    for name, posts in events.items():
        assert 2 <= len(posts) <= 8, name
        assert len({post.nick for post in posts}) >= 2, name
        assert len({post.expect["topic"] for post in posts}) == 1, name
        assert max(post.offset_minutes for post in posts) > min(post.offset_minutes for post in posts), name


def test_posts_are_spread_over_every_day_and_lean_to_the_daytime():
    days = Counter((DAYS - post.offset_minutes) // 1440 for post in POSTS)
    assert min(days[day] for day in range(14)) >= 10
    hours = [(16 * 60 - post.offset_minutes) % 1440 // 60 for post in POSTS]
    assert sum(7 <= hour < 23 for hour in hours) > 0.93 * len(POSTS)
    assert sum(hour < 6 for hour in hours) >= 3


def test_a_hot_event_comes_in_a_burst():
    moments = sorted(post.offset_minutes for post in POSTS if post.expect["event"] == "e01")
    assert any(late - early <= 24 * 60 for early, late in zip(moments, moments[5:], strict=False))


def test_both_boards_get_half_and_some_posts_stand_on_both():
    counts = Counter(post.board for post in POSTS)
    assert abs(counts["json"] - counts["html"]) <= 10
    assert 20 <= counts["both"] <= 50


def test_some_posts_carry_personal_data_and_some_are_hostile():
    kinds = Counter(post.kind for post in POSTS)
    assert set(kinds) == {"", "pii", "hostile"}
    assert kinds["pii"] >= 15
    hostile = "".join(post.title + post.body for post in POSTS if post.kind == "hostile")
    for thing in ("<script>", "onerror=", "😡", "\u202e", "\u200b", "\u2028", "';", "{{"):
        assert thing in hostile
    assert max(len(line) for post in POSTS for line in post.body.split("\n")) > 2000


def test_replies_range_from_a_forwarding_note_to_a_full_answer():
    lengths = sorted(len(post.reply) for post in POSTS if post.reply)
    assert len(lengths) >= 60
    assert lengths[0] < 25
    assert lengths[-1] > 100


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.jsonl")), ids=lambda path: path.name)
def test_each_file_says_that_it_is_fiction(path: Path):
    header = json.loads(path.read_text(encoding="utf-8").split("\n", 1)[0])
    assert header["fictional"] is True
    assert "虚构" in header["note"]


def _write(folder: Path, *lines: object) -> Path:
    (folder / "x.jsonl").write_text("\n".join(json.dumps(line) for line in lines) + "\n", encoding="utf-8")
    return folder


ROW = {
    "key": "k",
    "title": "t",
    "body": "b",
    "offset_minutes": 1,
    "likes": 0,
    "nick": "n",
    "board": "json",
    "expect": {},
}
HEADER = {"fictional": True, "note": "虚构"}


def test_a_file_without_the_header_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match='line 1 must be a header with "fictional": true'):
        load_posts(_write(tmp_path, ROW))


@pytest.mark.parametrize("row", [{**ROW, "author": "x"}, {"key": "k"}, "text", {**ROW, "expect": None}])
def test_a_line_that_is_no_post_is_named(tmp_path: Path, row: object):
    with pytest.raises(ValueError, match=r"x\.jsonl: line 3 is not a demo post"):
        load_posts(_write(tmp_path, HEADER, ROW, row))


def test_an_unknown_board_is_named(tmp_path: Path):
    with pytest.raises(ValueError, match="line 2 has board 'radio'; it must be one of json, html, both"):
        load_posts(_write(tmp_path, HEADER, {**ROW, "board": "radio"}))


@pytest.mark.shared
def test_no_sentence_stands_in_the_real_data(shared: Path):
    spec = importlib.util.spec_from_file_location("leak_check", shared / "tools" / "leak_check.py")
    assert spec
    assert spec.loader
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    ours = {part for post in POSTS for part in check.sentences(f"{post.title}。{post.body}。{post.reply}")}
    assert len(ours) > 300
    assert ours & check.known() == set()
