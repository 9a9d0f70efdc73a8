"""The model's page for each role, its acts, and that nothing on the queue tells a blind sample from what was flagged."""

from __future__ import annotations

import random
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import make_event, make_post
from tests.integration.test_learning_store import below, built, confirm, made  # noqa: F401 - fixtures
from tracker.learning.audit import audit_draw
from tracker.learning.champion import champion
from tracker.learning.drifting import drift_watch
from tracker.ledger.models import Entry
from tracker.posts.heat import bursts_note
from tracker.posts.models import Event, Post, Statement
from tracker.posts.services import event_refresh
from tracker.posts.statements import in_force

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]


def text(client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status
    return answer.content.decode()


def test_an_empty_desk_shows_no_figure_it_cannot_have(person):
    page = text(person("manager"), "/model/")
    assert "还没有抽查过，不能说漏了多少" in page
    assert "还没有比较过" in page
    assert "出厂模型" in page
    assert "还没有。研判积累够了" in page
    assert "找出率约" not in page


def test_trying_limits_changes_nothing_and_saving_them_leaves_a_trail(person):
    client = person("manager")
    tried = text(client, "/model/?most_items_a_day=12&least_recall=0.9")
    assert 'name="most_items_a_day" value="12"' in tried
    assert "按此保存" in tried
    assert not Statement.objects.exists()
    given = {"most_items_a_day": "12", "least_recall": "0.9"}
    assert client.post("/model/costs/", given).status_code == 409
    answer = client.post("/model/costs/", given | {"reason": "每天一小时只看得完这些"})
    assert answer.status_code == 303
    assert (in_force("cost")["most_items_a_day"], in_force("cost")["least_recall"]) == (12, 0.9)
    assert in_force("cost")["threshold"] > 0
    assert Entry.objects.get(act="rule.set").subject == "rule:cost"


def test_a_reason_is_kept_without_what_no_store_keeps(person):
    given = {**in_force("audit"), "a_day": "4", "reason": "少抽\0一件" + "长" * 400}
    assert person("admin").post("/model/rule/audit/", given).status_code == 303
    reason = Statement.objects.get().reason
    assert reason.startswith("少抽一件")
    assert len(reason) == 300


def test_limits_out_of_bounds_are_said_in_place(person):
    assert "须在 0.5 到 0.999 之间" in text(person("admin"), "/model/?most_items_a_day=12&least_recall=3")
    assert "没有填对" in text(person("admin"), "/model/?most_items_a_day=many&least_recall=0.9")


def test_a_rule_is_set_by_those_who_may_and_refused_to_others(person):
    given = {**in_force("retrain"), "on": "on", "least": "100", "reason": "研判够多了"}
    refused = person("analyst").post("/model/rule/retrain/", given)
    assert refused.status_code == 409
    assert "您没有这个角色" in refused.content.decode()
    assert person("admin").post("/model/rule/retrain/", given).status_code == 303
    assert in_force("retrain")["on"] is True
    del given["on"]
    assert person("admin").post("/model/rule/retrain/", given | {"reason": "先停"}).status_code == 303
    assert in_force("retrain")["on"] is False, "a box that is not ticked is sent by no browser"
    assert person("admin").post("/model/rule/nothing/", given).status_code == 404


def test_a_challenger_is_shown_before_and_after_promoted_and_taken_back(person, built):  # noqa: F811
    admin = person("admin")
    page = text(admin, "/model/")
    assert "19/20 · 95%" in page
    assert f"/model/promote/{built.version}/" in page
    assert "启用由管理员办理" in text(person("manager"), "/model/")
    assert admin.post(f"/model/promote/{built.version}/", {"reason": ""}).status_code == 409
    assert admin.post(f"/model/promote/{built.version}/", {"reason": "不漏"}).status_code == 303
    assert champion() == built.version
    assert "退回上一个模型" in text(admin, "/model/")
    assert admin.post("/model/rollback/", {"reason": "误报多"}).status_code == 303
    assert champion() == ""


def test_a_challenger_that_finds_less_shows_why_and_no_button(person, built):  # noqa: F811
    built.comparison["recent"][1]["serious_flagged"] = [17, 20]
    built.save()
    page = text(person("admin"), "/model/")
    assert "不能启用：在“近期研判”上" in page
    assert "/model/promote/" not in page
    assert 'aria-label="变差"' in page


def test_drift_is_said_in_words(person):
    class Reader:
        version = "test-1"

        def unknown_share(self, _text):
            return 0.1

    now = timezone.now()
    event = make_event("事", (), now=now)
    for n in range(120):
        make_post(event, "旧", "老话", risk=n % 10 / 10, discovered_at=now - timedelta(days=20))
        make_post(event, "新", "老话", risk=0.95, discovered_at=now - timedelta(days=2))
    drift_watch(now=now, model=Reader())
    page = text(person("auditor"), "/model/")
    assert "变化很大，应当重新训练或检查来源" in page
    assert "稳定" in page


def test_an_alarm_prints_its_numbers_on_trends_and_says_what_is_counted(person):
    now = timezone.now()
    event = make_event("望江路塌陷", (), now=now)
    for n in range(4):
        make_post(event, "望江路塌陷", "路面塌了。", published_at=now - timedelta(hours=n))
    event_refresh([event.pk])
    bursts_note(events=[event.pk], now=now)
    page = text(person("manager"), "/trends/")
    assert "24 小时 4 帖（平时 0.0，昨日同时段 0，上周同时段 0）" in page
    assert "认不出的按帖子数" in page
    queue = text(person("analyst"), f"/queue/{event.pk}/")
    assert "24 小时 4 帖" in queue
    assert "突增 " in queue


def test_the_hottest_events_are_drawn_and_counted(person):
    now = timezone.now()
    assert "近 30 天没有不止一帖或有人点赞的事件" in text(person("manager"), "/trends/")
    for title, posts in (("望江路塌陷", 5), ("柳岸小区噪声", 2)):
        event = make_event(title, (), now=now)
        for n in range(posts):
            make_post(event, title, "又一帖。", published_at=now - timedelta(days=n), likes=0)
        event_refresh([event.pk])
    old = make_event("去年的事", ("一", "二", "三"), now=now - timedelta(days=300))
    page = text(person("manager"), "/trends/")
    section = page.split("近 30 天最热的事件")[1].split("</section>")[0]
    titles = re.findall(r"<bdi>(.*?)</bdi>", page.split("最热的事件，数字")[1].split("</table>")[0])
    assert titles == ["望江路塌陷", "柳岸小区噪声"]
    assert '<td class="num" data-label="帖数">5</td>' in page
    assert old.title not in titles
    assert "/queue/" not in section
    assert "/queue/" in text(person("analyst"), "/trends/").split("最热的事件，数字")[1].split("</table>")[0]


def test_the_nearest_case_stands_beside_an_event(desk, person):
    from analysis.api import EventIndex
    from analysis.records import Text

    index = EventIndex()
    events = {}
    for title, body in (
        ("望江路与青石街交叉口缺红绿灯", "望江路与青石街交叉口没有红绿灯，放学时很危险。"),
        ("柳岸小区旁搅拌站夜里太吵", "搅拌站的水泥车通宵进出，柳岸小区的居民无法入睡。"),
        ("青石街路口请装红绿灯", "青石街与望江路交叉口的红绿灯一直没有装，很危险。"),
    ):
        post = below(title, 0.6)
        Post.objects.filter(pk=post.pk).update(
            flagged=True, level=2, body=body, signature=index.add(Text(str(post.pk), title, body)).signature
        )
        event_refresh([post.pk])
        events[title[:3]] = Event.objects.get(pk=post.pk)
    for name in ("望江路", "柳岸小"):
        confirm(desk, events[name])
    page = text(person("analyst"), f"/queue/{events['青石街'].pk}/")
    case = page.split("最像的已列单事项")[1].split("</details>")[0]
    assert "望江路与青石街交叉口缺红绿灯" in case
    assert re.search(r"相似 \d+%", case)


# --- blindness


def seen(client, event: int) -> str:
    """The page with this event open, without what differs between any two events: keys and form tokens."""
    page = text(client, f"/queue/{event}/")
    panel = page[page.index('id="panel"') :]
    row = re.search(rf'<li><a href="/queue/{event}/".*?</li>', page, re.DOTALL).group(0)
    return re.sub(r'(value="[A-Za-z0-9]{64}"|/t/\d+|demo:\d+)', "", row + panel).replace(f"/{event}/", "/E/")


def test_no_byte_of_the_queue_tells_a_sample_from_what_was_flagged(desk, person):
    """Two posts with the same words, one flagged with little confidence, one far below the threshold and of no event."""
    now = timezone.now()
    words = {
        "title": "路边的招牌歪了",
        "risk": 0.2,
        "topic": "other",
        "level": 0,
        "signals": "",
        "places": [],
        "transport": 0.3,
    }
    at = now - timedelta(days=1)
    flagged = make_event(words.pop("title"), (), now=at)
    make_post(flagged, "路边的招牌歪了", "正文。", **words)
    event_refresh([flagged.pk])
    sample = below("路边的招牌歪了", 0.001, day=at, event=False)
    Post.objects.filter(pk=sample.pk).update(topic="-", signals="", transport=0.01)
    assert audit_draw(now=now, threshold=0.13, chance=random.Random(1)) == 1
    # both are open beside each other, so the lists hold the same rows; what they offer for merging is the other one
    one, other = (
        re.sub(r'<option value="\d+">', "<option>", seen(person("analyst"), pk)) for pk in (flagged.pk, sample.pk)
    )
    assert "路边的招牌歪了" in one
    assert one == other


def test_the_page_costs_the_same_with_many_records(person, desk):
    client = person("manager")
    with CaptureQueriesContext(connection) as few:
        client.get("/model/")
    for n in range(12):
        confirm(desk, make_event(f"事{n}", now=timezone.now()), now=timezone.now())
    with CaptureQueriesContext(connection) as many:
        client.get("/model/")
    assert len(many) <= len(few)
