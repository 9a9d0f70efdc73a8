"""The sheet's columns, saved views, exports as .xlsx, and acts on many items with their preview."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from openpyxl import load_workbook

from tests.factories import make_event, make_risk
from tracker.ledger.models import Entry
from tracker.risks.columns import COLUMNS, SHOWN, chosen
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk, SavedView

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("web")]


def heads(page: str) -> list[str]:
    return re.findall(r'<th scope="col">(.*?)</th>', page)


def test_columns_are_chosen_in_the_address_and_number_and_problem_always_stay(desk, person):
    make_risk(desk, State.ASSIGNED)
    client = person("dispatcher")
    assert heads(client.get("/sheet/").content.decode()) == [str(COLUMNS[code].label) for code in SHOWN]
    page = client.get("/sheet/?cols=signed_at&cols=place&cols=nonsense").content.decode()
    assert heads(page) == ["编号", "问题", "地点", "签收时间"]
    assert "cols=place" in page
    assert chosen(["nonsense"]) == SHOWN


def test_a_view_is_kept_for_its_owner_alone(desk, person):
    client, other = person("dispatcher"), person("manager")
    client.post("/sheet/views/", {"name": "逾期三级", "query": "level=3&overdue=on&cols=place&evil=1"})
    view = SavedView.objects.get()
    assert view.query == "level=3&overdue=on&cols=place"
    assert "逾期三级" in client.get("/sheet/").content.decode()
    assert "逾期三级" not in other.get("/sheet/").content.decode()
    assert other.post(f"/sheet/views/{view.pk}/drop/").status_code == 404
    client.post("/sheet/views/", {"name": "逾期三级", "query": "level=3"})
    assert SavedView.objects.get().query == "level=3"
    client.post(f"/sheet/views/{view.pk}/drop/")
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "长" * 41])
def test_a_view_needs_a_short_name(desk, person, name):
    page = person("dispatcher").post("/sheet/views/", {"name": name, "query": ""}, follow=True).content.decode()
    assert "请给视图起一个名字" in page
    assert not SavedView.objects.exists()


def test_an_xlsx_has_the_chosen_columns_as_text_and_is_recorded(desk, person):
    risk = make_risk(desk, State.ASSIGNED, event=make_event('=cmd|"/c calc"!A1'))
    answer = person("dispatcher").post("/sheet/export/?state=open&cols=level", {"format": "xlsx"})
    sheet = load_workbook(BytesIO(answer.content)).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["编号", "等级", "问题"],
        [risk.number, 2, '=cmd|"/c calc"!A1'],
    ]
    assert sheet["C2"].data_type == "s"
    entry = Entry.objects.last()
    assert (entry.act, entry.data) == ("export.sheet", '{"filter":"state=open","rows":1}')
    assert person("dispatcher").post("/sheet/export/", {"format": "exe"}).status_code == 404


def test_the_preview_says_what_would_be_refused_and_does_nothing(desk, person):
    listed, assigned = make_risk(desk), make_risk(desk, State.ASSIGNED)
    before = Entry.objects.count()
    page = person("dispatcher").get(
        "/sheet/many/", {"act": "assign", "pick": [listed.number, assigned.number, "YD-1999-00001"]}
    )
    text = page.content.decode()
    assert f'value="{listed.number}@1"' in text
    assert f'value="{assigned.number}@' not in text
    assert "“已交办（待签收）”的事项不能交办" in text
    assert Entry.objects.count() == before


def picks(*risks: Risk) -> list[str]:
    return [f"{risk.number}@{risk.version}" for risk in risks]


def test_many_are_assigned_in_one_press_and_a_second_press_changes_nothing(desk, person):
    risks = [make_risk(desk, event=make_event(f"第{n}处护栏断了")) for n in range(3)]
    client = person("dispatcher")
    form = {"act": "assign", "pick": picks(*risks), "version": 0, "unit": "road", "requirements": "现场核实", "back": "state=listed&x=y"}  # fmt: skip
    answer = client.post("/sheet/many/do/", form)
    assert (answer.status_code, answer["Location"]) == (303, "/sheet/?state=listed")
    count = Entry.objects.count()
    again = client.post("/sheet/many/do/", form, follow=True).content.decode()
    assert "已办 3 件" in again
    assert Entry.objects.count() == count
    assert set(Risk.objects.values_list("state", "version")) == {("assigned", 2)}


def test_some_are_done_and_the_others_are_named_with_the_reason(desk, person):
    mine, moved = make_risk(desk, State.HANDLING), make_risk(desk, State.HANDLING)
    form = {"act": "remind", "pick": [*picks(mine), f"{moved.number}@1"], "version": 0, "reason": "请抓紧"}
    page = person("dispatcher").post("/sheet/many/do/", form, follow=True).content.decode()
    assert "已办 1 件：催办" in page
    assert f"未办理 {moved.number}：这件事刚刚已被他人办理" in page


def test_when_none_can_be_done_what_was_typed_stays(desk, person):
    risk = make_risk(desk)
    answer = person("dispatcher").post(
        "/sheet/many/do/",
        {
            "act": "assign",
            "pick": picks(risk),
            "version": 0,
            "unit": "road",
            "requirements": " ",
            "contact": "值班室 8 号",
        },
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请写明交办要求" in page
    assert "值班室 8 号" in page


def test_a_handler_signs_for_the_own_units_items_only(desk, person):
    mine = make_risk(desk, State.ASSIGNED)
    other = make_risk(desk, State.ASSIGNED, unit=desk.port, handler="other_handler")
    client = person("handler")
    page = client.get("/sheet/many/", {"act": "sign", "pick": [mine.number, other.number]}).content.decode()
    assert other.number not in page.split("<main")[1]
    client.post("/sheet/many/do/", {"act": "sign", "pick": picks(mine, other), "version": 0})
    assert set(Risk.objects.values_list("number", "state")) == {
        (mine.number, "handling"),
        (other.number, "assigned"),
    }


def test_an_auditor_is_offered_no_act(desk, person):
    make_risk(desk)
    assert 'id="many"' not in person("auditor").get("/sheet/").content.decode()
    assert person("auditor").get("/sheet/many/", {"act": "verify"}).status_code == 404
