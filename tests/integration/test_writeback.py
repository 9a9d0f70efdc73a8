"""Back to the hotline: each work order under its own number, safe to open in a spreadsheet, never an unverified promise as a result."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import BytesIO, StringIO

import openpyxl
import pytest

from tests.factories import NOW, make_event, make_risk
from tracker.accounts.actors import system_actor
from tracker.ledger.models import Entry
from tracker.outward.writeback import COLUMNS, NothingToSend, writeback
from tracker.posts.models import Sighting
from tracker.risks.lifecycle import State

pytestmark = pytest.mark.django_db
ORDERS = ("202611230000012345", "=1+1")


@pytest.fixture
def orders(desk):
    """Two work orders on the sheet, one closed and one in work, and one post of a board."""
    for key, state in zip(ORDERS, (State.CLOSED, State.SUBMITTED), strict=True):
        risk = make_risk(desk, state)
        Sighting.objects.filter(post__event=risk.event).update(source="hotline-12328", key=key)
    make_risk(desk)
    make_event()
    return desk


def rows_of(kind: str, **over) -> list[list[str]]:
    content = writeback(source="hotline-12328", kind=kind, actor=system_actor("cli"), now=NOW, **over)
    if kind == "csv":
        return list(csv.reader(StringIO(content.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    return [[cell.value or "" for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_one_row_an_order_under_its_own_number(orders, kind):
    head, *rows = rows_of(kind)
    assert tuple(head) == COLUMNS
    assert [row[0].lstrip("'") for row in rows] == list(ORDERS)
    closed, working = (dict(zip(COLUMNS, row, strict=True)) for row in rows)
    assert (closed["工单状态"], closed["办理结果"]) == ("已销号", "已整改")
    assert "护栏" in closed["答复内容"]
    assert closed["办结时间"].startswith("2026-11-23 10:00")
    assert (working["工单状态"], working["办理结果"], working["办结时间"]) == ("申请销号（待核查）", "", "")


def test_no_cell_computes(orders):
    assert rows_of("csv")[2][0] == "'=1+1"
    sheet = openpyxl.load_workbook(
        BytesIO(writeback(source="hotline-12328", kind="xlsx", actor=system_actor("cli"), now=NOW))
    ).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}


def test_it_is_written_down(orders):
    rows_of("csv")
    entry = Entry.objects.get(act="export.writeback")
    assert '"rows":2' in entry.data
    assert "hotline-12328" in entry.data


def test_only_what_moved_since(orders):
    with pytest.raises(NothingToSend):
        rows_of("csv", since=NOW + timedelta(days=1))
    assert len(rows_of("csv", since=NOW)) == 3


def test_a_source_without_orders_says_so(orders):
    with pytest.raises(NothingToSend, match="another"):
        writeback(source="another", kind="csv", actor=system_actor("cli"), now=NOW)
