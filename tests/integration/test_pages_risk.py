"""The page of one risk: what it shows, which buttons, acts with and without scripts, refusals in place."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.factories import ANSWER, NOW, PNG, advance, make_event, make_post, make_risk
from tracker.ledger.models import Entry
from tracker.risks.lifecycle import TABLE, Act, State
from tracker.risks.models import Attachment, Risk
from tracker.web.acts import CALLS, FORMS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]
HX = {"headers": {"HX-Request": "true"}}


def do(client: Client, risk: Risk, act: str, **fields):
    htmx = fields.pop("htmx", False)
    url = f"/sheet/{risk.number}/do/{act}/"
    return client.post(url, {"version": risk.version, **fields}, **(HX if htmx else {}))


def test_every_act_of_a_person_has_a_form_and_a_service():
    assert (
        set(FORMS)
        == set(CALLS)
        == {act for act, move in TABLE.items() if act is not Act.LIST and move.roles != {"system"}}
    )


@pytest.mark.parametrize("htmx", [False, True])
def test_the_whole_loop_by_posts(desk, person, htmx):
    risk = make_risk(desk)
    steps = [
        ("dispatcher", "assign", {"unit": "road", "requirements": "请修复护栏", "contact": "值班室"}, State.ASSIGNED),
        ("handler", "sign", {}, State.HANDLING),
        ("handler", "progress", {"reason": "已到现场"}, State.HANDLING),
        ("handler", "attach", {"file": SimpleUploadedFile("桥.png", PNG)}, State.HANDLING),
        ("handler", "submit", {"outcome": "fixed", "answer": ANSWER, "note": ""}, State.SUBMITTED),
        ("verifier", "send_back", {"reason": "照片看不出位置"}, State.HANDLING),
        ("handler", "submit", {"outcome": "fixed", "answer": ANSWER, "note": ""}, State.SUBMITTED),
        (
            "verifier",
            "verify",
            {"method": "现场核查", "checks": ["凭证与地点对得上"], "reason": "现场核实"},
            State.CLOSED,
        ),
    ]
    for name, act, fields, state in steps:
        answer = do(person(name), risk, act, **fields, htmx=htmx)
        assert answer.status_code == 303, (act, answer.content.decode()[:2000])
        risk.refresh_from_db()
        assert risk.state == state, act
    assert Entry.objects.filter(subject=risk.subject).count() == len(steps) + 1


def test_only_the_acts_that_may_be_done_have_a_form_and_refused_ones_say_why(desk, person):
    risk = make_risk(desk, State.SUBMITTED)
    handler = person("handler").get(f"/sheet/{risk.number}/").content.decode()
    assert "核查通过，销号" in handler
    assert "您没有这个角色" in handler
    assert f"/sheet/{risk.number}/do/verify/" not in handler
    verifier = person("verifier").get(f"/sheet/{risk.number}/").content.decode()
    assert f"/sheet/{risk.number}/do/verify/" in verifier
    assert "/do/withdraw/" not in verifier


def test_the_handlers_own_closure_is_refused_in_place_with_the_sentence(desk, person):
    desk.user("handler").grants.create(role="verifier")
    risk = make_risk(desk, State.SUBMITTED)
    answer = do(person("handler"), risk, "verify", method="书面核查", reason="我自己看过了，没问题")
    assert answer.status_code == 422
    body = answer.content.decode()
    assert "不能由您自己“核查通过，销号”：" in body
    assert "我自己看过了，没问题" in body
    risk.refresh_from_db()
    assert risk.state == State.SUBMITTED


@pytest.mark.parametrize("htmx", [False, True])
def test_a_stale_page_changes_nothing_says_so_and_keeps_what_was_typed(desk, person, htmx):
    risk = make_risk(desk, State.HANDLING)
    page_version = risk.version
    advance(desk, risk, "progress")
    risk.version = page_version
    answer = do(person("handler"), risk, "return", reason_code="territory", reason="这一段归邻市", htmx=htmx)
    assert answer.status_code == 409
    body = answer.content.decode()
    assert "刚刚已被他人办理" in body
    assert "这一段归邻市" in body
    assert ("<html" in body) is not htmx
    risk.refresh_from_db()
    assert risk.state == State.HANDLING
    assert f'name="version" value="{risk.version}"' in body


def test_a_double_click_acts_once_and_is_no_error(desk, person):
    risk = make_risk(desk, State.ASSIGNED)
    client = person("handler")
    assert [do(client, risk, "sign").status_code for _ in range(2)] == [303, 303]
    assert Entry.objects.filter(subject=risk.subject, act="risk.sign").count() == 1
    risk.refresh_from_db()
    assert [do(client, risk, "comment", reason="明早到场").status_code for _ in range(2)] == [303, 303]
    assert Entry.objects.filter(subject=risk.subject, act="risk.comment").count() == 1


def test_a_submission_without_evidence_or_answer_is_refused_and_kept(desk, person):
    risk = make_risk(desk, State.HANDLING)
    answer = do(person("handler"), risk, "submit", outcome="fixed", answer=ANSWER, note="")
    assert answer.status_code == 422
    assert "请至少上传一份照片或文件" in answer.content.decode()
    assert ANSWER in answer.content.decode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"<svg onload=alert(1)>", "这个文件的内容不是"), (b"", "不超过 10 MB"), (None, "不超过 10 MB")],
)
def test_a_file_that_is_not_evidence_is_refused(desk, person, web, content, sentence):
    risk = make_risk(desk, State.HANDLING)
    fields = {} if content is None else {"file": SimpleUploadedFile("照片.png", content)}
    answer = do(person("handler"), risk, "attach", **fields)
    assert answer.status_code == 422
    assert sentence in answer.content.decode() or "提交的是空文件" in answer.content.decode()
    assert not Attachment.objects.exists()


def test_a_refused_upload_leaves_nothing_on_disk(desk, person, web):
    risk = make_risk(desk, State.SUBMITTED)
    answer = do(person("handler"), risk, "attach", file=SimpleUploadedFile("a.png", PNG))
    assert answer.status_code == 422
    assert not (web / "files").exists()


def test_evidence_is_shown_only_as_what_its_bytes_are(desk, person):
    risk = make_risk(desk, State.HANDLING)
    client = person("handler")
    do(client, risk, "attach", photo=SimpleUploadedFile('"><b>x.png', PNG))
    risk.refresh_from_db()
    do(client, risk, "attach", file=SimpleUploadedFile("方案.pdf", b"%PDF-1.7 made up\n%%EOF"))
    kinds = {}
    for row in Attachment.objects.all():
        answer = client.get(f"/sheet/{risk.number}/evidence/{row.digest}/")
        assert answer["X-Content-Type-Options"] == "nosniff"
        kinds[answer["Content-Type"]] = answer.get("Content-Disposition", "")
        assert b"".join(answer.streaming_content)
    assert set(kinds) == {"image/png", "application/pdf"}
    assert kinds["image/png"].startswith("inline")
    assert kinds["application/pdf"].startswith("attachment")
    assert client.get(f"/sheet/{risk.number}/evidence/{'0' * 64}/").status_code == 404


def test_hostile_text_is_shown_as_text_and_only_web_addresses_are_linked(desk, person):
    evil = '<script>alert(1)</script>" onmouseover=x \u202egnp.exe 😀'
    event = make_event(evil, (evil * 3, "长" * 100_000))
    post = make_post(event, "又一帖", "正文")
    post.sightings.update(url="javascript:alert(1)")
    risk = make_risk(desk, State.ASSIGNED, event=event)
    for name, url in (("analyst", f"/sheet/{risk.number}/"), ("dispatcher", "/sheet/"), ("dispatcher", "/")):
        body = person(name).get(url).content.decode()
        assert "<script>alert" not in body
        assert "javascript:" not in body
        assert len(body) < 120_000
    page = person("analyst").get(f"/sheet/{risk.number}/").content.decode()
    assert 'rel="noopener noreferrer"' in page
    assert "显示全文" in page


def test_the_clocks_show_their_arithmetic_and_the_ledger_its_hashes(desk, person):
    risk = make_risk(desk, State.ASSIGNED)
    page = person("dispatcher").get(f"/sheet/{risk.number}/").content.decode()
    assert "计算依据" in page
    assert "起：2026-11-23 10:00" in page
    assert "48 小时（自然小时）" in page
    assert "11-28–11-29 周末" in page
    assert all(entry.hash[:16] in page for entry in Entry.objects.filter(subject=risk.subject))


def test_a_long_history_costs_no_more_queries(desk, person, django_assert_num_queries):
    client = person("dispatcher")
    short, busy = make_risk(desk, State.HANDLING), make_risk(desk, State.HANDLING)
    for _ in range(8):
        busy = advance(desk, busy, "progress")
        make_post(busy.event, "同感", "我也看到了")
    client.get(f"/sheet/{short.number}/")  # the session is new, which costs once
    with CaptureQueriesContext(connection) as seen:
        client.get(f"/sheet/{short.number}/")
    with django_assert_num_queries(len(seen)):
        client.get(f"/sheet/{busy.number}/")


def test_an_unknown_act_does_not_exist(desk, person):
    risk = make_risk(desk)
    for act in ("list", "breach", "delete"):
        assert do(person("analyst"), risk, act).status_code == 404


def test_a_closed_items_clocks_stand_still(desk, person):
    risk = make_risk(desk, State.CLOSED, now=NOW)
    page = person("manager").get(f"/sheet/{risk.number}/").content.decode()
    assert "按时完成" in page
    assert "已逾期" not in page


def test_the_verifier_judges_side_by_side_and_goes_on_to_the_next(desk, person):
    first = make_risk(desk, State.SUBMITTED, event=make_event("先交的"))
    second = make_risk(desk, State.SUBMITTED, event=make_event("后交的"))
    client = person("verifier")
    page = client.get(f"/verify/{first.number}/").content.decode()
    assert all(
        text in page for text in ("先交的", first.answer, "evidence", "凭证与地点对得上", "机器的看法，仅供参考")
    )
    refused = do(client, first, "verify", method="书面核查", reason="", then="verify")
    assert refused.status_code == 422
    assert 'class="three"' in refused.content.decode()
    done = do(client, first, "verify", method="现场核查", checks=["凭证与地点对得上"], then="verify")
    assert done["Location"] == "/verify/next/"
    assert client.get("/verify/next/")["Location"] == f"/verify/{second.number}/"
    assert Entry.objects.get(subject=first.subject, act="risk.verify").reason == "现场核查：凭证与地点对得上"
    do(client, second, "send_back", reason="答复没有说明时间", then="verify")
    assert client.get("/verify/next/")["Location"] == "/verify/"


def test_a_refused_act_does_not_become_the_address(desk, person):
    risk = make_risk(desk, State.HANDLING)
    answer = do(person("handler"), risk, "progress", reason="", htmx=True)
    assert answer["HX-Push-Url"] == "false"


def test_a_draft_answer_is_looked_at_and_not_kept(desk, person):
    risk = make_risk(desk, State.HANDLING)
    client = person("handler")
    url = f"/sheet/{risk.number}/check/"
    assert "像是空话" in client.post(url, {"answer": "感谢您的来信。"}).content.decode()
    assert not client.post(url, {"answer": ""}).content.decode().strip()
    assert person("other_handler").post(url, {"answer": "看看"}).status_code == 404
    risk.refresh_from_db()
    assert not risk.answer


def test_more_time_is_asked_by_the_unit_and_given_by_a_manager(desk, person):
    now = timezone.now()
    risk = make_risk(desk, State.HANDLING, now=now)
    due = risk.treat_due
    handler, manager = person("handler"), person("manager")
    assert "/do/grant/" not in manager.get(f"/sheet/{risk.number}/").content.decode()
    assert do(handler, risk, "extend", days=2, reason="护栏周五到货").status_code == 303
    page = manager.get(f"/sheet/{risk.number}/").content.decode()
    assert "护栏周五到货" in page
    assert "/do/grant/" in page
    assert 'id="act-extend"' not in handler.get(f"/sheet/{risk.number}/").content.decode()
    assert risk.problem in manager.get("/").content.decode().split("待批准延期")[1][:2000]
    risk.refresh_from_db()
    assert do(manager, risk, "grant", reason="").status_code == 303
    risk.refresh_from_db()
    assert risk.treat_due > due
    until = (now + timedelta(days=9)).date()
    assert do(manager, risk, "pause", until=until.isoformat(), reason="等待检测报告").status_code == 303
    page = manager.get(f"/sheet/{risk.number}/").content.decode()
    assert "其中延期：2 个工作日" in page
    assert "等待检测报告" in page
    assert 'id="act-resume"' in page
    assert 'id="act-pause"' not in page


def test_the_five_musts_and_a_first_answer_are_filed_from_the_page(desk, person):
    risk = make_risk(desk, State.HANDLING, now=timezone.now())
    client = person("handler")
    musts = {"responsibility": "养护科", "measures": "更换护栏", "funds": "日常养护费", "contingency": "夜间设警示灯"}
    assert do(client, risk, "plan", **musts, due=timezone.now().date().isoformat()).status_code == 303
    risk.refresh_from_db()
    assert do(client, risk, "answer", answer="已派人到场，三日内更换。").status_code == 303
    page = client.get(f"/sheet/{risk.number}/").content.decode()
    assert "夜间设警示灯" in page
    assert "已派人到场，三日内更换。" in page


class _Forms(HTMLParser):
    """The address and the hidden fields of every act on a page, as a browser without scripts would send them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and "/do/" in given.get("action", ""):
            assert given["method"] == "post"
            self.found.append((given["action"], {}))
        elif tag == "input" and given.get("type") == "hidden" and self.found:
            self.found[-1][1].setdefault(given["name"], given.get("value", ""))


@pytest.mark.parametrize("state", list(State))
def test_every_form_of_every_state_answers_a_browser_without_scripts(desk, person, state):
    risk = make_risk(desk, state, now=timezone.now(), level=3 if state is State.APPROVING else 2)
    for name in ("analyst", "dispatcher", "handler", "verifier", "manager"):
        client = person(name)
        page = client.get(f"/sheet/{risk.number}/").content.decode()
        forms = _Forms(page).found
        assert len(forms) == len({action for action, _fields in forms})
        for action, fields in forms:
            with transaction.atomic():
                answer = client.post(action, fields)
                transaction.set_rollback(True)
            assert answer.status_code in (303, 422), (name, action)
            if answer.status_code == 422:
                assert "note error" in answer.content.decode(), (name, action)


def test_an_empty_answer_is_refused_and_then_asks_for_the_reason_to_let_it_pass(desk, person):
    risk = advance(desk, make_risk(desk, State.HANDLING), "attach")
    client, fields = person("handler"), {"outcome": "fixed", "answer": "您的来信收悉，感谢关心和支持！", "note": ""}
    assert 'name="overrule"' not in client.get(f"/sheet/{risk.number}/").content.decode()
    refused = do(client, risk, "submit", **fields)
    assert refused.status_code == 422
    assert "答复核对未通过" in refused.content.decode()
    assert 'name="overrule"' in refused.content.decode()
    assert do(client, risk, "submit", **fields, overrule="来信只是致谢").status_code == 303
    beside = person("verifier").get(f"/verify/{risk.number}/").content.decode()
    assert 'name="overrule"' in beside
    assert "来信只是致谢" in person("auditor").get(f"/sheet/{risk.number}/").content.decode()


def test_words_that_answer_nothing_do_not_stop_the_clock_of_the_public_answer(desk, person):
    risk, client = make_risk(desk, State.HANDLING), person("handler")
    refused = do(client, risk, "answer", answer="已收到您的反映，感谢！")
    assert refused.status_code == 422
    assert 'name="overrule"' in refused.content.decode()
    risk.refresh_from_db()
    assert risk.answered_at is None
    assert do(client, risk, "answer", answer="已收到您的反映，感谢！", overrule="来信只是致谢").status_code == 303
    risk.refresh_from_db()
    assert risk.answered_at is not None
    assert "来信只是致谢" in person("auditor").get(f"/sheet/{risk.number}/").content.decode()


def test_the_assignment_proposes_a_unit_with_its_reason_and_takes_helpers(desk, person):
    risk = make_risk(desk)
    client = person("dispatcher")
    page = client.get(f"/sheet/{risk.number}/").content.decode()
    assert "地点在它的辖区：青川市" in page
    assert '<option value="road" selected>' in page
    fields = {"unit": "road", "requirements": "核实", "assisting": ["port"], "supervising": "dept"}
    assert do(client, risk, "assign", **fields).status_code == 303
    page = person("other_handler").get(f"/sheet/{risk.number}/").content.decode()
    assert "白石市交通运输局" in page
    assert "/do/sign/" not in page


def test_an_item_listed_in_error_leads_the_analyst_back_to_its_event(desk, person):
    risk = make_risk(desk, State.WITHDRAWN)
    link = f"/queue/{risk.event_id}/"
    assert link not in person("auditor").get(f"/sheet/{risk.number}/").content.decode()
    assert link in person("analyst").get(f"/sheet/{risk.number}/").content.decode()
    assert f"/queue/{risk.event_id}/restore/" in person("analyst").get(link).content.decode()


def test_a_verified_item_of_level_3_is_said_to_wait_for_a_manager(desk, person):
    said = {}
    for level in (2, 3):
        risk, client = make_risk(desk, State.SUBMITTED, now=timezone.now(), level=level), person("verifier")
        fields = {"method": "现场核查", "checks": ["凭证与地点对得上"], "reason": "现场核实"}
        answer = do(client, risk, "verify", **fields)
        said[level] = client.get(answer["Location"]).content.decode()
    assert "已办：核查通过，销号" in said[2]
    assert "已办：核查通过，等领导批准销号" in said[3]
