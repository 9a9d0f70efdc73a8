"""A hostile or broken .xlsx: its entities are not resolved, and where it breaks off there is one sentence."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
import xlsxwriter

from crawlers.reports import CrawlError
from crawlers.sheets import open_sheet


def book() -> bytes:
    """A book whose texts stand in a table of their own, as Excel itself writes them."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        sheet = made.add_worksheet("数据")
        sheet.write_row(0, 0, ["编号", "内容"])
        sheet.write_row(1, 0, ["A1", "渡口栏杆松动"])
    return out.getvalue()


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


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b SYSTEM "file://%s">%s]>'


@pytest.mark.parametrize("entity", [b"&a;", b"&b;", b"&c;"])
def test_entities_are_not_resolved(entity: bytes, tmp_path: Path) -> None:
    many = b"".join(b'<!ENTITY c%d "%s">' % (n, b"&c%d;" % (n - 1) * 10) for n in range(1, 20))
    more = b'<!ENTITY c0 "aaaaaaaaaa">' + many + b'<!ENTITY c "&c19;">'
    secret = tmp_path / "secret"
    secret.write_text("not for strangers")
    data = with_part(book(), "sharedStrings.xml", "栏杆松动".encode(), entity)
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(with_part(data, "sharedStrings.xml", b"<sst ", BOMB % (str(secret).encode(), more) + b"<sst "))
    read = ""
    with suppress(CrawlError), path.open("rb") as file, open_sheet(file, path.name) as sheet:
        read = str(list(sheet.rows))
    assert "aaaaaaaaaa" not in read
    assert "strangers" not in read


def test_a_file_that_breaks_off_is_one_sentence(tmp_path: Path) -> None:
    broken = with_part(book(), "sheet1.xml", b"</sheetData>", b"<row><c")
    path = tmp_path / "broken.xlsx"
    path.write_bytes(broken)
    with (
        path.open("rb") as file,
        pytest.raises(CrawlError, match=r"cannot be read as \.xlsx"),
        open_sheet(file, "broken.xlsx") as sheet,
    ):
        list(sheet.rows)
