"""A paper found later is computed again to the digit, and any difference is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_desk, make_event, make_risk
from tests.unit.reports.world import make_world
from tracker.reports.definitions import CURRENT
from tracker.reports.kinds import KINDS
from tracker.reports.models import Paper
from tracker.reports.render.carried import BadPaper, read
from tracker.reports.render.html import document
from tracker.reports.services import facts_digest, file_name, paper_file, paper_make, paper_write, slip_paper, slips_of
from tracker.reports.slips import KINDS as SLIPS
from tracker.reports.verify import paper_verify
from tracker.risks.lifecycle import Act, State
from tracker.risks.models import Risk
from tracker.risks.side_acts import risk_note

pytestmark = pytest.mark.django_db

END = datetime(2026, 11, 22, 16, tzinfo=UTC)
LATER = END + timedelta(hours=9)


def written(folder, kind="weekly", formats=("docx", "html"), period="2026-W47"):
    return paper_write(kind=kind, period=period, formats=list(formats), output=folder, now=LATER, sources={})


def test_a_figure_edited_in_the_file_is_noticed(tmp_path):
    make_risk(make_desk(), State.HANDLING, now=END - timedelta(days=2))
    (path,) = written(tmp_path, formats=["html"])
    text = path.read_text(encoding="utf-8")
    assert '"of":0' in text
    path.write_text(text.replace('"of":0', '"of":7', 1), encoding="utf-8")
    assert "被改动过" in paper_verify(path=path, sources={})[0]


def test_a_difference_names_the_figure_and_both_values(tmp_path):
    desk = make_desk()
    risk = make_risk(desk, State.LISTED, now=END - timedelta(days=2), event=make_event(now=END - timedelta(days=3)))
    (path,) = written(tmp_path, formats=["docx"])
    Risk.objects.filter(pk=risk.pk).update(place="白石市")
    found = paper_verify(path=path, sources={})
    assert "新增隐患：新增“白石市”" in found
    assert "新增隐患：去掉“青川市”" in found


def test_another_ledger_is_said_to_be_another(tmp_path):
    make_risk(make_desk(), State.LISTED, now=END - timedelta(days=2))
    content = paper_make(kind="weekly", period="2026-W47", now=LATER, sources={})
    path = tmp_path / "other.html"
    path.write_text(
        document(content | {"ledger": {"seq": content["ledger"]["seq"], "hash": "f" * 64}}), encoding="utf-8"
    )
    assert "台账不同" in paper_verify(path=path, sources={})[0]


EVERY = ("docx", "pdf", "xlsx", "html")


@pytest.fixture
def full(tmp_path):
    """Every kind of paper in every format, and what was done after they were written."""
    world = make_world(seed=3, problems=16)
    world.run(END)
    late = Risk.objects.filter(state=State.HANDLING).first()
    manager = world.desk.actor("manager")
    risk_note(
        risk=late.pk, version=late.version, act=Act.REMIND, actor=manager, now=END - timedelta(hours=1), reason="请抓紧"
    )
    paths = written(tmp_path, formats=EVERY)
    for kind, period in (("monthly", "2026-10"), ("circular", "2026-W47"), ("annual", "2025")):
        paths += written(tmp_path, kind, ("html",), period)
    kept: set[str] = set()
    for risk in Risk.objects.order_by("-pk"):
        for kind in set(slips_of(risk)) - kept:
            kept.add(kind)
            for suffix in EVERY if kind == "closing" else ("docx",):
                content = slip_paper(kind=kind, risk=risk, now=END)
                paths.append(tmp_path / file_name(content, suffix))
                paths[-1].write_bytes(paper_file(content, suffix))
    assert kept == set(SLIPS)
    world.run(END + timedelta(days=5))
    return paths


def test_every_kind_of_paper_in_every_format_holds_while_the_office_goes_on(full):
    assert {path.name.partition("-")[0] for path in full} == {*KINDS, *SLIPS}
    for path in full:
        assert paper_verify(path=path, sources={}) == [], path.name
    assert {path.suffix for path in full} == {f".{suffix}" for suffix in EVERY}


def test_a_paper_of_one_item_names_the_box_that_differs(tmp_path):
    risk = make_risk(make_desk(), State.HANDLING, now=END - timedelta(days=2))
    path = tmp_path / "slip.docx"
    path.write_bytes(paper_file(slip_paper(kind="assignment", risk=risk, now=END), "docx"))
    assert paper_verify(path=path) == []
    place = risk.place
    Risk.objects.filter(pk=risk.pk).update(place="白石市")
    assert paper_verify(path=path) == [f"“地点”由“{place}”改为“白石市”"]
    Risk.objects.filter(pk=risk.pk).update(number="YD-2026-99999")
    assert "清单里没有" in paper_verify(path=path)[0]


def aged(path, **changes):
    """The paper at `path` as another version would have written it."""
    content = {key: value for key, value in read(path).items() if key != "digest"} | changes
    content = {key: value for key, value in content.items() if value is not None}
    path.write_text(document(content | {"digest": facts_digest(content)}), encoding="utf-8")


def test_a_paper_of_older_definitions_says_which_changed_instead_of_its_differences(tmp_path):
    make_risk(make_desk(), State.LISTED, now=END - timedelta(days=2), event=make_event(now=END - timedelta(days=3)))
    (path,) = written(tmp_path, formats=["html"])
    aged(path, definitions=None)
    assert paper_verify(path=path, sources={}) == [], "its figures are the same by both"
    sections = read(path)["sections"]
    figure = sections[0]["blocks"][1]["figures"][0]
    figure["v"], figure["r"] = 0, []
    aged(path, sections=sections)
    (said,) = paper_verify(path=path, sources={})
    assert said.startswith(f"本文按口径第1版写成，现行口径为第{CURRENT}版：“按期”自本版起以期限内申请销号")
    assert said.endswith("按现行口径重算有1处不同，不能据此说台账有变")
    aged(path, definitions=CURRENT + 1)
    with pytest.raises(BadPaper, match="newer version"):
        paper_verify(path=path, sources={})


def test_a_revision_made_after_a_definition_changed_says_so_first(tmp_path):
    desk = make_desk()
    risk = make_risk(desk, State.LISTED, now=END - timedelta(days=2))
    first = paper_make(kind="weekly", period="2026-W47", now=LATER, sources={})
    row = Paper.objects.get()
    row.content = {key: value for key, value in first.items() if key != "definitions"}
    row.save()
    again = paper_make(kind="weekly", period="2026-W47", now=LATER, sources={})
    assert again["revision"] == 1, "the same figures by other definitions are no correction"
    Risk.objects.filter(pk=risk.pk).update(place="白石市")
    changes = paper_make(kind="weekly", period="2026-W47", now=LATER, sources={})["changes"]
    assert changes[0].startswith("本文按口径第1版写成")
    assert "新增隐患：新增“白石市”" in changes


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"PK\x03\x04 cut",
        b"<html></html>",
        b"\xff\xfe",
        b"%PDF-1.7 no paper",
        b"%PDF-1.7 <</Type /YidanPaper/Length 4>>\nstream\nAAAA\nendstream",
        b'<script type="application/json" id="paper-content">{</script>',
    ],
)
def test_a_file_that_is_no_paper_is_one_sentence(tmp_path, body):
    path = tmp_path / "x"
    path.write_bytes(body)
    with pytest.raises(BadPaper, match="is not a paper written by yidan"):
        paper_verify(path=path, sources={})
    with pytest.raises(BadPaper, match="cannot be read"):
        read(tmp_path / "absent")


def test_a_paper_of_another_version_is_not_guessed_at(tmp_path):
    path = tmp_path / "old.html"
    path.write_text('<script type="application/json" id="paper-content">{"schema":0}</script>', encoding="utf-8")
    with pytest.raises(BadPaper, match="another version"):
        read(path)
