"""HTML of a paper: safe under a strict CSP, well-formed, every figure opens to its records."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.reports.rows import LONG_AFTER, MONDAY, WEEK, board, facts, risk
from tests.unit.reports.samples import HOSTILE
from tracker.reports.paper import chart
from tracker.reports.render.html import document, page, render
from tracker.reports.render.room import RECORDS, RECORDS_IN_ALL, ROWS, room
from tracker.reports.render.svg import ceiling, svg
from tracker.reports.render.words import clean, numeral, record
from tracker.reports.weekly import weekly
from tracker.risks.lifecycle import Act

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def hostile():
    steps = [(Act.LIST, MONDAY - 90 * HOUR), (Act.ASSIGN, MONDAY - 89 * HOUR), (Act.SUPERVISE, MONDAY + HOUR)]
    rows = [risk(n, steps, problem=HOSTILE, place=HOSTILE, level=3) for n in range(1, 4)]
    content = weekly(facts(rows, sources=(board(HOSTILE, hours=(1, 9)),)), period=WEEK, as_of=LONG_AFTER)
    return content | {"revision": 2, "changes": [HOSTILE], "computed_at": LONG_AFTER.isoformat()}


def test_nothing_of_a_hostile_text_becomes_markup(hostile):
    html = render(hostile)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert not set("\x00\x08\u202e\ud800\ufffe") & set(html)


def test_the_fragment_needs_no_inline_style_script_or_handler(hostile):
    html = render(hostile)
    assert not re.search(r"<style|<script|<[^>]*\s(style|on\w+)=", html)
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")


def test_the_fragment_is_well_formed(hostile):
    root = ET.fromstring(render(hostile))
    assert root.tag == "article"
    assert len(root.findall(".//section")) == 11


def test_the_document_stands_alone(hostile):
    html = document(hostile)
    assert html.startswith("<!doctype html>")
    assert "<style>" in html
    assert 'charset="utf-8"' in html
    html.encode()


def test_a_figure_opens_to_its_records_with_links(hostile):
    html = page(hostile, lambda key: f"/x/{key}" if key.startswith("risk:") and "#" not in key else None)
    assert '<details class="fig"><summary>3</summary>' in html
    assert '<a href="/x/risk:YD-2026-00001">YD-2026-00001</a>' in html
    assert "YD-2026-00001（台账102）" in html


def many(number: int) -> dict:
    late = [(Act.LIST, MONDAY - 900 * HOUR), (Act.ASSIGN, MONDAY - 899 * HOUR)]
    rows = [risk(n, late, problem=f"第{n}处") for n in range(1, number + 1)]
    content = weekly(facts(rows), period=WEEK, as_of=LONG_AFTER) | {"revision": 1, "changes": []}
    return content | {"computed_at": LONG_AFTER.isoformat()}


def test_a_page_of_the_desk_shows_the_first_rows_of_a_long_table_and_counts_the_rest():
    content = many(350)
    rows, records = room(content)
    shown, whole = page(content, lambda _key: None), render(content)
    assert f"此处列出前{rows}行，其余{350 - rows}行" in shown
    assert "等350条，逐条列在 .xlsx" in shown
    assert shown.count("YD-2026-") <= RECORDS_IN_ALL + sum(len(s["blocks"]) for s in content["sections"]) * rows
    assert records < RECORDS[0]
    assert "第350处" in whole
    assert "其余" not in whole, "the paper itself leaves no row out"


def test_a_small_paper_is_shown_whole():
    content = many(12)
    assert room(content) == (ROWS[0], RECORDS[0])
    shown = page(content, lambda _key: None)
    assert "第12处" in shown
    assert "逐条列在" not in shown


def test_the_draft_leaves_number_and_signatory_to_the_office(hostile):
    html = render(hostile)
    assert "代拟稿" in html
    assert "〔2027〕　　号" in html
    assert "签发人：　　　　" in html
    assert "第2版（更正）" in html
    assert hostile["ledger"]["hash"] in html


@given(st.text())
def test_cleaned_text_is_legal_xml(text):
    ET.fromstring(f"<a>{clean(text).replace('&', '&amp;').replace('<', '&lt;')}</a>")


@given(st.integers(0, 10_000_000))
def test_the_axis_holds_its_values_in_four_whole_steps(highest):
    top = ceiling(highest)
    assert top >= highest
    assert top % 4 == 0
    assert top <= max(4, 3 * highest)


def test_a_missing_day_is_a_gap_in_the_line():
    drawing = svg(chart("图", "lines", ["一", "二", "三", "四"], [("发帖", [1, 2, None, 4])]))
    root = ET.fromstring(drawing)
    lines = root.findall("{http://www.w3.org/2000/svg}polyline")
    assert [len(line.get("points").split()) for line in lines] == [2, 1]
    assert "三 无数据" in root.get("aria-label")


def test_bars_rise_from_the_axis_in_proportion():
    root = ET.fromstring(svg(chart("图", "bars", ["一", "二"], [("甲", [2, 4]), ("乙", [None, 0])])))
    heights = [float(bar.get("height")) for bar in root.findall("{http://www.w3.org/2000/svg}rect")]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.2)
    assert heights[2] == 0


def test_numbers_and_records_in_chinese():
    assert [numeral(n) for n in (1, 10, 11, 20, 21)] == ["一", "十", "十一", "二十", "二十一"]
    assert [record(k) for k in ("risk:YD-1", "risk:YD-1#4", "post:7")] == ["YD-1", "YD-1（台账4）", "帖7"]
