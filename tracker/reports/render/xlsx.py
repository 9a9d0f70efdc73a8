"""A paper as .xlsx: one sheet a section, real tables with filters, frozen heads, typed cells, the records of each figure.

Text is written as text: no cell can become a formula, whatever it begins with.
"""

from __future__ import annotations

import re
from datetime import datetime
from importlib import import_module
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from tracker.reports.paper import Cell, Json
from tracker.reports.render.carried import in_xlsx
from tracker.reports.render.words import cell, clean, figure, foot, record, revision

# Excel refuses longer cells, and these characters in the name of a sheet.
_LONGEST = 32_000
SHANGHAI = ZoneInfo("Asia/Shanghai")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_WIDEST = 60
_DIGITS = re.compile(r"-?\d{1,15}(\.\d+)?")
# A sheet holds a million rows, and nobody filters more than this.
MOST_RECORDS = 60_000
# The box of a form: so many narrow characters wide.
_BOX = 80
# A paragraph runs over so many columns, with so many characters a line.
_ACROSS, _LINE = 8, 44
_DRAWINGS = {
    "lines": {"type": "line"}, "bars": {"type": "column"}, "across": {"type": "bar"},
    "stacked": {"type": "column", "subtype": "stacked"},
}  # fmt: skip


def render(content: Json) -> bytes:
    """The bytes of the .xlsx; ImportError without the package `xlsxwriter`."""
    xlsxwriter: Any = import_module("xlsxwriter")
    out = BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({
        "title": _text(f"{content['title']} {content['subtitle']}"), "author": "", "comments": "",
        "created": datetime.fromisoformat(content["computed_at"]).replace(tzinfo=None),
    })  # fmt: skip
    sheets = _Sheets(book)
    sheets.cover(content)
    for section in [*content["sections"], *content["annex"]]:
        sheets.section(section)
    sheets.records(content)
    book.close()
    return in_xlsx(out.getvalue(), content)


def _text(words: object) -> str:
    return clean(words)[:_LONGEST]


class _Sheets:
    """One workbook being written; `row` is the next free line of the sheet at hand."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.bold = book.add_format({"bold": True, "valign": "top"})
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "bottom": 1})
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.quiet = book.add_format({"font_color": "#57606a"})
        self.soft = book.add_format({"font_color": "#57606a", "text_wrap": True, "valign": "top"})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.number = book.add_format({"num_format": "0", "valign": "top"})
        self.plain = book.add_format({"valign": "top"})
        self.time = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left", "valign": "top"})
        self.share = book.add_format({"num_format": "0.0%", "valign": "top"})
        self.names: set[str] = set()
        self.tables = 0
        self.figures: list[tuple[str, str, str]] = []
        self.row = 0

    def sheet(self, name: str) -> Any:
        plain = _NOT_IN_NAMES.sub(" ", clean(name)).strip()[:28] or "节"
        unique, number = plain, 1
        while unique.lower() in self.names:
            number += 1
            unique = f"{plain}{number}"
        self.names.add(unique.lower())
        self.row = 0
        sheet = self.book.add_worksheet(unique)
        # Printed as it reads: across the page, as wide as the page, as long as it is.
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5)
        sheet.set_footer("&C&P / &N")
        return sheet

    def line(self, sheet: Any, words: object, look: Any = None) -> None:
        sheet.write_string(self.row, 0, _text(words), look)
        self.row += 1

    def prose(self, sheet: Any, words: object, *, quiet: bool = False) -> None:
        """A paragraph over the first columns, as high as it needs to be."""
        text = _text(words)
        if len(text) <= _LINE:
            self.line(sheet, text, self.quiet if quiet else None)
            return
        sheet.set_row(self.row, 15 * -(-len(text) // _LINE))
        sheet.merge_range(self.row, 0, self.row, _ACROSS - 1, text, self.soft if quiet else self.wrap)
        self.row += 1

    def cover(self, content: Json) -> None:
        sheet = self.sheet("说明")
        sheet.set_column(0, 0, 110, self.wrap)
        self.line(sheet, content["title"], self.title)
        for words in (content["subtitle"], content["draft"]["mark"], revision(content), content["notice"]):
            if words:
                self.line(sheet, words)
        for change in content["changes"]:
            self.line(sheet, f"更正：{change}")
        self.line(sheet, foot(content), self.wrap)
        self.line(sheet, "表中时间为北京时间。")

    def section(self, section: Json) -> None:
        sheet = self.sheet(section["title"] or "表单")
        if section["scope"]:
            self.prose(sheet, section["scope"], quiet=True)
        # Paragraphs over the first columns need them to be there.
        widths: dict[int, int] = dict.fromkeys(range(_ACROSS), 0)
        framed = False
        for block in section["blocks"]:
            if block["type"] == "table" and block["rows"]:
                head = self.row + 1
                self._table(sheet, block, section["title"], widths)
                if not framed:
                    sheet.freeze_panes(head + 1, 0)
                framed = True
            else:
                self._words(sheet, block, section["title"])
            self.row += 1
        # A form has set its own.
        if all(block["type"] != "form" for block in section["blocks"]):
            for index, width in widths.items():
                sheet.set_column(index, index, min(max(width, 9), _WIDEST) + 2)

    def _table(self, sheet: Any, block: Json, where: str, widths: dict[int, int]) -> None:
        self.line(sheet, block["title"], self.bold)
        first, names = self.row, _unique([column["title"] for column in block["columns"]])
        rows = block["rows"]
        self.tables += 1
        sheet.add_table(
            first, 0, first + len(rows), len(names) - 1,
            {"name": f"paper_table_{self.tables}", "style": "Table Style Light 1", "columns": [{"header": _text(n), "header_format": self.head} for n in names]},
        )  # fmt: skip
        lines = [*rows, *([block["total"]] if block["total"] else [])]
        for below, row in enumerate(lines, 1):
            for index, value in enumerate(row):
                self._cell(sheet, (first + below, index), value, block["columns"][index], below - 1)
                self._note(value, f"{where} / {block['title']} / {_label(row)} / {names[index]}")
        for index, name in enumerate(names):
            widths[index] = max(widths.get(index, 0), *(2 * len(cell(row[index])) for row in lines), 2 * len(name) + 2)
        self.row = first + len(lines) + 1
        if block["note"]:
            self.prose(sheet, f"注：{block['note']}", quiet=True)

    def _cell(self, sheet: Any, place: tuple[int, int], value: Cell, column: Json, line: int) -> None:
        """One cell of its own type: a number, a time on the office's clock, a share, or text that stays text."""
        times = column.get("times", ())
        if isinstance(value, dict) and value["v"] is not None:
            sheet.write_number(*place, value["v"], self.share if "of" in value else self.number)
        elif isinstance(value, int):
            sheet.write_number(*place, value, self.number)
        elif line < len(times) and times[line]:
            when = datetime.fromisoformat(times[line]).astimezone(SHANGHAI).replace(tzinfo=None)
            sheet.write_datetime(*place, when, self.time)
        elif isinstance(value, str) and column["align"] == "right" and _DIGITS.fullmatch(value):
            sheet.write_number(*place, float(value), self.plain)
        else:
            sheet.write_string(*place, _text(cell(value)), self.wrap)

    def _words(self, sheet: Any, block: Json, where: str) -> None:
        if block["type"] == "text":
            self.prose(sheet, block["lead"] + block["text"])
            for value in block["figures"]:
                self._note(value, f"{where} / {value['name']}")
        elif block["type"] == "items":
            for item in block["items"]:
                self.line(sheet, item["head"], self.bold)
                self.prose(sheet, "".join(item["lines"]))
        elif block["type"] == "form":
            sheet.set_column(0, 0, 18)
            sheet.set_column(1, 1, _BOX)
            for row in block["rows"]:
                # Programs differ in whether they make a row as high as its words.
                sheet.set_row(self.row, 15 * sum(-(-max(2 * len(line), 1) // _BOX) for line in row["text"].split("\n")))
                sheet.write_string(self.row, 1, _text(row["text"]), self.wrap)
                self.line(sheet, row["label"], self.bold)
        elif block["type"] == "chart":
            self._chart(sheet, block)
        elif block["empty"]:
            self.line(sheet, f"{block['title']}：{block['empty']}")

    def _chart(self, sheet: Any, block: Json) -> None:
        """The figures of the chart beside it, so that it is drawn from cells and can be changed."""
        # A chart that a page break cuts says nothing: the whole sheet on one page then.
        sheet.fit_to_pages(1, 1)
        self.line(sheet, block["title"], self.bold)
        top, name = self.row, sheet.get_name()
        drawing = self.book.add_chart(dict(_DRAWINGS[block["kind"]]))
        for down, label in enumerate(block["labels"], 1):
            sheet.write_string(top + down, 0, _text(label))
        last = top + len(block["labels"])
        for index, series in enumerate(block["series"], 1):
            sheet.write_string(top, index, _text(series["name"]), self.bold)
            for down, value in enumerate(series["values"], 1):
                if value is not None:
                    sheet.write_number(top + down, index, value, self.number)
            drawing.add_series({
                "name": [name, top, index], "categories": [name, top + 1, 0, last, 0],
                "values": [name, top + 1, index, last, index],
            })  # fmt: skip
        drawing.set_legend({"position": "top"})
        if block["kind"] == "across":
            drawing.set_y_axis({"reverse": True})
        sheet.insert_chart(top, len(block["series"]) + 2, drawing)
        self.row = max(last, top + 15) + 1

    def _note(self, value: Cell, where: str) -> None:
        if isinstance(value, dict):
            self.figures += [(where, figure(value), record(key)) for key in value["r"]]

    def records(self, content: Json) -> None:
        """The last sheet: every figure with each record behind it, to be filtered."""
        if not self.figures or content["status"] == "slip":
            return
        sheet = self.sheet("数字依据")
        rows, every = self.figures[:MOST_RECORDS], len(self.figures)
        if every > len(rows):
            self.line(
                sheet,
                f"此处列出前{len(rows)}条，共{every}条；其余随本文件保存，可用 yidan report verify 核对。",
                self.quiet,
            )
        first = self.row
        self.tables += 1
        columns = [{"header": name, "header_format": self.head} for name in ("数字", "值", "记录")]
        sheet.add_table(
            first,
            0,
            first + len(rows),
            2,
            {"name": f"paper_table_{self.tables}", "style": "Table Style Light 1", "columns": columns},
        )
        for down, line in enumerate(rows, first + 1):
            for index, part in enumerate(line):
                sheet.write_string(down, index, _text(part))
        sheet.freeze_panes(first + 1, 0)
        for index, width in enumerate((_WIDEST, 16, 28)):
            sheet.set_column(index, index, width)


def _label(row: list[Cell]) -> str:
    return " ".join(part for part in row[:3] if isinstance(part, str))


def _unique(names: list[str]) -> list[str]:
    """A table's heads must differ: a second 名次 becomes 名次2."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}{seen[name]}")
    return found
