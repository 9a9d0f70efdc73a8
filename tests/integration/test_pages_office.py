"""The office's settings: every change through its service, refused in place, recorded; logs and rehearsals change nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import NOW, make_risk
from tracker.accounts.models import Unit
from tracker.ledger.models import Entry
from tracker.notify.models import LadderStep, Notice
from tracker.risks.lifecycle import State
from tracker.risks.models import CalendarDay, DeadlineRule
from tracker.web.office_page import TABS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]
CHANGES = {
    ("units", "add"): {"code": "xian", "name": "某县交通运输局", "parent": "road", "prefecture": "某县"},
    ("periods", "set"): {
        "purpose": "treat",
        "kind": "hazard",
        "level": "2",
        "amount": "6",
        "unit": "working days",
        "source": "本厅办法",
        "reason": "按办法改",
    },
    ("calendar", "set"): {"day": "2027-02-08", "working": "1", "note": "补班", "reason": "厅办通知"},
    ("notices", "switch"): {"code": "treat-75", "on": "1"},
}


@pytest.mark.parametrize("change", CHANGES, ids="-".join)
def test_an_administrator_changes_it_with_one_entry(desk, person, change):
    before = Entry.objects.count()
    answer = person("admin").post(f"/office/{change[0]}/{change[1]}/", CHANGES[change])
    assert (answer.status_code, answer["Location"]) == (303, f"/office/{change[0]}/")
    assert Entry.objects.count() == before + 1
    assert Entry.objects.last().actor == "admin"


def test_what_was_changed_is_what_stands(desk, person):
    client = person("admin")
    for (tab, act), form in CHANGES.items():
        client.post(f"/office/{tab}/{act}/", form)
    assert Unit.objects.get(code="xian").path.endswith("/road/xian/")
    assert DeadlineRule.objects.get(purpose="treat", kind="hazard", level=2).amount == 6
    assert CalendarDay.objects.get(day=date(2027, 2, 8)).working
    assert LadderStep.objects.get(code="treat-75").enabled_since
    client.post("/office/notices/switch/", {"code": "treat-75", "on": "0"})
    assert LadderStep.objects.get(code="treat-75").enabled_since is None
    client.post("/office/calendar/clear/", {"day": "2027-02-08", "reason": "撤销"})
    assert not CalendarDay.objects.exists()


@pytest.mark.parametrize("change", CHANGES, ids="-".join)
def test_an_auditor_sees_it_and_changes_nothing(desk, person, change):
    client, before = person("auditor"), Entry.objects.count()
    assert 'action="/office/' not in client.get(f"/office/{change[0]}/").content.decode()
    assert client.post(f"/office/{change[0]}/{change[1]}/", CHANGES[change]).status_code == 422
    assert Entry.objects.count() == before


@pytest.mark.parametrize(
    ("where", "form", "sentence"),
    [
        ("units/add", {"code": "road", "name": "又一个"}, "单位代码 road 已存在"),
        ("units/add", {"code": "a/b", "name": "斜杠"}, "只能用英文字母"),
        ("units/add", {"code": "", "name": "没有代码"}, "有一项没有填对"),
        ("periods/set", {**CHANGES["periods", "set"], "reason": ""}, "请写明修改的理由"),
        ("periods/set", {**CHANGES["periods", "set"], "purpose": "extend", "unit": "hours"}, "期限表没有这样的一行"),
        ("periods/remove", {"purpose": "answer", "kind": "*", "level": "0", "reason": "删"}, "就没有期限了"),
        ("calendar/clear", {"day": "2027-05-05", "reason": "撤"}, "没有本部门的调整"),
        ("notices/switch", {"code": "no-such", "on": "1"}, "没有这条催办规则"),
    ],
)
def test_a_refusal_says_why_and_keeps_what_was_typed(desk, person, where, form, sentence):
    answer = person("admin").post(f"/office/{where}/", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    typed = form.get("name") or form.get("reason") or ""
    assert typed in page


def test_a_rehearsal_counts_and_sends_nothing(desk, person):
    make_risk(desk, State.HANDLING, now=NOW - timedelta(days=20))
    page = person("admin").get("/office/notices/?rehearse=treat-75").content.decode()
    assert "近 30 天会发出" in page
    assert not Notice.objects.exists()


def test_every_export_is_listed_with_its_filter_and_rows(desk, person):
    make_risk(desk, State.ASSIGNED)
    person("dispatcher").post("/sheet/export/?level=2", {"format": "xlsx"})
    page = person("auditor").get("/office/exports/").content.decode()
    assert "level=2" in page
    assert "导出清单" in page
    assert "交办员" in page


def test_the_number_of_queries_does_not_grow(desk, person):
    client = person("admin")

    def queries() -> dict[str, int]:
        counts = {}
        for tab in TABS:
            with CaptureQueriesContext(connection) as found:
                assert client.get(f"/office/{tab}/").status_code == 200
            counts[tab] = len(found)
        return counts

    queries()
    person("dispatcher").post("/sheet/export/")
    few = queries()
    for n in range(8):
        client.post("/office/units/add/", {"code": f"u{n}", "name": f"第{n}处"})
        client.post(
            "/office/calendar/set/", {"day": date(2026, 12, 1 + n), "working": "0", "note": "", "reason": "检修"}
        )
        person("dispatcher").post("/sheet/export/")
    assert queries() == few


def test_addresses_outside_are_set_never_shown_and_failures_can_be_sent_again(desk, person):
    from tests.factories import NOW
    from tracker.notify.channels import Message
    from tracker.notify.models import Outgoing
    from tracker.notify.outbox import outgoing_put

    admin, url = person("admin"), "/office/outgoing/"
    robot = {
        "owner": "unit:road",
        "channel": "dingtalk",
        "target": "https://oapi.dingtalk.com/robot/send?access_token=secret1",
    }
    assert admin.post(f"{url}set/", robot | {"target": "https://elsewhere.example"}).status_code == 422
    assert admin.post(f"{url}set/", robot).status_code == 303
    page = admin.get(url).content.decode()
    assert "青川市交通运输局" in page
    assert "secret1" not in page
    outgoing_put(Message("k", "题目", "正文"), ["unit:road"], level=1, now=NOW)
    Outgoing.objects.update(given_up_at=NOW, problem="对方没有接收")
    assert "对方没有接收" in admin.get(url).content.decode()
    assert admin.post(f"{url}retry/", {"outgoing": Outgoing.objects.get().pk}).status_code == 303
    assert Outgoing.objects.get().given_up_at is None
    assert admin.post(f"{url}end/", {"owner": "unit:road", "channel": "dingtalk"}).status_code == 303
    assert not Outgoing.objects.exists()
    assert person("handler").get(url).status_code == 403
