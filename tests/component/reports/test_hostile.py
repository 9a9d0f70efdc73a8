"""Hostile words in every field that a paper quotes, through every paper and every renderer."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from datetime import timedelta

import pytest
from lxml import etree
from openpyxl import load_workbook

from tests.unit.reports.rows import LONG_AFTER, MONDAY, UNITS, WEEK, board, facts, risk
from tests.unit.reports.samples import HOSTILE
from tracker.reports.annual import annual
from tracker.reports.circular import circular
from tracker.reports.facts import EventRow, LedgerHead, PostRow, UnitRow
from tracker.reports.periods import Month, Year
from tracker.reports.render import docx, html, xlsx
from tracker.reports.slips import FIELDS, SlipFacts, slip
from tracker.reports.weekly import monthly, weekly
from tracker.risks.lifecycle import Act

HOUR = timedelta(hours=1)
EVIL = f"=HYPERLINK(1){HOSTILE}{{{{ 7*7 }}}}"
FORMS = {"assignment": 2, "reminder": 4, "supervision": 5, "closing": 8}
STEPS = (Act.LIST, Act.ASSIGN, Act.SIGN, Act.REMIND, Act.SUPERVISE, Act.PROGRESS, Act.SUBMIT, Act.VERIFY)


def with_reasons(row):
    return dataclasses.replace(row, acts=tuple(act._replace(reason=EVIL, actor=EVIL[:60]) for act in row.acts))


def told(number, steps, **words):
    return with_reasons(risk(number, steps, place=EVIL, problem=EVIL, **words))


def every_paper():
    """One content of every kind, all of whose words are hostile."""
    at = [MONDAY + n * HOUR for n in range(40)]
    rows = [
        told(1, [(Act.LIST, at[0]), (Act.ASSIGN, at[1])], level=3, due_after=5),
        told(2, [(Act.LIST, at[0]), (Act.ASSIGN, at[1]), (Act.RETURN, at[2]), (Act.REASSIGN, at[3])]),
        told(3, [(Act.LIST, at[0]), (Act.WITHDRAW, at[5])]),
        told(4, [*zip(STEPS, at, strict=False), (Act.REOPEN, at[30])]),
        told(5, [(act, moment) for act, moment in zip(STEPS[:4], at, strict=False)], due_after=2),
    ]
    events = {1: EventRow(1, EVIL, EVIL, 2, flagged=True, decision="", opened_at=MONDAY)}
    said = tuple(PostRow(n, MONDAY + n * HOUR, flagged=True, event=1) for n in range(5))
    sources = (dataclasses.replace(board(hours=(1,), failed=(2,)), title=EVIL),)
    given = dataclasses.replace(
        facts(rows, posts=said, events=events, sources=sources),
        units={code: UnitRow(code, EVIL, unit.prefecture) for code, unit in UNITS.items()},
    )
    papers = [
        make(given, period=period, as_of=LONG_AFTER)
        for make, period in (
            (weekly, WEEK), (monthly, Month(2026, 11)), (circular, WEEK), (annual, Year(2026)),
        )
    ]  # fmt: skip
    papers = [
        content | {"revision": 2, "changes": [EVIL], "notice": EVIL, "computed_at": LONG_AFTER.isoformat()}
        for content in papers
    ]
    for kind, steps in FORMS.items():
        row = told(9, list(zip(STEPS[:steps], at, strict=False)))
        words = {"requirements": EVIL, "contact": EVIL, "links": (EVIL,), "evidence": (EVIL,)}
        papers.append(slip(kind, SlipFacts(row, LedgerHead(9, "a" * 64), units={"aa": EVIL}, **words), now=LONG_AFTER))
    return papers


PAPERS = every_paper()
names = pytest.mark.parametrize("content", PAPERS, ids=[content["kind"] for content in PAPERS])


def test_every_paper_is_here():
    assert {content["kind"] for content in PAPERS} == {"weekly", "monthly", "circular", "annual", *FIELDS}


@names
def test_a_docx_is_well_formed_and_keeps_the_words(content):
    with zipfile.ZipFile(io.BytesIO(docx.render(content))) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(archive.read(name))
        body = etree.fromstring(archive.read("word/document.xml"))
    words = "".join(body.itertext())
    assert "<script>alert(1)</script>" in words
    assert "{{ 7*7 }}" in words


@names
def test_a_page_has_no_element_that_a_text_brought_along(content):
    page = html.document(content)
    assert page.count("<script") == 1
    assert "alert(1)&lt;/script&gt;" in page
    for bad in ("\x00", "\x08", "\u202e", "\ufffe"):
        assert bad not in page


@names
def test_a_sheet_has_text_where_the_text_begins_like_a_formula(content):
    book = load_workbook(io.BytesIO(xlsx.render(content)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert any(str(cell.value).startswith("=HYPERLINK") for cell in cells)
