"""The pages of the sources: state and alarms in the reader's language, the kept page, a test, a crawl at once, work orders."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from crawlers.api import Alarm, CrawlReport, cause, read_batches, sources
from crawlers.records import FetchInfo, Post
from tests.factories import NOW, make_event
from tracker.demo.seed import catalogue_write
from tracker.intake.health import crawl_record
from tracker.intake.known import known_sources
from tracker.intake.models import CrawlWish, ImportMap, SourceAlarm, SourceState
from tracker.jobs import tasks
from tracker.ledger.models import Entry
from tracker.posts.models import Sighting
from tracker.web import sources_page
from tracker.web.card_form import WRONG

pytestmark = pytest.mark.django_db


def report(state, *causes, run="r1", now=NOW, alarms=(), **counts):
    reason = "said in English" if causes else ""
    return CrawlReport("demo-api", run, now, now, state, reason, causes=causes, alarms=alarms, **counts)


@pytest.fixture
def board(web):
    (web / "catalogue").mkdir()
    catalogue_write(web / "catalogue", "http://127.0.0.1:9")
    return web


def shown(person, who="manager", url="/sources/", **headers):
    answer = person(who).get(url, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_reasons_and_alarms_are_said_in_the_readers_language(board, person):
    wall = cause("list-walled", page=1, why=cause("asks-for-captcha"))
    crawl_record(report=report("blocked", wall, alarms=(Alarm("captcha", wall),), page="demo-api/r1.txt"))
    page = shown(person)
    assert "网站要求输入验证码；不会绕过" in page
    assert "被验证码或登录挡住" in page
    assert "said in English" not in page
    assert "/sources/demo-api/page/r1/" in page
    client = person("manager")
    client.cookies["django_language"] = "en"
    assert "the board answers with a captcha" in client.get("/sources/").content.decode()


def test_an_alarm_lasts_until_the_source_is_healthy_and_is_one_row_meanwhile(board, person):
    quiet = cause("zero", n=0, expected=16, least=9)
    for hour in range(3):
        now = NOW + timedelta(hours=hour)
        crawl_record(
            report=report("degraded", quiet, run=f"r{hour}", now=now, alarms=(Alarm("zero", quiet),), day_usual=16.0)
        )
    alarm = SourceAlarm.objects.get()
    assert (alarm.raised_at, alarm.last_at, alarm.cleared_at) == (NOW, NOW + timedelta(hours=2), None)
    page = shown(person, url="/sources/demo-api/")
    assert "24 小时没有一条新帖，而同期通常有 16 条" in page
    assert page.count("没有新帖</b>") == 1
    late = report("down", cause("no-answer", host="x"), run="late", now=NOW - timedelta(hours=1))
    crawl_record(report=late)
    assert SourceState.objects.get().state == "degraded", "a report that comes late changes nothing"
    crawl_record(report=report("ok", run="good", now=NOW + timedelta(hours=4), new=5))
    assert SourceAlarm.objects.get().cleared_at is not None
    assert "最近一次运行一切正常" in shown(person, url="/sources/demo-api/")


def test_a_source_that_has_not_run_for_long_is_not_called_healthy(board, person):
    crawl_record(report=report("ok", run="old", now=timezone.now() - timedelta(days=3), new=5))
    page = shown(person, url="/sources/demo-api/")
    assert '<span class="state amber">久未采集</span>' in page
    crawl_record(report=report("ok", run="new", now=timezone.now(), new=5))
    assert '<span class="state green">正常</span>' in shown(person, url="/sources/demo-api/")


def test_a_post_that_is_gone_at_its_source_is_marked_and_stays(board, person):
    make_event()
    sighting = Sighting.objects.first()
    gone = report("ok", gone=(sighting.key,))
    crawl_record(report=CrawlReport(**{**{n: getattr(gone, n) for n in gone.__slots__}, "source": sighting.source}))
    assert Sighting.objects.get(pk=sighting.pk).gone_at == NOW
    assert "来源已删除" in shown(person, "analyst", "/queue/")


def test_a_test_shows_what_would_be_taken_and_saves_nothing(board, person, monkeypatch):
    post = Post("demo-api", "7", "", "渡口栏杆松动", "一推就晃，电话[电话]。", None, FetchInfo(NOW, "", "dry"))
    monkeypatch.setattr(sources_page, "test_source", lambda _name, **_kw: [post])
    page = person("admin").post("/sources/demo-api/test/").content.decode()
    assert "会采到这些" in page
    assert "读不出时间" in page
    assert not SourceState.objects.exists()


def test_a_test_of_a_board_that_is_down_says_so(board, person):
    answer = person("admin").post("/sources/demo-api/test/")
    assert answer.status_code == 422
    assert "refuses connections" in answer.content.decode()


def test_a_crawl_at_once_is_one_wish_and_waits_while_the_source_is_crawled(board, person, monkeypatch):
    for _ in range(2):
        assert person("analyst").post("/sources/demo-api/crawl/").status_code == 303
    assert CrawlWish.objects.get().asked_by == "analyst"
    asked = []
    answers = iter([[report("skipped", cause("running"))], [report("ok")]])
    monkeypatch.setattr(tasks, "_crawl", lambda source, *, asked: said.append((source, asked)) or next(answers))
    said = asked
    assert tasks.wishes()
    assert CrawlWish.objects.exists(), "another crawl holds it: it goes on waiting"
    assert tasks.wishes()
    assert (CrawlWish.objects.exists(), tasks.wishes()) == (False, False)
    assert said == [("demo-api", True)] * 2


class TestWizard:
    @pytest.fixture
    def hotline(self, board):
        text = (board / "catalogue" / "demo-api.toml").read_text(encoding="utf-8")
        card = text[text.index("[card]") : text.index("\n\n", text.index("[card]"))]
        head = 'name = "town"\ntitle = "镇街热线"\nfamily = "hotline"\nenabled = true\n\n'
        (board / "catalogue" / "town.toml").write_text(head + card, encoding="utf-8")
        return board

    def file(self):
        rows = "经过,村,姓名\n渡口栏杆松动，我叫顾小舟，请来看看。,青石村,顾小舟\n,,\n,青石村,顾小舟\n"
        return SimpleUploadedFile("镇街.csv", rows.encode("gb18030"))

    def test_look_save_import(self, hotline, person):
        client = person("admin")
        page = client.post("/sources/import/", {"step": "look", "file": self.file()}).content.decode()
        assert "个人信息，从不采集" in page
        assert "我叫[姓名]" in page
        assert "顾小舟" not in page
        saved = {"step": "save", "name": "镇街", "source": "town", "column": ["经过", "村"], "field": ["body", "place"]}
        assert "“镇街”已保存" in client.post("/sources/import/", saved).content.decode()
        assert ImportMap.objects.get().saved_by == "admin"
        page = client.post("/sources/import/", {"step": "import", "map": "镇街", "file": self.file()}).content.decode()
        assert "收下 1 行" in page
        assert "没有收下 1 行" in page
        assert (
            next(read_batches(hotline / "spool")).posts[0].body == "渡口栏杆松动，我叫[姓名]，请来看看。\n地点：青石村"
        )
        written = b"".join(path.read_bytes() for path in hotline.rglob("*") if path.is_file())
        assert "顾小舟".encode() not in written

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"step": "look"}, "请选择一个"),
            ({"step": "import", "map": "无"}, "请选择一个"),
            (
                {"step": "save", "name": "x", "source": "demo-api", "column": ["甲"], "field": ["body"]},
                "不是目录里的热线来源",
            ),
            (
                {"step": "save", "name": "x", "source": "town", "column": ["甲", "乙"], "field": ["body", "body"]},
                "只能取一列",
            ),
            ({"step": "save", "name": "x", "source": "town", "column": ["甲"], "field": [""]}, "needs a column"),
        ],
    )
    def test_what_cannot_be_is_said(self, hotline, person, fields, said):
        answer = person("admin").post("/sources/import/", fields)
        assert answer.status_code == 422
        assert said in answer.content.decode()

    def test_a_file_too_large_is_not_even_held(self, hotline, person):
        file = SimpleUploadedFile("x.csv", b"x" * 6_000_000)
        answer = person("admin").post("/sources/import/", {"step": "look", "file": file})
        assert (answer.status_code, "5 MB" in answer.content.decode()) == (422, True)

    def test_without_the_form_of_this_site_nothing_is_taken(self, hotline, desk):
        client = Client(enforce_csrf_checks=True)
        client.force_login(desk.user("admin"), backend="django.contrib.auth.backends.ModelBackend")
        assert client.post("/sources/import/", {"step": "look", "file": self.file()}).status_code == 403


class TestCard:
    """The card of a source as a form: judged by the reader of the catalogue, written whole, one entry."""

    URL = "/sources/demo-pages/card/"

    def given(self, client, **changes):
        page = client.get(self.URL).content.decode()
        values = dict(re.findall(r'<input type="(?:text|number|date|hidden)" name="(\w+)" value="([^"]*)"', page))
        values.pop("csrfmiddlewaretoken", None)
        checked = {"enabled": "on"} if "checked" in page else {}
        return values | checked | {"reason": "按评估意见调整"} | changes

    def file(self, board):
        return next(
            path for path in (board / "catalogue").glob("*.toml") if 'name = "demo-pages"' in path.read_text("utf-8")
        )

    def test_a_change_is_written_and_is_one_entry(self, board, person):
        client, before = person("admin"), Entry.objects.count()
        values = self.given(client, every="30", quiet="22:00-06:00、12:00-13:00", budget="500")
        assert client.post(self.URL, values).status_code == 303
        source = known_sources()["demo-pages"]
        assert (source.pace.every, source.pace.budget) == (1800, 500)
        assert source.pace.quiet == ("22:00-06:00", "12:00-13:00")
        entry = Entry.objects.order_by("-seq").first()
        assert (entry.act, entry.subject, Entry.objects.count()) == ("source.card", "source:demo-pages", before + 1)
        assert json.loads(entry.data)["now"] == {
            "every": 1800.0,
            "budget": 500,
            "quiet": ["22:00-06:00", "12:00-13:00"],
        }
        assert "修改来源卡" in person("auditor").get("/ledger/").content.decode()

    def test_every_wrong_value_has_its_sentence_and_nothing_is_written(self, board, person):
        client, was = person("admin"), self.file(board).read_bytes()
        wrong = {
            "contact": "问谁", "every": "0", "budget": "很多", "quiet": "晚上", "retention_days": "-1", "legal_basis": "", "fields_taken": "、",
            "fields_refused": "", "delay": "-2", "impact_assessment": "去年",
        }  # fmt: skip
        answer = client.post(self.URL, self.given(client, **wrong))
        page = html.unescape(answer.content.decode())
        assert answer.status_code == 422
        for name in wrong:
            assert page.count(str(WRONG[name])) == 1, name
        assert 'value="很多"' in page, "what was typed stays"
        without = self.given(client, impact_assessment="")
        assert str(WRONG["impact_assessment"]) in html.unescape(client.post(self.URL, without).content.decode())
        assert self.file(board).read_bytes() == was
        assert not Entry.objects.filter(act="source.card").exists()

    @pytest.mark.parametrize(("changes", "said"), [({"reason": " ", "budget": "7"}, "请写明修改的理由"), ({}, "没有改动"), ({"stamp": "x", "budget": "7"}, "刚被别人改过")])  # fmt: skip
    def test_what_may_not_be_saved_says_why(self, board, person, changes, said):
        client = person("admin")
        answer = client.post(self.URL, self.given(client, **changes))
        assert (answer.status_code, said in answer.content.decode()) == (422, True)
        assert not Entry.objects.filter(act="source.card").exists()

    def test_a_disk_that_is_full_leaves_neither_file_nor_entry(self, board, person, monkeypatch):
        def full(_edited):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("tracker.intake.cards.save_card", full)
        client, was = person("admin"), self.file(board).read_bytes()
        answer = client.post(self.URL, self.given(client, budget="7"))
        assert (answer.status_code, "写不了" in answer.content.decode()) == (422, True)
        assert self.file(board).read_bytes() == was
        assert not Entry.objects.filter(act="source.card").exists()

    def test_it_can_be_tried_before_it_is_saved(self, board, person, monkeypatch):
        seen = []

        def tried(name, *, catalogue):
            seen.append(sources(*catalogue, shipped=False)[name].pace.budget)
            return [Post(name, "7", "", "渡口栏杆松动", "一推就晃。", None, FetchInfo(NOW, "", "dry"))]

        monkeypatch.setattr("crawlers.child.test_source", tried)
        client, was = person("admin"), self.file(board).read_bytes()
        page = client.post(self.URL, self.given(client, budget="7", test="1")).content.decode()
        assert "会采到这些" in page
        assert 'name="budget" value="7"' in page
        assert seen == [7]
        assert self.file(board).read_bytes() == was

    def test_a_shipped_source_gets_a_file_of_its_own_and_can_be_switched_on(self, board, person):
        client, url = person("admin"), "/sources/push-letters/card/"
        page = client.get(url).content.decode()
        assert 'name="budget"' not in page, "nothing is asked for where posts are brought"
        values = dict(re.findall(r'<input type="(?:text|number|hidden)" name="(\w+)" value="([^"]*)"', page))
        values |= {
            "enabled": "on",
            "impact_assessment": "2026-11-01",
            "contact": "desk@example.org",
            "reason": "评估通过",
        }
        assert client.post(url, values).status_code == 303
        assert known_sources()["push-letters"].enabled
        assert (board / "catalogue" / "push-letters.toml").exists()

    def test_only_an_administrator_comes_here(self, board, person):
        assert person("analyst").get(self.URL).status_code == 403
        assert "修改来源卡" not in shown(person, url="/sources/demo-pages/")
        assert self.URL in shown(person, "admin", "/sources/demo-pages/")
