"""The pages of the sources: state and alarms in the reader's language, the kept page, a test, a crawl at once, work orders."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from crawlers.api import Alarm, CrawlReport, cause, read_batches
from crawlers.records import FetchInfo, Post
from tests.factories import NOW, make_event
from tracker.demo.seed import catalogue_write
from tracker.intake.health import crawl_record
from tracker.intake.models import CrawlWish, ImportMap, SourceAlarm, SourceState
from tracker.jobs import tasks
from tracker.posts.models import Sighting
from tracker.web import sources_page

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
