"""Our reader of .xlsx gives what openpyxl gives, for every kind of cell, and opens nothing that a file might name."""

from __future__ import annotations

import io
import zipfile
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from lxml.etree import XMLSyntaxError
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.utils.datetime import MAC_EPOCH

from crawlers.reports import CrawlError
from crawlers.sheets import open_sheet
from crawlers.xlsx import Workbook

ROWS = [
    ["编号", "内容", "时间", "数", "真假", "空"],
    ["A1", "渡口栏杆松动\n一推就晃", datetime(2026, 11, 20, 9, 5), 12.5, True, None],  # noqa: DTZ001 - a spreadsheet knows no zones
    ["A2", CellRichText("桥面", TextBlock(InlineFont(b=True), "塌了")), date(2026, 11, 20), 10**12, False, ""],
    [None, " 前后有空 ", 46345.5, -3, "#N/A", "=1+1"],
    ["A3", "&lt;script&gt; <b> & \"'", None, 1e21, "TRUE", "007"],
]


def book(*, mac: bool = False) -> bytes:
    made = openpyxl.Workbook()
    if mac:
        made.epoch = MAC_EPOCH
    made.active.title = "空表"
    sheet = made.create_sheet("数据")
    for row in ROWS:
        sheet.append(row)
    sheet["H9"] = "远处"
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def shared() -> bytes:
    """A book whose texts stand in a table of their own, as Excel itself writes them."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        sheet, bold = made.add_worksheet("数据"), made.add_format({"bold": True})
        sheet.write_row(0, 0, ["编号", "内容"])
        sheet.write_rich_string(1, 1, "渡口", bold, "栏杆松动", "\n一推就晃")
        sheet.write_datetime(2, 3, datetime(2026, 11, 20, 9, 5), made.add_format({"num_format": "yyyy年m月d日 h:mm"}))  # noqa: DTZ001
        sheet.write_formula(3, 0, "=A1", value="编号")
    return out.getvalue()


def theirs(data: bytes) -> list[tuple[object, ...]]:
    made = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    return [tuple(row) for row in made["数据"].iter_rows(values_only=True)]


def ours(data: bytes) -> list[tuple[object, ...]]:
    with Workbook(io.BytesIO(data)) as made:
        filled = [dict(rows) for rows in made.sheets()][-1]
    return [filled.get(number, ()) for number in range(1, max(filled) + 1)]


def bare(rows: list[tuple[object, ...]]) -> list[list[object]]:
    """Without what stands empty at the end of a row, which the two give differently."""
    return [list(row[: max((n + 1 for n, cell in enumerate(row) if cell is not None), default=0)]) for row in rows]


def with_part(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w") as made:
        for part in given.namelist():
            text = given.read(part)
            if part.endswith(name):
                assert old in text
                text = text.replace(old, new)
            made.writestr(part, text)
    return out.getvalue()


@pytest.mark.parametrize("mac", [False, True])
def test_it_gives_what_openpyxl_gives(mac: bool) -> None:
    data = book(mac=mac)
    assert bare(ours(data)) == bare(theirs(data))


def test_texts_of_the_shared_table_and_formats_of_ones_own() -> None:
    assert bare(ours(shared())) == bare(theirs(shared()))
    assert ours(shared())[1][1] == "渡口栏杆松动\n一推就晃"


def test_rows_and_cells_without_their_references_follow_each_other() -> None:
    import re

    data = book()
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        sheet = parts.read("xl/worksheets/sheet2.xml")
    plain = re.sub(rb' r="[A-Z]*\d+"', b"", sheet)
    stripped = with_part(data, "sheet2.xml", sheet, plain)
    assert bare(ours(stripped))[1] == bare(theirs(data))[1]


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b SYSTEM "file:///etc/hostname">%s]>'


@pytest.mark.parametrize("entity", [b"&a;", b"&b;", b"&c;"])
def test_entities_are_not_resolved(entity: bytes) -> None:
    many = b"".join(b'<!ENTITY c%d "%s">' % (n, b"&c%d;" % (n - 1) * 10) for n in range(1, 20))
    more = b'<!ENTITY c0 "aaaaaaaaaa">' + many + b'<!ENTITY c "&c19;">'
    data = with_part(shared(), "sharedStrings.xml", "栏杆松动".encode(), entity)
    data = with_part(data, "sharedStrings.xml", b"<sst ", BOMB % more + b"<sst ")
    with pytest.raises(XMLSyntaxError, match="ntity") if entity == b"&c;" else nullcontext():
        assert ours(data)[1][1] == "渡口\n一推就晃"


def test_a_file_that_breaks_off_is_one_sentence(tmp_path: Path) -> None:
    broken = with_part(book(), "sheet2.xml", b"</sheetData>", b"<row><c")
    path = tmp_path / "broken.xlsx"
    path.write_bytes(broken)
    with (
        path.open("rb") as file,
        pytest.raises(CrawlError, match=r"cannot be read as \.xlsx"),
        open_sheet(file, "broken.xlsx") as sheet,
    ):
        list(sheet.rows)
