"""The papers of one item: filled from the ledger, blank where it says nothing."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from docx import Document

from tests.unit.reports.rows import MONDAY, risk
from tests.unit.reports.samples import HOSTILE
from tracker.reports.facts import LedgerHead
from tracker.reports.render.docx import render as render_docx
from tracker.reports.render.html import render as render_html
from tracker.reports.slips import KINDS, NoSlip, SlipFacts, available, slip
from tracker.risks.lifecycle import Act

HOUR = timedelta(hours=1)
NOW = MONDAY + 200 * HOUR
ROAD = (
    (Act.LIST, 1), (Act.ASSIGN, 2), (Act.RETURN, 3), (Act.REASSIGN, 10), (Act.SIGN, 12), (Act.REMIND, 60),
    (Act.SUPERVISE, 90), (Act.SUBMIT, 100), (Act.VERIFY, 120), (Act.APPROVE, 130),
)  # fmt: skip


def facts(steps=ROAD, *, level=3, **words):
    row = risk(7, [(act, MONDAY + h * HOUR) for act, h in steps], level=level, problem=words.pop("problem", "栏杆断开"))
    return SlipFacts(row, LedgerHead(710, "e" * 64), **({"units": {"aa": "青川市交通运输局"}} | words))


def boxes(content):
    return {row["label"]: row["text"] for row in content["sections"][0]["blocks"][0]["rows"]}


def test_an_assignment_paper_says_who_what_and_by_when():
    found = boxes(
        slip("assignment", facts(requirements="两日内修复", contact="值班室", links=("https://b.example/1",)), now=NOW)
    )
    assert found["承办单位"] == "青川市交通运输局"
    assert found["交办日期"] == "2026年11月16日"
    # Returned and assigned again: a new time to sign, the old time to treat.
    assert found["签收时限"] == "2026年11月17日10:00"
    assert found["办理时限"] == "2026年11月19日02:00"
    assert (found["交办要求"], found["联系人"], found["来源"]) == ("两日内修复", "值班室", "https://b.example/1")
    assert found["协办单位"] == found["督办单位"] == ""


def test_a_closing_paper_names_answer_evidence_verifier_and_approval():
    found = boxes(slip("closing", facts(evidence=("修前.jpg", "修后.jpg"), people={"verifier": "核查员乙"}), now=NOW))
    assert found["办理结果"] == "已整改"
    assert found["给公众的答复"] == "已修复"
    assert found["凭证"] == "修前.jpg\n修后.jpg"
    assert "核查员乙，2026年11月21日00:00，台账第708条" in found["核查意见"]
    assert "台账第709条" in found["批准"]
    assert found["销号时间"] == "2026年11月21日10:00"


def test_approval_is_a_row_of_level_three_only():
    assert "批准" not in boxes(slip("closing", facts(ROAD[:-1], level=2), now=NOW))


def test_a_reminder_lists_every_reminder_and_the_time_left_or_lost():
    late = boxes(slip("reminder", facts(ROAD[:6]), now=NOW))
    assert late["办理时限"].endswith("（已逾期5天6小时）")
    assert late["催办记录"].count("2026年11月18日12:00") == 1
    early = boxes(slip("reminder", facts(ROAD[:6]), now=MONDAY + 70 * HOUR))
    assert "还有" in early["办理时限"]


def test_the_clock_of_a_settled_item_no_longer_runs_on_its_papers():
    closed = boxes(slip("supervision", facts(), now=NOW))["办理时限"]
    assert closed.endswith("（逾期2天8小时后销号）")
    early = [*ROAD[:5], (Act.REMIND, 20), (Act.SUBMIT, 30), (Act.VERIFY, 190)]
    found = boxes(slip("reminder", facts(early, level=2), now=NOW))
    assert found["办理时限"].endswith("（期限内已申请销号）")
    assert found["公众答复时限"].endswith("（2026年11月17日06:00已答复）")


def test_papers_appear_as_the_item_comes_to_them():
    assert available(facts(ROAD[:1]).risk.acts) == ()
    assert available(facts(ROAD[:2]).risk.acts) == ("assignment",)
    assert available(facts(ROAD[:-1]).risk.acts) == ("assignment", "reminder", "supervision")
    assert available(facts().risk.acts) == tuple(KINDS)


def test_a_paper_that_the_item_has_not_come_to_is_refused():
    with pytest.raises(NoSlip, match="YD-2026-00007 has no closing paper"):
        slip("closing", facts(ROAD[:5]), now=NOW)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_hostile_words_stay_words_in_every_form(kind):
    content = slip(kind, facts(problem=HOSTILE, requirements=HOSTILE, evidence=(HOSTILE,), links=(HOSTILE,)), now=NOW)
    html = render_html(content)
    assert "<script" not in html
    assert "<h2>" not in html
    table = Document(BytesIO(render_docx(content))).tables[0]
    assert any("<script>alert(1)</script>" in cell.text for cell in table.column_cells(1))
    assert len(table.rows) == len(boxes(content))
