"""The papers of one item through the store."""

from __future__ import annotations

import pytest

from tests.factories import NOW, make_desk, make_risk
from tracker.reports.services import NoSlip, slip_paper, slips_of
from tracker.risks.lifecycle import State

pytestmark = pytest.mark.django_db


def boxes(content):
    return {row["label"]: row["text"] for row in content["sections"][0]["blocks"][0]["rows"]}


def test_the_papers_of_a_closed_item():
    risk = make_risk(make_desk(), State.CLOSED, level=3)
    assert slips_of(risk) == ("assignment", "closing")
    given = boxes(slip_paper(kind="assignment", risk=risk, now=NOW))
    assert given["承办单位"] == "青川市交通运输局"
    assert given["交办单位"] == "省交通运输厅"
    assert given["来源"].startswith("https://board.example/t/")
    closed = boxes(slip_paper(kind="closing", risk=risk, now=NOW))
    assert closed["凭证"] == "现场.png"
    assert "核查员" in closed["核查意见"]
    assert "同意" in closed["批准"]


def test_an_unassigned_item_has_no_papers():
    risk = make_risk(make_desk(), State.LISTED)
    assert slips_of(risk) == ()
    with pytest.raises(NoSlip):
        slip_paper(kind="assignment", risk=risk, now=NOW)
