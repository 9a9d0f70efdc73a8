"""A blind sample looks like what was flagged: nothing in the page, its order or its reasons tells which of two is one."""

from __future__ import annotations

import random
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from analysis.api import Analyser
from analysis.records import Text
from tests.factories import make_event, make_post
from tracker.learning.audit import audit_draw
from tracker.learning.models import Draw
from tracker.posts.blind import label_sureness, leanings, sureness, told_level
from tracker.posts.models import Event, Post
from tracker.posts.selectors import queue
from tracker.posts.services import event_refresh

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]
TITLE, BODY = "路边的招牌歪了", "招牌歪了半个月，路过的人都绕着走，希望有人来看看。"
WORDS = ("招牌", "歪了半个月", "绕着走", "希望")
# What the machine says of the two: one a little above the threshold, one far below it and outside the sector.
LOW = {
    "sure": [0.1, 0.6, 0.9],
    "risk": 0.2,
    "transport": 0.6,
    "topic": "other",
    "level": 1,
    "signals": "",
    "places": [],
}
NONE = {
    "sure": [0.99, 0.99, 0.9],
    "risk": 0.001,
    "transport": 0.01,
    "topic": "-",
    "level": 0,
    "signals": "",
    "places": [],
    "flagged": False,
}


def reasons(weights: list[float]) -> list[dict[str, object]]:
    full = f"{TITLE}\n{BODY}"
    found = zip(WORDS, weights, strict=True)
    spans = [{"text": w, "weight": x, "start": full.rindex(w), "end": full.rindex(w) + len(w)} for w, x in found]
    return sorted(spans, key=lambda span: -abs(float(str(span["weight"]))))


@pytest.fixture
def two(desk):
    """(flagged, sample): the same words of yesterday, opposite opinions."""
    now = timezone.now()
    at = now - timedelta(days=1)
    flagged = make_event(TITLE, (), now=at)
    make_post(flagged, TITLE, BODY, **LOW)
    flagged.posts.update(why=reasons([1.4, 0.6, 0.9, 0.1]))
    posted = flagged.posts.get().published_at
    Event.objects.filter(pk=flagged.pk).update(opened_at=posted, last_at=posted)
    event_refresh([flagged.pk])
    holder = make_event("占位", (), now=at)
    post = make_post(holder, TITLE, BODY, **NONE)
    Post.objects.filter(pk=post.pk).update(event=None, why=reasons([-0.1, -0.9, -0.6, -1.4]))
    holder.delete()
    for n in range(12):  # others that wait, of every level and sureness
        make_event(f"别的事{n}", now=at, risk=0.15 + n * 0.07, level=n % 4, topic="taxi", places=["别处"])
    assert audit_draw(now=now, threshold=0.13, chance=random.Random(2)) == 1
    return flagged, Event.objects.get(pk=Draw.objects.get().event_id)


def shown(client: Client, event: Event, other: Event) -> str:
    """The page of `event` without what differs between any two: keys, the token of the form, what is marked as open."""
    page = client.get(f"/queue/{event.pk}/").content.decode()
    panel = page[page.index('id="panel"') : page.index("</main>")]
    panel = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", panel)
    panel = re.sub(r"https://board.example/t/\d+", "", panel)  # where each was seen
    return re.sub(rf"\b({event.pk}|{other.pk})\b", "KEY", panel)


def test_the_page_of_a_sample_is_that_of_what_was_flagged_to_the_letter(two, person):
    flagged, sample = two
    client = person("analyst")
    assert shown(client, flagged, sample) == shown(client, sample, flagged)
    page = client.get(f"/queue/{sample.pk}/").content.decode()
    assert page.count('<mark class="up">') == 1 + 2  # the one of the legend, and the upper half of four reasons
    assert page.count('<mark class="down">') == 1 + 2
    assert "up2" not in page
    rows = re.findall(r'<a href="/queue/\d+/"[^>]*data-item[^>]*>(.*?)</a>', page, re.DOTALL)
    assert len({row for row in rows if TITLE in row}) == 1


def test_a_sample_stands_among_those_that_read_like_it(two):
    _flagged, sample = two
    lent = [event for event in queue() if event.harm == sample.drawn and event.pk != sample.pk]
    assert lent
    assert {(told_level(event.level), sureness(event.risk)) for event in lent} == {(1, 1)}


def test_a_serious_one_that_was_passed_over_stands_among_the_serious(desk):
    now = timezone.now()
    at = now - timedelta(days=1)
    for n in range(8):
        make_event(f"别的事{n}", now=at - timedelta(days=2), risk=0.2 + n / 50, level=1 + n % 3)
    passed = make_event("桥面有裂纹", now=at, risk=0.1, level=2, flagged=False)
    Post.objects.filter(event=passed).update(event=None)
    key = Post.objects.get(event=None).pk
    passed.delete()
    assert audit_draw(now=now, threshold=0.13, chance=random.Random(1)) == 1
    levels = [told_level(event.level) for event in queue()]
    assert levels == sorted(levels, reverse=True)
    assert Event.objects.get(pk=key).level == 2


CHANCES = st.lists(st.floats(0, 1), min_size=3, max_size=3)


@given(CHANCES, CHANCES, st.floats(0, 0.49), st.floats(0, 0.49))
def test_how_sure_the_machine_is_of_a_label_tells_no_sample(flagged, sample, risk, less):
    """Below the middle every level is told as unsure, and no field that was not named is told as sure."""
    need = flagged[2]
    one = label_sureness([*flagged[:2], need], level=1, topic="other", risk=risk)
    other = label_sureness([*sample[:2], need], level=0, topic="-", risk=less)
    assert one == other == {"level": 1, "need": sureness(need)}


def test_each_label_is_told_with_its_own_sureness(desk, person):
    event = make_event(risk=0.9, level=2, topic="road", sure=[0.6, 0.95, 0.3])
    page = person("analyst").get(f"/queue/{event.pk}/").content.decode()
    labels = page[page.index('class="machine"') :].split("</dl>")[0]
    words = "把握不大|较有把握|很有把握"
    assert re.findall(words, labels) == ["很有把握", "较有把握", "很有把握", "把握不大"]
    old = make_event("旧帖", risk=0.9, level=2, sure=None)
    page = person("analyst").get(f"/queue/{old.pk}/").content.decode()
    labels = page[page.index('class="machine"') :].split("</dl>")[0]
    assert re.findall(words, labels) == ["很有把握"], "of what was read before, only the whole"


WEIGHT = st.floats(-3, 3).filter(lambda x: abs(x) > 1e-3)


@given(st.lists(WEIGHT, min_size=1, max_size=8, unique=True), st.floats(-5, 5))
def test_how_many_lean_which_way_follows_from_how_many_there_are(weights, shift):
    why = [{"text": "x", "weight": w, "start": at, "end": at + 1} for at, w in enumerate(weights)]
    tones = [span["weight"] for span in leanings(why)]
    assert sum(tone > 0 for tone in tones) == (len(why) + 1) // 2
    assert {abs(tone) for tone in tones} == {0.5}
    moved = [span | {"weight": round(span["weight"] + shift, 9)} for span in why]
    if len({span["weight"] for span in moved}) == len(moved):
        assert leanings(moved) == leanings(why), "how high the whole text scores changes nothing"


def test_the_machine_gives_as_many_reasons_for_as_against_whatever_it_decides():
    texts = [
        Text("1", "大桥护栏断了十米", "早上经过看到护栏断了一大截，下面就是江，学生放学从这里走，昨天有人差点掉下去，请尽快派人来修，也希望以后多巡查，谢谢。"),
        Text("2", "隧道里灯全灭了", "隧道照明坏了一个月，对面来车看不清，已经追尾两次，咨询过小区物业，说不归他们管，请问到底归哪个部门，麻烦回复。"),
        Text("3", "小区物业乱收停车费", "我们小区物业今年把停车费涨了一倍，业主群里都在说，物业经理不理人，请问这样合不合规定，路口的车也停得很乱，很危险。"),
        Text("4", "咨询公积金怎么提取", "我在本地工作三年了，想提取公积金付房租，请问需要带什么材料，窗口几点下班，从家里坐公交过去要一个小时，路上经常堵车。"),
    ]  # fmt: skip
    found = Analyser.load().assess(texts)
    assert {said.flagged for said in found} == {True, False}
    for said in found:
        learned = [reason for reason in said.why if reason.weight not in (2.0, 4.0, 6.0)]  # without a severity floor
        assert sum(reason.weight > 0 for reason in learned) == 3, (said.why,)
        assert sum(reason.weight < 0 for reason in learned) == 3, (said.why,)
