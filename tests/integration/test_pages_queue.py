"""The analyst's queue: order, reasons, verdicts, undo, two analysts on one item."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import make_event, make_post, make_risk, make_user
from tracker.jobs.tasks import statistics
from tracker.ledger.models import Entry
from tracker.posts.models import Decision, Event, Verdict
from tracker.posts.selectors import queue
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk
from tracker.web.queue_page import LISTED

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]
LABELS = {"level": 2, "topic": "road", "need": "complain", "place": "青川市", "problem": "栏杆断开"}


@pytest.fixture
def client(desk):
    client = Client()
    client.force_login(desk.user("analyst"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def post(client, event: Event, act: str, **fields):
    return client.post(f"/queue/{event.pk}/{act}/", {"version": event.version, **fields})


def test_the_most_harmful_event_is_open_with_its_reasons_marked_up_and_down(client):
    make_event("收费多了两元", ("收费多了两元",), level=1, risk=0.6)
    worst = make_event("渡船超载离岸", ("渡船超载离岸，只是提个建议",), level=3, words=("超载离岸", "建议"))
    first = worst.posts.get()
    first.why[1]["weight"] = -0.7
    first.save()
    page = client.get("/queue/").content.decode()
    assert page.index("渡船超载离岸") < page.index("收费多了两元")
    assert '<mark class="up">超载离岸</mark>' in page
    assert '<mark class="down">建议</mark>' in page
    assert f'action="/queue/{worst.pk}/confirm/"' in page
    assert post(client, worst, "dismiss", reason="非交通事项").status_code == 303
    assert '<mark class="up2">超载离岸</mark>' in client.get(f"/queue/{worst.pk}/").content.decode()


def test_confirming_lists_it_with_the_corrected_labels_and_moves_on(client):
    event, following = make_event("栏杆断开"), make_event("路灯不亮", level=1)
    answer = post(client, event, "confirm", **LABELS | {"level": 3, "topic": "transit"})
    assert (answer.status_code, answer["Location"]) == (303, f"/queue/{following.pk}/")
    risk = Risk.objects.get()
    assert (risk.level, risk.topic, risk.event_id) == (3, "transit", event.pk)
    assert risk.number in client.get(answer["Location"]).content.decode()
    assert Verdict.objects.get().machine["level"] == 2


def test_dismissing_needs_a_reason_and_can_be_taken_back_step_by_step(client):
    events = [make_event(f"事项{n}") for n in range(3)]
    refused = post(client, events[0], "dismiss", note="")
    assert refused.status_code == 409
    assert "不列单要写明理由" in refused.content.decode()
    for event in events:
        assert post(client, event, "dismiss", reason="非交通事项", note="小区内部").status_code == 303
    assert set(Event.objects.values_list("decision", flat=True)) == {Decision.DISMISSED}
    assert Entry.objects.filter(act="event.dismissed").last().reason == "非交通事项：小区内部"
    for event in reversed(events):
        page = client.get("/queue/").content.decode()
        assert f'id="undo" class="undo" method="post" action="/queue/{event.pk}/restore/"' in page
        event.refresh_from_db()
        assert post(client, event, "restore").status_code == 303
        event.refresh_from_db()
        assert event.decision == Decision.PENDING
    assert 'id="undo"' not in client.get("/queue/").content.decode()


def test_a_listing_is_not_taken_back_but_says_who_can_and_hides_nothing_older(client):
    older, listed, newer = (make_event(f"事项{n}") for n in range(3))
    post(client, older, "dismiss", reason="非交通事项", note="小区内部")
    post(client, listed, "confirm", level=2, topic="road", need="complain", problem="", place="")
    number = Risk.objects.get().number
    page = client.get("/queue/").content.decode()
    bar = page[page.index('<div id="undo"') :].split("</div>")[0]
    assert f"已列单 {number}" in bar
    assert "由领导撤单" in bar
    assert f'href="/sheet/{number}/"' in bar
    assert "<form" not in bar
    assert f'id="undo-earlier" class="undo" method="post" action="/queue/{older.pk}/restore/"' in page
    post(client, listed, "restore")
    assert "已列单的请由领导撤单" in client.get("/queue/").content.decode()
    assert Risk.objects.get().state == State.LISTED
    post(client, newer, "dismiss", reason="非交通事项", note="小区内部")
    assert (
        f'id="undo" class="undo" method="post" action="/queue/{newer.pk}/restore/"'
        in client.get("/queue/").content.decode()
    )


def test_the_second_of_two_analysts_is_told_and_changes_nothing(desk, client):
    event = make_event("栏杆断开")
    other = Client()
    other.force_login(
        make_user("analyst2", ["analyst"], desk.department), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert post(other, event, "dismiss", reason="感谢或表扬").status_code == 303
    answer = post(client, event, "confirm", **LABELS)
    assert answer.status_code == 409
    assert "刚刚已由同事研判" in answer.content.decode()
    assert not Risk.objects.exists()


def test_a_double_click_lists_once(client):
    event = make_event("栏杆断开")
    assert post(client, event, "confirm", **LABELS).status_code == 303
    post(client, event, "confirm", **LABELS)
    assert Risk.objects.count() == 1


@pytest.mark.parametrize("fields", [{"level": 9}, {"level": "x"}, {"topic": "-"}, {"version": "oops"}, {"need": ""}])
def test_a_label_that_does_not_exist_is_refused_in_place(client, fields):
    event = make_event("栏杆断开")
    answer = client.post(f"/queue/{event.pk}/confirm/", {"version": event.version, **LABELS, **fields})
    assert answer.status_code == 409
    assert "请检查标出的地方" in answer.content.decode()
    assert not Risk.objects.exists()


def test_an_empty_queue_with_blind_sources_never_says_that_there_is_nothing(client):
    page = client.get("/queue/").content.decode()
    assert "不能说明没有隐患" in page
    assert "没有等待研判的事件" not in page


def test_htmx_gets_the_part_and_a_browser_the_page(client):
    event = make_event("栏杆断开")
    assert "<html" in client.get(f"/queue/{event.pk}/").content.decode()
    part = client.get(f"/queue/{event.pk}/", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "HX-Request" in part["Vary"]


def test_a_longer_queue_costs_no_more_queries(client, django_assert_num_queries):
    event = make_event("栏杆断开")
    client.get(f"/queue/{event.pk}/")  # the first page of a session is written into it
    with CaptureQueriesContext(connection) as short:
        client.get(f"/queue/{event.pk}/")
    for n in range(60):
        make_event(f"别的事{n}", level=1)
    for n in range(30):
        make_post(event, "同感", f"我也看到了{n}")
    with django_assert_num_queries(len(short)):
        page = client.get(f"/queue/{event.pk}/").content.decode()
    assert page.count("data-item") == LISTED


def test_two_events_become_one_and_apart_again_by_one_key(client):
    event, into = make_event("云桥护栏松动", ("一",)), make_event("云桥栏杆晃", ("二",), level=1)
    page = client.get(f"/queue/{event.pk}/").content.decode()
    assert f'<option value="{into.pk}">' in page
    answer = post(client, event, "merge", into=into.pk, reason="同一座桥")
    assert answer["Location"] == f"/queue/{into.pk}/"
    shown = client.get(answer["Location"]).content.decode()
    assert "刚刚并入：云桥护栏松动" in shown
    assert into.posts.count() == 2
    event.refresh_from_db()
    assert "这件事已并入" in client.get(f"/queue/{event.pk}/").content.decode()
    assert post(client, event, "restore").status_code == 303
    event.refresh_from_db()
    assert (event.decision, event.posts.count(), into.posts.count()) == (Decision.PENDING, 1, 1)


def test_merging_into_nothing_or_itself_is_refused_in_place(client):
    event = make_event("云桥护栏松动")
    for fields in ({"into": event.pk, "reason": "x"}, {"into": 999_999, "reason": "x"}, {"into": "", "reason": "x"}):
        assert post(client, event, "merge", **fields).status_code == 409
    event.refresh_from_db()
    assert event.decision == Decision.PENDING


def test_ticked_posts_become_an_event_of_their_own(client):
    event = make_event("桥和路", ("桥坏了", "路坏了", "桥也坏了"))
    chosen = event.posts.get(body="路坏了")
    page = client.get(f"/queue/{event.pk}/").content.decode()
    assert f'name="posts" value="{chosen.pk}" form="split"' in page
    answer = post(client, event, "split", posts=[chosen.pk], reason="不是一处")
    made = Event.objects.get(pk=answer["Location"].split("/")[2])
    assert list(made.posts.all()) == [chosen]
    event.refresh_from_db()
    everything = [p.pk for p in event.posts.all()]
    assert post(client, event, "split", posts=everything, reason="全部").status_code == 409
    assert post(client, event, "split", posts=[], reason="无").status_code == 409


def test_rules_and_precedents_stand_beside_what_the_machine_thinks(desk, person):
    made = make_risk(desk, State.CLOSED, event=make_event("老桥护栏断开", places=["青川市"]))
    event = make_event("危桥还在通车", ("桥面裂缝很宽，桥墩下沉",), places=["青川市"])
    page = person("analyst").get(f"/queue/{event.pk}/").content.decode()
    assert "规则保底" in page
    assert "桥梁有隐患" in page
    assert made.number in page
    assert "青川市交通运输局" in page
    elsewhere = make_event("灯不亮", ("灯不亮",), places=["别处"])
    page = person("analyst").get(f"/queue/{elsewhere.pk}/").content.decode()
    assert made.number not in page
    assert "规则保底" not in page


@pytest.mark.embedded
def test_the_queue_is_read_in_its_own_order_before_the_store_knows_its_tables(db):
    """An index of decisions once offered itself instead, and a million posts were sorted for every page."""
    plan = queue()[:40].explain()
    assert "event_queue" in plan
    assert "TEMP B-TREE" not in plan


def test_the_nightly_job_tells_the_store_what_is_in_its_tables(db):
    make_event()
    assert statistics() is False
    if connection.vendor == "sqlite":  # PostgreSQL keeps its statistics itself: there the job asks nothing of the store
        told = "SELECT tbl, idx, stat FROM sqlite_stat1 WHERE tbl IN ('posts_event', 'posts_post') ORDER BY tbl, idx"
        with connection.cursor() as cursor:
            index_by_index = cursor.execute(told).fetchall()
            for table in ("posts_event", "posts_post"):
                cursor.execute(f"ANALYZE {table}")
            assert index_by_index == cursor.execute(told).fetchall() != []
