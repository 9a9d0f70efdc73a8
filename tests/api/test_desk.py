"""Acts on many items, saved views, search, own addresses, the ladder and webhooks over the API: what the pages offer, no more."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import NOW, make_event, make_post, make_risk
from tests.integration.test_learning_store import below
from tracker.learning.audit import audit_draw
from tracker.ledger.models import Entry
from tracker.notify.addresses import code_of
from tracker.notify.models import Address, LadderStep, Notice, Outgoing
from tracker.outward.models import Hook
from tracker.posts.models import Event, Post
from tracker.posts.services import event_refresh
from tracker.risks.lifecycle import State
from tracker.risks.many import BULK
from tracker.risks.models import Risk, SavedView

pytestmark = pytest.mark.django_db
ROBOT = "https://oapi.dingtalk.com/robot/send?access_token=abc123"


class TestMany:
    def test_the_preview_says_what_would_be_refused_and_does_nothing(self, desk, program):
        listed, assigned = make_risk(desk), make_risk(desk, State.ASSIGNED)
        ask = program("dispatcher")
        before = Entry.objects.count()
        numbers = [listed.number, assigned.number, "YD-1999-00001"]
        found = ask.post("/many/assign/preview", {"numbers": numbers}).json()
        assert [row["number"] for row in found["done"]] == [listed.number]
        ((refused),) = found["refused"]
        assert refused["number"] == assigned.number
        assert "的事项不能交办" in refused["sentence"]
        assert Entry.objects.count() == before

    def test_each_is_an_act_of_its_own_and_a_repetition_changes_nothing(self, desk, program):
        mine, moved = make_risk(desk), make_risk(desk)
        items = [{"number": mine.number, "version": 1}, {"number": moved.number, "version": 7}]
        body, ask = {"items": items, "unit": "road", "requirements": "现场核实"}, program("dispatcher")
        found = ask.post("/many/assign", body).json()
        assert [(row["number"], row["state"], row["version"]) for row in found["done"]] == [
            (mine.number, "assigned", 2)
        ]
        assert found["refused"][0]["number"] == moved.number
        assert "刚刚已被他人办理" in found["refused"][0]["sentence"]
        count = Entry.objects.count()
        again = ask.post("/many/assign", body).json()
        assert [row["number"] for row in again["done"]] == [mine.number]
        assert Entry.objects.count() == count

    def test_a_key_makes_it_once(self, desk, program):
        risk = make_risk(desk, State.ASSIGNED)
        body, ask = (
            {"items": [{"number": risk.number, "version": risk.version}], "reason": "请抓紧"},
            program("dispatcher"),
        )
        first, second = (ask.post("/many/remind", body, **{"Idempotency-Key": "k"}) for _ in range(2))
        assert second["Idempotent-Replay"] == "true"
        assert first.json() == second.json()
        assert Entry.objects.filter(act="risk.remind").count() == 1

    @pytest.mark.parametrize("act", BULK)
    def test_what_one_may_not_see_or_do_is_not_done(self, desk, program, act):
        risk = make_risk(desk, State.ASSIGNED)
        items = {"items": [{"number": risk.number, "version": risk.version}]}
        words = {"unit": "port", "requirements": "x"} if act == "assign" else {} if act == "sign" else {"reason": "x"}
        for who in ("other_handler", "auditor"):
            found = program(who).post(f"/many/{act}", items | words)
            assert found.status_code == 200
            assert found.json()["done"] == []
            assert bool(found.json()["refused"]) is (who == "auditor")
        assert Risk.objects.get().version == risk.version

    @pytest.mark.parametrize(
        ("path", "body"),
        [("/many/verify", {}), ("/many/verify/preview", {"numbers": ["x"]}), ("/many/sign", {"items": []}),
         ("/many/assign", {"items": [{"number": "x", "version": 1}], "unit": "none", "requirements": "x"})],
    )  # fmt: skip
    def test_what_is_no_act_on_many_is_told_so(self, desk, program, path, body):
        assert program("dispatcher").post(path, body).status_code in (404, 422)


def test_views_are_the_same_as_on_the_page_and_nobody_elses(desk, program, person):
    mine, other = program("dispatcher"), program("manager")
    given = {"name": "逾期三级", "level": 3, "overdue": True, "since": "2026-11-01", "columns": ["place", "nonsense"]}
    view = mine.post("/views", given).json()
    assert view["query"] == "level=3&since=2026-11-01&overdue=on&cols=place"
    assert mine.get(f"/risks?{view['query']}").status_code == 200
    assert "逾期三级" in person("dispatcher").get("/sheet/").content.decode()
    assert [row["name"] for row in mine.get("/views").json()] == ["逾期三级"]
    assert other.get("/views").json() == []
    assert other.post(f"/views/{view['id']}/drop").status_code == 404
    mine.post("/views", {"name": "逾期三级", "level": 2})
    assert SavedView.objects.get().query == "level=2"
    for n in range(19):
        assert mine.post("/views", {"name": str(n)}).status_code == 200
    assert mine.post("/views", {"name": "一个太多"}).status_code == 422
    assert mine.post("/views", {"name": " "}).status_code == 422
    assert mine.post(f"/views/{view['id']}/drop").status_code == 204
    assert not SavedView.objects.filter(name="逾期三级").exists()


def test_a_search_finds_items_and_posts_page_by_page(desk, program):
    risk = make_risk(
        desk, event=make_event("渡口栈桥木板断裂", ("渡口栈桥断了一块。", "渡口栈桥又断了。", "渡口栈桥没人修。"))
    )
    make_event("别处的事", ("与此无关。",))
    ask = program("auditor")
    first = ask.get("/search?words=渡口 栈桥&limit=2").json()
    assert [row["number"] for row in first["items"]] == [risk.number]
    assert len(first["posts"]) == 2
    assert {post["event"] for post in first["posts"]} == {risk.event_id}
    second = ask.get(f"/search?words=渡口 栈桥&limit=2&before={first['before']}").json()
    assert (len(second["posts"]), second["items"]) == (1, [])
    assert "数据源" in first["coverage"]
    assert ask.get("/search?words=渡口不存在").json()["posts"] == []
    assert ask.get("/search?words=").status_code == 422
    assert program("handler").get("/search?words=渡口").status_code == 403


def test_ones_own_address_is_set_confirmed_and_ended_and_never_shown(desk, program):
    ask = program("handler")
    assert ask.post("/account/addresses", {"channel": "webhook", "target": "https://a.example"}).status_code == 403
    assert ask.post("/account/addresses", {"channel": "dingtalk", "target": "https://a.example"}).status_code == 422
    made = ask.post("/account/addresses", {"channel": "dingtalk", "target": ROBOT})
    assert (made.status_code, made.json()["confirmed_at"]) == (200, None)
    assert "abc123" not in made.content.decode() + ask.get("/account/addresses").content.decode()
    assert ask.post("/account/addresses/confirm", {"channel": "dingtalk", "code": "nein"}).status_code == 422
    good = {"channel": "dingtalk", "code": code_of(Address.objects.get())}
    assert program("manager").post("/account/addresses/confirm", good).status_code == 422
    assert ask.post("/account/addresses/confirm", good).json()["confirmed_at"]
    assert ask.post("/account/addresses/end", {"channel": "dingtalk"}).status_code == 204
    acts = Entry.objects.filter(subject="address:handler").values_list("act", flat=True)
    assert list(acts) == ["address.set", "address.confirm", "address.end"]


def test_a_rung_is_rehearsed_without_sending_and_then_switched(desk, program):
    make_risk(desk, State.HANDLING, now=timezone.now() - timedelta(days=20))
    admin = program("admin")
    found = admin.get("/ladder/treat-75/rehearsal").json()
    assert (found["notices"], len(found["spoken"])) == (1, 1)
    assert (
        admin.get("/ladder/treat-75/rehearsal?since=2001-01-01T00:00:00&until=2001-02-01T00:00:00Z").json()["notices"]
        == 0
    )
    assert not Notice.objects.exists()
    assert program("auditor").post("/ladder/treat-75/switch", {"on": True}).status_code == 403
    assert admin.post("/ladder/treat-75/switch", {"on": True}).json()["enabled_since"]
    assert admin.post("/ladder/none/switch", {"on": True}).status_code == 404
    assert {row["code"] for row in admin.get("/ladder").json() if row["enabled_since"]} == {"treat-75"}
    admin.post("/ladder/treat-75/switch", {"on": False})
    assert not LadderStep.objects.exclude(enabled_since=None).exists()
    assert Entry.objects.filter(act="notice.switch").count() == 2


def test_what_could_not_be_sent_is_listed_without_its_words_and_sent_again(desk, program):
    lost = Outgoing.objects.create(key="k", owner="handler", channel="email", title="题", body="内容", made_at=NOW,
                                   next_at=NOW, given_up_at=NOW, problem="没有接收")  # fmt: skip
    admin = program("admin")
    (row,) = admin.get("/outgoing").json()
    assert (row["problem"], "body" in row) == ("没有接收", False)
    assert admin.post(f"/outgoing/{lost.pk}/retry").status_code == 204
    assert admin.post(f"/outgoing/{lost.pk}/retry").status_code == 422
    assert Outgoing.objects.get().given_up_at is None


def test_a_webhook_is_set_up_and_its_secret_is_in_no_kept_answer(desk, program):
    admin, auditor = program("admin"), program("auditor")
    body = {"name": "city", "url": "https://city.example/in", "acts": ["risk.assign"], "unit": "road"}
    made = admin.post("/hooks", body, **{"Idempotency-Key": "once"}).json()
    assert (made["acts"], made["unit"], made["waiting"]) == (["risk.assign"], "road", 0)
    for wrong in ({"url": "http://city.example"}, {"acts": ["risk.fly"]}, {"unit": "none"}, {"name": "x y"}, {}):
        assert admin.post("/hooks", body | {"name": "other" if wrong else "city"} | wrong).status_code == 422
    assert auditor.get("/hooks").json()[0]["name"] == "city"
    assert auditor.get("/hooks/city/secret").status_code == 403
    secret = admin.get("/hooks/city/secret").json()["secret"]
    assert len(secret) == 64
    assert secret not in str(made)
    assert Entry.objects.get(act="read.hook").actor == "admin"
    assert admin.post("/hooks/city/end").status_code == 204
    assert admin.post("/hooks/city/end").status_code == 422
    assert admin.get("/hooks/city/secret").status_code == 404
    assert Hook.objects.get().ended_at


def test_no_answer_tells_a_blind_sample_from_what_was_flagged(desk, program):
    """Two posts with the same words, one flagged with little confidence, one far below the threshold and of no event."""
    now = timezone.now()
    at, title = now - timedelta(days=1), "路边的招牌歪了"
    flagged = make_event(title, (), now=at)
    labels = {"risk": 0.2, "topic": "other", "level": 0, "signals": "", "places": [], "transport": 0.3}
    make_post(flagged, title, "正文。", words=["招牌"], **labels)
    # As intake opens an event: at the time its first post was published.
    published = flagged.posts.get().published_at
    Event.objects.filter(pk=flagged.pk).update(opened_at=published, last_at=published)
    event_refresh([flagged.pk])
    sample = below(title, 0.001, day=at, event=False)
    why = [{"text": "招牌", "weight": 0.01, "start": 3, "end": 5}]
    Post.objects.filter(pk=sample.pk).update(topic="-", signals="", transport=0.01, why=why)
    assert audit_draw(now=now, threshold=0.13, chance=random.Random(1)) == 1
    ask = program("analyst")
    rows = {row["id"]: row for row in ask.get("/queue").json()["items"]}
    assert set(rows) == {flagged.pk, sample.pk}
    whole = {pk: ask.get(f"/events/{pk}").json() for pk in rows}
    found = {post["event"]: post for post in ask.get(f"/search?words={title}").json()["posts"]}
    for told in (rows, whole, found):
        one, other = (_without_keys(told[pk]) for pk in (flagged.pk, sample.pk))
        assert one == other
    assert not {"risk", "harm", "weight", "transport"} & _names([rows, whole, found])


def _without_keys(value):
    """`value` without what differs between any two events: keys, addresses."""
    if isinstance(value, dict):
        return {k: _without_keys(v) for k, v in value.items() if k not in ("id", "event", "links")}
    return [_without_keys(v) for v in value] if isinstance(value, list) else value


def _names(value) -> set[str]:
    if isinstance(value, dict):
        return {k for k in value if isinstance(k, str)}.union(*(_names(v) for v in value.values()))
    return set().union(*(_names(v) for v in value)) if isinstance(value, list) else set()


def test_an_administrator_keeps_units_retention_and_addresses(desk, program, web):
    admin, auditor = program("admin"), program("auditor")
    unit = {"code": "county", "name": "青川县交通运输局", "parent": "road", "prefecture": "青川市"}
    assert admin.post("/units/add", unit).json()["path"] == "/dept/road/county/"
    for wrong, status in (({}, 403), ({"parent": "none"}, 404), ({"code": "a/b"}, 403), ({"name": ""}, 422)):
        assert (
            admin.post("/units/add", unit | {"code": "county" if not wrong else "other"} | wrong).status_code == status
        )
    assert auditor.post("/units/add", unit | {"code": "mine"}).status_code == 403
    rule = {"what": "answers", "days": 3, "reason": "够用"}
    assert auditor.post("/privacy/rules", rule).status_code == 403
    assert admin.post("/privacy/rules", rule).json() == {"what": "answers", "days": 3}
    assert {"what": "answers", "days": 3} in auditor.get("/privacy/rules").json()
    assert {found["code"] for found in auditor.post("/privacy/check").json()["findings"]}
    robot = {"owner": "unit:county", "channel": "dingtalk", "target": ROBOT}
    assert auditor.post("/addresses", robot).status_code == 403
    assert admin.post("/addresses", robot).json()["confirmed_at"]
    assert admin.post("/addresses", robot | {"owner": "unit:none"}).status_code == 422
    listed = auditor.get("/addresses")
    assert [row["owner"] for row in listed.json()] == ["unit:county"]
    assert "abc123" not in listed.content.decode()
    assert admin.post("/addresses/end", {"owner": "unit:county", "channel": "dingtalk"}).status_code == 204
    assert not Address.objects.exists()
