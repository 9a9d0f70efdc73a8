"""What stands around the sections: the list of annexes, the corrections of a revision, the numbers of headings."""

from __future__ import annotations

from io import BytesIO

import pytest
from docx import Document
from docx.oxml.ns import qn

from tests.unit.reports.samples import full_week
from tracker.reports.paper import Column, table, text
from tracker.reports.render.docx import render
from tracker.reports.render.html import Reading, article
from tracker.reports.render.html import render as page
from tracker.reports.render.words import annex_lines, annex_name, changes_first, changes_rest, headings

ROWS = table("甲表", [Column("一")], [["1"]])
EMPTY = table("乙表", [Column("一")], [], empty="没有。")


def annexed(*titles):
    return {"annex": [{"title": title} for title in titles]}


def test_a_lone_annex_has_no_number_and_several_have():
    assert annex_lines(annexed()) == []
    assert annex_lines(annexed("本周台账")) == ["附件：本周台账"]
    assert annex_lines(annexed("甲", "乙")) == ["附件：1. 甲", "　　　2. 乙"]
    assert [annex_name(annexed("甲"), 1), annex_name(annexed("甲", "乙"), 2)] == ["附件", "附件2"]


@pytest.mark.parametrize("number", [0, 1, 5, 6, 21])
def test_every_correction_stands_once_and_the_first_page_keeps_its_room(number):
    content = {"changes": [f"第{n}处" for n in range(number)]}
    first, rest = changes_first(content), changes_rest(content)
    assert [line for line in (*first, *rest) if not line.startswith("另有")] == content["changes"]
    assert len(first) <= 5
    assert bool(rest) == any(line.startswith("另有") for line in first)


def test_only_tables_that_stand_are_numbered_and_only_where_there_are_several():
    assert headings([text("话"), ROWS, EMPTY, ROWS]) == [0, 1, 0, 2]
    assert headings([ROWS, EMPTY]) == [0, 0]


def section(*blocks):
    return {"key": "x", "title": "节", "scope": "范围", "new_page": False, "blocks": list(blocks)}


def test_an_empty_table_is_its_sentence_without_a_heading():
    content = full_week() | {"sections": [section(ROWS, EMPTY, EMPTY | {"empty": ""})], "annex": []}
    for words in (said(render(content)), page(content)):
        assert "没有。" in words
        assert "乙表" not in words


def said(body):
    return "\n".join(p.text for p in Document(BytesIO(body)).paragraphs)


def test_neither_date_nor_foot_can_have_a_page_of_its_own():
    content = full_week() | {"annex": []}
    body = Document(BytesIO(render(content | {"sections": [section(ROWS)]}))).element.body
    *_rest, last_table, note, date, foot, _layout = body
    assert last_table.tag == qn("w:tbl")
    assert "台账截至" in "".join(foot.itertext())
    held = [*last_table.findall(qn("w:tr"))[-1].iter(qn("w:p")), note, date]
    assert all(p.pPr.keepNext is not None and p.pPr.keepNext.val for p in held)
    assert foot.pPr.keepNext is None


def test_a_share_on_paper_breaks_before_its_bracket_only():
    figure = {"v": 0.5, "n": 1, "of": 2, "r": ["risk:1"]}
    content = full_week() | {"sections": [section(table("表", [Column("率")], [[figure]]))], "annex": []}
    printed = article(content, Reading(lambda _key: None, opens=False))
    assert '50.0%<span class="base">（1/2）</span>' in printed
