"""Words end by their time and on request, and the self-check finds what should not be there: each promise broken on purpose once."""

from __future__ import annotations

import json
import os
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.translation import override

from tests.factories import NOW, make_event, make_post, make_risk
from tracker.accounts.actors import system_actor
from tracker.ledger.models import Entry
from tracker.posts.erasing import EXPIRED, REQUESTED
from tracker.posts.models import Decision, Event, Post, Sighting
from tracker.privacy.check import Finding, examine, kept, told, unmasked
from tracker.privacy.models import Check, RetentionRule, What
from tracker.privacy.services import PrivacyRefused, erase_by_link, remask, retention_run, rule_set
from tracker.privacy.storing import check_run
from tracker.risks.lifecycle import State

pytestmark = pytest.mark.django_db
LATE = NOW + timedelta(days=181)
PHONE = "1391234" + "5678"


def run(web, now=LATE):
    return retention_run(home=web, actor=system_actor("privacy"), now=now)


def failed(web, now=NOW) -> set[str]:
    return {finding.code for finding in examine(home=web, now=now) if not finding.well}


class TestRetention:
    def test_words_not_on_the_sheet_end_and_those_on_it_stay(self, desk, web):
        risk = make_risk(desk, State.HANDLING)
        off = make_event("路灯不亮", ("整条街的路灯不亮。", "我家门口也是。"), words=("路灯",))
        stray = make_post(off, "广告", "与交通无关")
        Post.objects.filter(pk=stray.pk).update(event=None)
        assert run(web, NOW + timedelta(days=179))["posts"] == 0
        assert run(web)["posts"] == 3
        gone = Post.objects.exclude(erased_at=None)
        assert {(p.title, p.body, p.reply, tuple(p.why), bytes(p.signature)) for p in gone} == {
            (EXPIRED, "", "", (), b"")
        }
        assert all(p.digest for p in gone), "so that no crawl brings them back"
        off.refresh_from_db()
        assert off.title == EXPIRED
        assert Post.objects.get(event=risk.event).body
        assert Entry.objects.get(act="privacy.expire").data.count('"posts":3') == 1
        assert run(web)["posts"] == 0
        assert Entry.objects.filter(act="privacy.expire").count() == 1, "nothing gone, nothing said"

    @pytest.mark.parametrize("decision", [Decision.DISMISSED, Decision.PENDING])
    def test_a_decided_event_loses_its_words_too(self, desk, web, decision):
        event = make_event("车站厕所漏水", ("漏了三天",))
        Event.objects.filter(pk=event.pk).update(decision=decision)
        run(web)
        event.refresh_from_db()
        assert event.title == EXPIRED

    def test_the_table_decides_and_its_change_is_in_the_ledger(self, desk, web):
        make_event()
        with pytest.raises(PrivacyRefused):
            rule_set(what="posts", days=30, actor=desk.actor("manager"), now=NOW, reason="x")
        rule_set(what="posts", days=30, actor=desk.actor("admin"), now=NOW, reason="本厅规定")
        assert run(web, NOW + timedelta(days=31))["posts"] == 1
        assert '"was":180' in Entry.objects.get(act="privacy.rule").data

    def test_what_was_set_aside_damaged_goes_too(self, desk, web):
        folder = web / "spool" / "damaged"
        folder.mkdir(parents=True)
        for name, age in (("old.jsonl", 200), ("new.jsonl", 1)):
            (folder / name).write_text("{}")
            moment = (LATE - timedelta(days=age)).timestamp()
            os.utime(folder / name, (moment, moment))
        assert run(web)["damaged"] == 1
        assert '"damaged":1' in Entry.objects.get(act="privacy.expire").data
        assert [path.name for path in folder.iterdir()] == ["new.jsonl"]

    def test_words_that_are_gone_are_not_brought_back_by_a_new_revision(self, desk, web):
        from crawlers.api import sources
        from tests.fakes.understanding import FakeUnderstanding
        from tests.integration.test_push import CARD, row
        from tracker.intake import push, services

        (web / "catalogue").mkdir()
        (web / "catalogue" / "letters.toml").write_text(CARD.format(name="letters", enabled="true"), encoding="utf-8")
        given = {"sources": sources(web / "catalogue"), "spool": web / "spool", "state": web / "state", "now": NOW}
        token = push.token_issue(source=given["sources"]["letters"], now=NOW)
        fake = FakeUnderstanding()

        def bring(**changes):
            push.push_take(token=token, rows=[row(1, **changes)], **given)
            services.spool_take(spool=web / "spool", understanding=lambda: fake, clock=lambda: NOW)

        bring()
        post = Post.objects.get()
        bring(body="第1根已经掉进江里。")
        assert "掉进江里" in Post.objects.get().body
        Post.objects.update(discovered_at=NOW)
        run(web)
        bring(body="第1根又装回去了。")
        assert Post.objects.get(pk=post.pk).body == ""


class TestOnRequest:
    def test_the_words_go_the_fact_stays(self, desk, web):
        risk = make_risk(desk, State.HANDLING)
        post = Post.objects.get(event=risk.event)
        url, words = post.sightings.get().url, post.body
        done = erase_by_link(url=f"{url}/", actor=desk.actor("admin"), now=NOW, reason="发帖人来电要求")
        assert done == (1, [risk.number])
        post.refresh_from_db()
        assert (post.title, post.body) == (REQUESTED, "")
        risk.refresh_from_db()
        assert risk.problem, "the department's own description stays"
        assert not Sighting.objects.filter(url=url).exists()
        entry = Entry.objects.get(act="privacy.erase")
        assert url not in repr(entry.__dict__)
        assert words[:8] not in repr(list(Entry.objects.values()))
        with pytest.raises(PrivacyRefused, match="链接"):
            erase_by_link(url=url, actor=desk.actor("admin"), now=NOW, reason="x")

    def test_nobody_else_and_not_without_a_reason(self, desk, web):
        event = make_event()
        url = Sighting.objects.get(post__event=event).url
        for who, reason in (("manager", "x"), ("analyst", "x"), ("auditor", "x"), ("admin", " ")):
            with pytest.raises(PrivacyRefused):
                erase_by_link(url=url, actor=desk.actor(who), now=NOW, reason=reason)
        assert Post.objects.get().body

    def test_the_page_does_it_and_says_what_stays(self, desk, web, person):
        risk = make_risk(desk)
        url = Sighting.objects.get(post__event=risk.event).url
        admin = person("admin")
        assert admin.post("/privacy/erase/", {"url": "https://nowhere.example/1", "reason": "x"}).status_code == 422
        assert admin.post("/privacy/erase/", {"url": url, "reason": "来电要求"}).status_code == 303
        assert risk.number in admin.get("/privacy/").content.decode()
        assert person("auditor").post("/privacy/erase/", {"url": url, "reason": "x"}).status_code == 422


@pytest.mark.embedded  # PostgreSQL gives pages back by vacuum, which its operator runs
@pytest.mark.django_db(transaction=True)
def test_the_bytes_are_gone_from_the_file(web, tmp_path):
    from tests.factories import make_desk

    desk, secret = make_desk(), "桥头第三块板翘起来了绊倒过两个人"
    event = make_event("桥面板翘起", (secret,))
    url = Sighting.objects.get(post__event=event).url
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("PRAGMA database_list")
        from pathlib import Path

        file = Path(cursor.fetchall()[0][2])
    assert secret.encode() in file.read_bytes()
    erase_by_link(url=url, actor=desk.actor("admin"), now=timezone.now(), reason="来信要求")
    files = [file, file.with_name(file.name + "-wal")]
    assert not any(secret.encode() in path.read_bytes() for path in files if path.exists())


class TestCheck:
    def test_a_store_as_the_product_makes_it_keeps_every_promise(self, desk, web):
        make_risk(desk, State.CLOSED)
        make_event("路灯不亮", ("整条街的路灯不亮。",))
        (web / "yidan.log").write_text("2026-11-23 intake took 3 posts\n")
        assert failed(web) == set()

    def test_an_author_column_is_found_in_any_table(self, desk, web):
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE posts_extra (id integer PRIMARY KEY, nickname text)")
        assert failed(web) == {"author_columns"}

    @pytest.mark.parametrize(
        "words",
        [f"打我电话{PHONE}", "身份证43010219900101" + "1234", "我叫" + "李小明，住在桥边", "写信 a.b@example.com"],
    )
    def test_what_would_still_be_masked_is_found_and_masked(self, desk, web, words):
        event = make_event("路面塌陷", (f"路面塌陷，{words}",))
        assert failed(web) == {"public_words"}
        report = repr([(f, f.sentence) for f in examine(home=web, now=NOW) if not f.well])
        assert "posts_post.body" in report
        assert words not in report, "the report of a leak is not the next leak"
        assert remask(actor=system_actor("cli"), now=NOW) == 1
        assert failed(web) == set()
        assert Post.objects.get(event=event).body.startswith("路面塌陷")

    def test_an_office_number_in_an_answer_is_to_be_looked_at_and_no_failure(self, desk, web):
        risk = make_risk(desk, State.CLOSED)
        type(risk).objects.update(answer="请联系养护科，联系电话 0731-8555" + "1234")
        found = {f.code: f for f in examine(home=web, now=NOW)}
        assert found["own_words"].well
        assert "risks_risk.answer" in found["own_words"].sentence
        assert found["own_words"].todo

    def test_files_are_read_too(self, desk, web):
        (web / "spool").mkdir()
        (web / "spool" / "a.jsonl").write_text('{"body": "打我电话' + PHONE + '"}\n', encoding="utf-8")
        assert failed(web) == {"files"}
        (web / "spool" / "a.jsonl").write_text('{"body": "路灯不亮", "digest": "' + PHONE + '"}\n', encoding="utf-8")
        assert failed(web) == set()

    def test_what_crawls_remember_has_no_person(self, desk, web):
        import sqlite3

        (web / "state").mkdir()
        with sqlite3.connect(web / "state" / "board.sqlite3") as store:
            store.execute("CREATE TABLE keys (key TEXT, nickname TEXT)")
        store.close()
        assert failed(web) == {"states"}

    def test_retention_that_is_not_obeyed_is_found(self, desk, web):
        make_event()
        assert failed(web, LATE) == set(), "two days' grace: the job runs at night"
        assert failed(web, LATE + timedelta(days=3)) == {"retention"}

    def test_a_key_that_outlived_its_week_is_found(self, desk, web):
        key = web / "voices.key"
        key.write_bytes(b"x")
        old = (NOW - timedelta(days=8)).timestamp()
        os.utime(key, (old, old))
        assert failed(web) == {"voice_keys"}

    def test_an_address_of_staff_is_found(self, desk, web):
        type(desk.user("analyst")).objects.filter(username="analyst").update(email="a@example.com")
        assert failed(web) == {"unfilled"}

    def test_keys_and_digests_are_not_taken_for_numbers_of_people(self):
        assert not unmasked({"digest": PHONE, "key": PHONE, "n": 1, "list": ["路灯", None]})
        assert unmasked({"list": [{"text": PHONE}]})

    def test_the_page_keeps_what_it_found(self, desk, web, person):
        make_event()
        assert person("auditor").post("/privacy/check/").status_code == 303
        check = Check.objects.get()
        assert (check.well, check.whole) == (True, False)
        page = person("auditor").get("/privacy/").content.decode()
        assert page.count("达到") >= 6
        assert Entry.objects.filter(act="privacy.check", actor="auditor").count() == 1
        assert RetentionRule.objects.count() == len(What.values)


def test_a_check_is_told_in_the_language_of_its_reader(desk, person, web):
    """What is kept says what was found; one kept by an older version says what it said then."""
    check_run(home=web, actor=desk.actor("auditor"), now=NOW, rows=100)
    client = person("auditor")
    assert "列里没有一列存放作者" in client.get("/privacy/").content.decode()
    client.cookies["django_language"] = "en"
    with override("zh-hans"):  # a request leaves its language behind
        assert "columns holds an author" in client.get("/privacy/").content.decode()
    hit = {"table": "posts_post", "column": "body", "n": 2, "key": "7"}
    found = Finding(
        "public_words", False, 9, "公众的话里还有像个人信息的内容：{places}",
        {"places": [("{table}.{column} {n} 处（如第 {key} 行）", hit)] * 2}, "核对后删去这些文件",
    )  # fmt: skip
    with override("en"):
        (shown,) = told(json.loads(json.dumps(kept([found]))))
    assert shown["sentence"].count("posts_post.body") == 2
    assert not re.search(r"[\u4e00-\u9fff]", shown["sentence"] + shown["todo"])
    old = {"code": "files", "well": True, "count": 1, "sentence": "旧的一句", "todo": ""}
    assert told([old]) == [old]
