"""An office's own templates: what is shipped can be used at once, what is wrong is named, what is used loses nothing."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from docx import Document

from tests.unit.reports.rows import LONG_AFTER, MONDAY, risk
from tests.unit.reports.samples import HOSTILE, full_week
from tracker.reports.facts import LedgerHead
from tracker.reports.placeholders import placeholders
from tracker.reports.render.carried import read
from tracker.reports.render.docx import render
from tracker.reports.render.office import render_on
from tracker.reports.slips import FIELDS, SlipFacts, slip
from tracker.reports.templates import BadTemplate, check, export, kinds, template_of
from tracker.risks.lifecycle import Act

HOUR = timedelta(hours=1)
STEPS = [
    (act, MONDAY + n * HOUR)
    for n, act in enumerate(
        (Act.LIST, Act.ASSIGN, Act.REMIND, Act.SIGN, Act.SUPERVISE, Act.PROGRESS, Act.SUBMIT, Act.VERIFY, Act.APPROVE)
    )
]


def slip_of(kind, **words):
    row = risk(1, STEPS if kind == "closing" else STEPS[:5], level=3, **words)
    return slip(kind, SlipFacts(row, LedgerHead(9, "a" * 64), requirements=HOSTILE), now=LONG_AFTER)


def texts(body):
    document = Document(io.BytesIO(body))
    cells = [c.text for t in document.tables for r in t.rows for c in r.cells]
    return [p.text for p in document.paragraphs], cells


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shipped")
    export(folder)
    return folder


@pytest.fixture
def folder(shipped, tmp_path):
    return Path(shutil.copytree(shipped, tmp_path / "templates"))


@cache
def a_week():
    return full_week()


def test_what_is_shipped_is_right(folder):
    assert sorted(p.stem for p in folder.iterdir()) == sorted(kinds())
    for path in folder.iterdir():
        assert check(path) == []
        assert template_of(folder, path.stem) == path
    assert template_of(folder / "none", "weekly") is None


def test_exporting_never_overwrites_what_the_office_wrote(folder):
    with pytest.raises(BadTemplate, match="exists already"):
        export(folder)


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_the_labels_of_a_form_are_the_placeholders(kind):
    labels = [row["label"] for row in slip_of(kind)["sections"][0]["blocks"][0]["rows"]]
    assert labels == list(FIELDS[kind])


def test_a_paper_on_the_shipped_template_says_what_the_built_in_layout_says(folder):
    content = a_week() | {"revision": 2, "changes": ["甲由1改为2", "乙由3改为4"]}
    own, built_in = texts(render_on(folder / "weekly.docx", content)), texts(render(content))
    assert own[1] == built_in[1]
    squeezed = [re.sub(r"\s|更正：", "", "".join(paragraphs)) for paragraphs, _cells in (own, built_in)]
    assert squeezed[0] == squeezed[1]


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_a_form_on_the_shipped_template_is_filled(folder, kind):
    content = slip_of(kind, problem=f"护栏{HOSTILE}")
    _paragraphs, cells = texts(render_on(folder / f"{kind}.docx", content))
    rows = content["sections"][0]["blocks"][0]["rows"]
    assert cells[::2] == [row["label"] for row in rows]
    assert "YD-2026-00001" in cells
    assert not any("{{" in cell or "\ue0f1" in cell for cell in cells)
    assert any("<script>" in cell for cell in cells)


def test_a_paper_on_a_template_can_still_be_verified(folder, tmp_path):
    content = a_week()
    path = tmp_path / "out.docx"
    path.write_bytes(render_on(folder / "weekly.docx", content))
    assert read(path) == content


def test_a_template_made_of_an_old_paper_carries_the_new_one_only(folder, tmp_path):
    old = a_week()
    document = Document(io.BytesIO(render_on(folder / "weekly.docx", old | {"title": "旧文"})))
    document.add_paragraph("{{ 正文 }}{{ 标志 }}{{ 台账 }}".replace("{{ 标志 }}{{ 台账 }}", ""))
    document.add_paragraph("{{ 标志 }}{{ 台账 }}")
    document.save(tmp_path / "weekly.docx")
    assert check(tmp_path / "weekly.docx") == []
    path = tmp_path / "new.docx"
    path.write_bytes(render_on(tmp_path / "weekly.docx", old))
    assert read(path)["title"] == old["title"]
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist().count("customXml/paper.xml") == 1


def edited(folder, kind, *paragraphs, split=False):
    document = Document(folder / f"{kind}.docx")
    for words in paragraphs:
        if split:
            paragraph = document.add_paragraph()
            for letter in words:
                paragraph.add_run(letter)
        else:
            document.add_paragraph(words)
    document.save(folder / f"{kind}.docx")
    return check(folder / f"{kind}.docx")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("主送：{{ 标提 }}", "{{ 标提 }} is no placeholder of this paper; did you mean {{ 标题 }}?"),
        ("{{ xyz }}", "the names are "),
        ("{{ 标题", "a {{ has no }}"),
        ("标题 }}", "a {{ has no }}"),
        ("{% for x in y %}", "only names in {{ }} are allowed"),
        ("{{ 标题.__class__ }}", "is no placeholder"),
        ("见{{ 正文 }}", "give it a paragraph of its own"),
    ],
)
@pytest.mark.parametrize("split", [False, True])
def test_a_wrong_placeholder_is_one_sentence_that_says_where(folder, words, sentence, split):
    (problem,) = edited(folder, "weekly", words, split=split)
    assert problem.startswith("weekly.docx, paragraph ")
    assert sentence in problem
    with pytest.raises(BadTemplate, match="paragraph"):
        template_of(folder, "weekly")


def test_a_form_does_not_know_the_names_of_another(folder):
    (problem,) = edited(folder, "reminder", "{{ 督办时间 }}")
    assert "is no placeholder" in problem
    assert edited(folder, "supervision", "{{ 督办时间 }}") == []


def test_headers_and_footers_are_checked_and_filled(folder):
    document = Document(folder / "weekly.docx")
    document.sections[0].header.paragraphs[0].text = "{{ 标题 }}{{ 提示 }}"
    document.save(folder / "weekly.docx")
    assert check(folder / "weekly.docx") == []
    with zipfile.ZipFile(io.BytesIO(render_on(folder / "weekly.docx", a_week()))) as archive:
        header = "".join(archive.read(n).decode() for n in archive.namelist() if "header" in n)
    assert "一单四制" in header
    assert "\ue0f1" not in header
    document.sections[0].header.paragraphs[0].text = "{{ 标提 }}"
    document.save(folder / "weekly.docx")
    assert "header, paragraph 1" in check(folder / "weekly.docx")[0]


def test_what_must_be_shown_cannot_be_left_out(folder):
    Document().save(folder / "weekly.docx")
    assert [p.partition("{{")[2][:4].strip() for p in check(folder / "weekly.docx")] == ["正文", "标志", "台账"]


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04 cut", b"\xd0\xcf\x11\xe0 an old .doc"])
def test_a_file_that_is_no_docx_is_one_sentence(tmp_path, body):
    (tmp_path / "weekly.docx").write_bytes(body)
    (problem,) = check(tmp_path / "weekly.docx")
    assert "is not a .docx file" in problem
    (tmp_path / "daily.docx").write_bytes(body)
    assert "is the template of no paper" in check(tmp_path / "daily.docx")[0]


def test_every_placeholder_says_what_it_stands_for():
    for kind in kinds():
        assert all(len(meaning) > 2 for meaning in placeholders(kind).values())
