"""A paper found later is computed again to the digit, and any difference is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_desk, make_event, make_risk
from tests.unit.reports.world import make_world
from tracker.reports.render.carried import BadPaper, read
from tracker.reports.render.html import document
from tracker.reports.services import paper_make, paper_verify, paper_write
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk

pytestmark = pytest.mark.django_db

END = datetime(2026, 11, 22, 16, tzinfo=UTC)
LATER = END + timedelta(hours=9)


def written(folder, kind="weekly", formats=("docx", "html"), period="2026-W47"):
    return paper_write(kind=kind, period=period, formats=list(formats), output=folder, now=LATER, sources={})


def test_old_papers_hold_while_the_office_goes_on(tmp_path):
    world = make_world(seed=3, problems=25)
    world.run(END)
    paths = [*written(tmp_path), *written(tmp_path, "circular")]
    world.run(END + timedelta(days=5))
    assert len(paths) == 4
    for path in paths:
        assert paper_verify(path=path, sources={}) == []


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


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"PK\x03\x04 cut",
        b"<html></html>",
        b"\xff\xfe",
        b'<script type="application/json" id="paper-content">{</script>',
    ],
)
def test_a_file_that_is_no_paper_is_one_sentence(tmp_path, body):
    path = tmp_path / "x"
    path.write_bytes(body)
    with pytest.raises(BadPaper, match=r"is not a \.docx or \.html paper"):
        paper_verify(path=path, sources={})
    with pytest.raises(BadPaper, match="cannot be read"):
        read(tmp_path / "absent")


def test_a_paper_of_another_version_is_not_guessed_at(tmp_path):
    path = tmp_path / "old.html"
    path.write_text('<script type="application/json" id="paper-content">{"schema":0}</script>', encoding="utf-8")
    with pytest.raises(BadPaper, match="another version"):
        read(path)
