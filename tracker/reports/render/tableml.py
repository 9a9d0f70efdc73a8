"""Tables of a .docx written as WordprocessingML at once: python-docx looks styles up cell by cell, a minute for 3,000 rows.

Heads repeat on every page, rows do not break, the first and last rows stay with their neighbours, and columns of equal
neighbours are drawn as one cell whose text stays in each row.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape

from docx.oxml import parse_xml

from tracker.reports.paper import Json
from tracker.reports.render.gbt9704 import BLOCK_WIDTH
from tracker.reports.render.words import cell, clean

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_JC = {"left": "left", "right": "right", "centre": "center"}
# Twips that 100.0%（123/456） needs.
_SHARE = 1800
# Rows of a table that stays on one page.
SHORT = 8
CELL, HEAD, FORM, FORM_HEAD = "PaperCell", "PaperCellHead", "PaperForm", "PaperFormHead"


def table_ml(block: Json) -> Any:
    """The element of a table block that has rows or a total."""
    columns = block["columns"]
    widths = _shares([column["width"] for column in columns])
    rows = [[cell(value) for value in row] for row in block["rows"]]
    total = [cell(value) for value in block["total"]] if block["total"] else None
    lines = [_row([c["title"] for c in columns], widths, ["centre"] * len(columns), style=HEAD, head=True, keep=True)]
    merges = _merges(columns, rows)
    aligns = [column["align"] for column in columns]
    last, noted = len(rows) - (1 if total is None else 0), bool(block["note"])
    for index, row in enumerate(rows):
        # A lone first or last row at a page's edge reads like a slip, a short table is read at one glance, and a note
        # stands under its table.
        keep = index in (0, last - 1) or (len(rows) <= SHORT and index < last) or (noted and index == last)
        lines.append(_row(row, widths, aligns, merges=merges[index], keep=keep))
    if total:
        lines.append(_row(total, widths, aligns, style=HEAD, keep=noted))
    return parse_xml(_table(lines, widths, 20))


def form_ml(block: Json) -> Any:
    """The element of a form block: a label and a box each."""
    widths = _shares([22, 78])
    lines = [
        "<w:tr><w:trPr><w:cantSplit/></w:trPr>"
        + _cell([row["label"]], widths[0], FORM_HEAD, "centre", middle=True)
        + _cell(clean(row["text"]).splitlines() or [""], widths[1], FORM, "left", middle=True)
        + "</w:tr>"
        for row in block["rows"]
    ]
    return parse_xml(_table(lines, widths, 30))


def _shares(parts: Sequence[int]) -> list[int]:
    """Widths in twips that fill the line."""
    return [int(BLOCK_WIDTH.twips * part / sum(parts)) for part in parts]


def _table(lines: Sequence[str], widths: Sequence[int], upright: int) -> str:
    margins = "".join(
        f'<w:{side} w:w="{twips}" w:type="dxa"/>'
        for side, twips in (("top", upright), ("left", 60), ("bottom", upright), ("right", 60))
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl xmlns:w="{_W}"><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:jc w:val="center"/><w:tblLayout w:type="fixed"/><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(lines)}</w:tbl>"
    )


def _row(
    texts: Sequence[str],
    widths: Sequence[int],
    aligns: Sequence[str],
    *,
    style: str = CELL,
    head: bool = False,
    keep: bool = False,
    merges: Sequence[str] = (),
) -> str:
    flags = "<w:cantSplit/>" + ("<w:tblHeader/>" if head else "")
    cells = "".join(
        _cell(_lines(words, width), width, style, align, keep=keep, merge=merge)
        for words, width, align, merge in zip(texts, widths, aligns, merges or [""] * len(texts), strict=True)
    )
    return f"<w:tr><w:trPr>{flags}</w:trPr>{cells}</w:tr>"


def _lines(words: str, width: int) -> list[str]:
    """A share that does not fit on one line breaks before its bracket, not within it."""
    share, bracket, base = words.partition("%（")
    if bracket and width < _SHARE and base.endswith("）"):
        return [f"{share}%", f"（{base}"]
    return [words]


def _cell(
    paragraphs: Sequence[str],
    width: int,
    style: str,
    align: str,
    *,
    keep: bool = False,
    merge: str = "",
    middle: bool = False,
) -> str:
    merged = f'<w:vMerge w:val="{merge}"/>' if merge else ""
    upright = '<w:vAlign w:val="center"/>' if middle else ""
    look = f'<w:pPr><w:pStyle w:val="{style}"/>{"<w:keepNext/>" if keep else ""}<w:jc w:val="{_JC[align]}"/></w:pPr>'
    lines = "".join(
        f'<w:p>{look}<w:r><w:t xml:space="preserve">{escape(clean(words))}</w:t></w:r></w:p>' for words in paragraphs
    )
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{merged}{upright}</w:tcPr>{lines}</w:tc>'


def _merges(columns: Sequence[Json], rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """For each row and column: "restart", "continue", or "" where the column is not a group."""
    found = [["restart" if column.get("group") else "" for column in columns] for _row in rows]
    for index, (above, here) in enumerate(pairwise(rows), 1):
        for at, column in enumerate(columns):
            if column.get("group") and above[at] == here[at]:
                found[index][at] = "continue"
    return found
