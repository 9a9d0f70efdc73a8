"""The workbook measured in its XML: typed cells, real tables, frozen heads, no formula whatever the text."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from lxml import etree
from openpyxl import load_workbook

from tests.unit.reports.samples import full_week
from tracker.reports.paper import figures_of
from tracker.reports.render.xlsx import render

S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def parts():
    with zipfile.ZipFile(BytesIO(render(full_week()))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sheets(parts):
    """{sheet name: its XML}."""
    names = [s.get("name") for s in etree.fromstring(parts["xl/workbook.xml"]).iter(f"{S}sheet")]
    return {name: etree.fromstring(parts[f"xl/worksheets/sheet{n}.xml"]) for n, name in enumerate(names, 1)}


def strings(parts):
    return ["".join(t.text or "" for t in si.iter(f"{S}t")) for si in etree.fromstring(parts["xl/sharedStrings.xml"])]


def test_a_sheet_a_section_and_one_for_the_records(parts):
    found = list(sheets(parts))
    assert found[0] == "说明"
    assert found[1:11] == [s["title"] for s in full_week()["sections"]]
    assert found[-1] == "数字依据"


def test_no_cell_is_a_formula_and_hostile_text_is_text(parts):
    for name, sheet in sheets(parts).items():
        assert not list(sheet.iter(f"{S}f")), name
    assert "=1+2" in strings(parts)
    assert any("<script>alert(1)</script>" in s for s in strings(parts))
    assert not [s for s in strings(parts) if set("\x00\x08\u202e\ud800\ufffe") & set(s)]


def test_tables_have_filters_and_heads_that_agree_with_their_cells(parts):
    words, tables = strings(parts), {k: etree.fromstring(v) for k, v in parts.items() if k.startswith("xl/tables/")}
    assert len(tables) > 10
    names = [t.get("displayName") for t in tables.values()]
    assert len(set(names)) == len(names)
    for table in tables.values():
        assert table.find(f"{S}autoFilter").get("ref") == table.get("ref")
        heads = [c.get("name") for c in table.iter(f"{S}tableColumn")]
        assert len(set(heads)) == len(heads)
        assert set(heads) <= set(words)


def test_heads_are_frozen_where_there_is_a_table(parts):
    for name, sheet in sheets(parts).items():
        if sheet.find(f"{S}tableParts") is not None:
            assert sheet.find(f".//{S}pane").get("state") == "frozen", name


def test_counts_are_numbers_and_shares_percentages(parts):
    sheet = sheets(parts)["本周结论"]
    numbers = [c for c in sheet.iter(f"{S}c") if c.get("t") is None and c.find(f"{S}v") is not None]
    assert len(numbers) >= 14
    formats = etree.fromstring(parts["xl/styles.xml"])
    assert "0.0%" in {n.get("formatCode") for n in formats.iter(f"{S}numFmt")}


def test_times_are_times_on_the_offices_clock_and_numbers_numbers():
    content = full_week()
    book = load_workbook(BytesIO(render(content)))
    for key, title, head in (
        ("named", "逾期未结", "到期"),
        ("ledger", "本周台账", "时间"),
        ("coverage", "各数据源", "最近一次正常"),
    ):
        section = next(s for s in [*content["sections"], *content["annex"]] if s["key"] == key)
        block = next(b for b in section["blocks"] if b["type"] == "table" and b["title"].startswith(title))
        at = [column["title"] for column in block["columns"]].index(head)
        rows = list(book[section["title"]].iter_rows())
        first = next(n for n, row in enumerate(rows) if row[at].value == head) + 1
        cells = [row[at] for row in rows[first : first + len(block["rows"])]]
        assert cells
        for said, cell in zip(block["rows"], cells, strict=True):
            if said[at] == "—":
                continue
            assert cell.number_format == "yyyy-mm-dd hh:mm"
            assert f"{cell.value:%m-%d %H:%M}" == said[at]
            assert cell.value.year == 2026
        if key == "ledger":
            assert [row[0].value for row in rows[first : first + 3]] == [int(row[0]) for row in block["rows"][:3]]


def test_the_last_sheet_lists_every_record_of_every_figure(parts):
    expected = sum(len(f["r"]) for f in figures_of(full_week()))
    assert len(list(sheets(parts)["数字依据"].iter(f"{S}row"))) == expected + 1


def test_the_trends_are_charts_over_cells(parts):
    charts = [v for k, v in sorted(parts.items()) if k.startswith("xl/charts/chart")]
    kinds = [b"lineChart" if b"lineChart" in chart else b"barChart" for chart in charts]
    assert kinds.count(b"lineChart") == 2
    assert kinds.count(b"barChart") == len(kinds) - 2 > 0
    assert any("热度走势与突增".encode() in chart for chart in charts)


def test_records_beyond_what_a_sheet_shows_are_counted(monkeypatch):
    monkeypatch.setattr("tracker.reports.render.xlsx.MOST_RECORDS", 5)
    with zipfile.ZipFile(BytesIO(render(full_week()))) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    shown = sheets(found)["数字依据"]
    every = sum(len(figure["r"]) for figure in figures_of(full_week()))
    assert len(list(shown.iter(f"{S}row"))) == 1 + 1 + 5
    assert any(words.startswith(f"此处列出前5条，共{every}条") for words in strings(found))
