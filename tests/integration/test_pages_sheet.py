"""The sheet, today, the inbox, the verifier's list, papers, sources and the ledger."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import NOW, make_event, make_risk
from tracker.demo.seed import catalogue_write
from tracker.ledger import triggers
from tracker.ledger.models import Entry
from tracker.outward.exports import safe
from tracker.reports.models import Paper
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]


def numbers(page: str) -> list[str]:
    return re.findall(r'<td class="num"><a href="/sheet/(YD-\d+-\d+)/"', page)


def test_the_filters_stand_in_the_address_and_leave_what_they_say(desk, person):
    listed = make_risk(desk, event=make_event("白石渡口趸船漏水"))
    assigned = make_risk(
        desk, State.ASSIGNED, level=3, now=NOW - timedelta(days=40), unit=desk.port, handler="other_handler"
    )
    client = person("dispatcher")
    for query, found in (
        ("state=listed", [listed]), ("level=3", [assigned]), ("unit=port", [assigned]), ("words=趸船", [listed]),
        ("overdue=on", [assigned]), ("state=open", [assigned, listed]), ("topic=taxi", []),
        ("level=x&state=oops&unit=none&sort=?", [assigned, listed]),
    ):  # fmt: skip
        page = client.get(f"/sheet/?{query}").content.decode()
        assert numbers(page) == [row.number for row in sorted(found, key=lambda r: -r.pk)], query


@pytest.mark.parametrize("sort", ["", "due"])
def test_pages_follow_each_other_without_gap_or_repetition(desk, person, sort):
    first = make_risk(desk, State.ASSIGNED)
    copies = []
    for n in range(119):
        event = make_event(f"事项{n}", ()).__class__.objects.create(title=f"事项{n}", opened_at=NOW, last_at=NOW)
        copies.append(Risk(**{
            f.attname: getattr(first, f.attname) for f in Risk._meta.concrete_fields if f.attname not in ("id", "number", "event_id")
        }, number=f"YD-2026-1{n:04d}", event=event))  # fmt: skip
        copies[-1].treat_due = NOW + timedelta(hours=n // 3)
    Risk.objects.bulk_create(copies)
    client, seen, address = person("dispatcher"), [], f"/sheet/?sort={sort}"
    while address:
        page = client.get(address).content.decode()
        seen += numbers(page)
        following = re.search(r'<a href="([^"]+)" rel="next"', page)
        address = "/sheet/" + following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 120


def test_a_longer_sheet_costs_no_more_queries(desk, person, django_assert_num_queries):
    client = person("dispatcher")
    make_risk(desk, State.ASSIGNED)
    client.get("/")  # a session's first page notes that it is in use
    with CaptureQueriesContext(connection) as one:
        client.get("/sheet/")
    with CaptureQueriesContext(connection) as home:
        client.get("/")
    for n in range(6):
        make_risk(desk, State.ASSIGNED, event=make_event(f"事项{n}"))
    with django_assert_num_queries(len(one)):
        client.get("/sheet/")
    with django_assert_num_queries(len(home)):
        client.get("/")


def test_today_shows_each_role_what_it_must_act_on_and_coverage_beside_it(desk, person):
    make_event("云桥护栏松动")
    listed, signed = (
        make_risk(desk, event=make_event("待交办的事")),
        make_risk(desk, State.HANDLING, event=make_event("塌方未清")),
    )
    grave = make_risk(desk, State.APPROVING, level=3, event=make_event("待批准的事"))
    expected = {
        "analyst": "云桥护栏松动",
        "dispatcher": listed.problem,
        "handler": signed.problem,
        "manager": grave.problem,
    }
    for name, words in expected.items():
        page = person(name).get("/").content.decode()
        assert words in page, name
        assert "没有启用的数据源" in page
    assert "塌方未清" not in person("other_handler").get("/").content.decode()
    assert "您还没有角色" in person("nobody").get("/").content.decode()


def test_the_inbox_signs_in_one_press(desk, person):
    risk = make_risk(desk, State.ASSIGNED)
    client = person("handler")
    assert f"/sheet/{risk.number}/do/sign/" in client.get("/inbox/").content.decode()
    client.post(f"/sheet/{risk.number}/do/sign/", {"version": risk.version})
    risk.refresh_from_db()
    assert risk.state == State.HANDLING
    assert risk.problem in client.get("/inbox/").content.decode()


def test_the_verifiers_list_has_what_waits(desk, person):
    waits = make_risk(desk, State.SUBMITTED)
    make_risk(desk, State.HANDLING, event=make_event("还在办"))
    page = person("verifier").get("/verify/").content.decode()
    assert waits.number in page
    assert "还在办" not in page


@pytest.mark.parametrize("kind", ["weekly", "circular"])
def test_a_running_week_is_a_preview_and_a_finished_one_is_frozen_once(desk, person, kind):
    make_risk(desk, State.CLOSED, now=datetime(2026, 3, 4, 2, 0, tzinfo=UTC))
    client = person("manager")
    assert "不保存" in client.get(f"/papers/?kind={kind}").content.decode()
    assert not Paper.objects.exists()
    assert "还没有定稿" in client.get(f"/papers/{kind}/2026-W10/").content.decode()
    for _ in range(2):
        assert client.post(f"/papers/{kind}/2026-W10/freeze/").status_code == 303
    paper = Paper.objects.get()
    assert "代拟稿" in client.get(f"/papers/?kind={kind}&period=2026-W10").content.decode()
    for address in (f"/papers/{kind}/2026-W10/{paper.pk}.docx", f"/papers/{kind}/2026-W10/preview.docx"):
        file = client.get(address)
        assert file.content.startswith(b"PK")
        assert "attachment" in file["Content-Disposition"]
    assert client.get(f"/papers/{kind}/2026-W10/{paper.pk}.exe").status_code == 404


def test_a_handler_takes_the_assignment_paper_of_the_own_item(desk, person):
    risk = make_risk(desk, State.ASSIGNED)
    page = person("handler").get(f"/sheet/{risk.number}/").content.decode()
    address = re.search(r'href="(/sheet/[^"]*/paper/[^"]*)"', page)[1]
    assert person("handler").get(address).content.startswith(b"PK")
    assert person("other_handler").get(address).status_code == 404
    assert person("manager").get(f"/sheet/{risk.number}/paper/nothing.docx").status_code == 404


@pytest.mark.parametrize("week", ["2026-W60", "2026", "x"])
def test_a_week_that_does_not_exist_is_not_found(person, week):
    assert person("manager").get(f"/papers/weekly/{week}/").status_code == 404
    assert person("manager").get(f"/papers/?period={week}").status_code == 404


def test_the_ledger_is_verified_and_a_break_is_named(desk, person):
    make_risk(desk, State.HANDLING)
    auditor = person("auditor")
    page = auditor.post("/ledger/verify/", follow=True).content.decode()
    assert "逐条验过" in page
    assert Entry.objects.last().hash in page
    triggers.run(connection, triggers.DROP)
    Entry.objects.filter(seq=2).update(reason="改过")
    triggers.run(connection, triggers.CREATE)
    assert "台账在第 2 条断开" in auditor.post("/ledger/verify/", follow=True).content.decode()
    assert person("admin").post("/ledger/verify/").status_code == 403


def test_with_no_source_switched_on_no_figure_claims_to_know(person):
    assert "以下数字不代表没有隐患" in person("manager").get("/sources/").content.decode()


def test_a_source_that_never_ran_is_shown_as_blind(person, web):
    (web / "catalogue").mkdir()
    catalogue_write(web / "catalogue", "http://127.0.0.1:9")
    page = person("manager").get("/sources/").content.decode()
    assert "从未运行" in page
    assert "从未成功" in page
    assert "个看不到数据" in page


def test_a_catalogue_that_cannot_be_read_is_said_and_breaks_no_page(desk, person, web):
    (web / "catalogue").mkdir()
    (web / "catalogue" / "broken.toml").write_text("= nothing", encoding="utf-8")
    page = person("manager").get("/sources/")
    assert page.status_code == 200
    assert "broken.toml" in page.content.decode()
    assert person("manager").get("/papers/").status_code == 200


def test_an_export_is_what_the_filters_leave_is_recorded_and_computes_nothing(desk, person):
    make_risk(desk, State.ASSIGNED, event=make_event("=HYPERLINK(1)"))
    make_risk(desk, State.LISTED, event=make_event("平常的事"))
    client = person("dispatcher")
    answer = client.post("/sheet/export/?state=assigned")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "'=HYPERLINK(1)" in lines[1]
    assert answer["Content-Disposition"].startswith("attachment")
    entry = Entry.objects.last()
    assert (entry.act, entry.actor, entry.data) == (
        "export.sheet",
        "dispatcher",
        '{"filter":"state=assigned","rows":1}',
    )
    assert len(person("other_handler").post("/sheet/export/").content.splitlines()) == 1
    assert client.get("/sheet/export/").status_code == 405


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", " =1", "\t=1", "＝1"])
def test_no_cell_is_a_formula(cell):
    assert safe(cell) == f"'{cell}"
    assert safe("3 米") == "3 米"
    assert safe(None) == ""
