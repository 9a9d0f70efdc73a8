"""A paper as .docx in the layout of GB/T 9704-2012, editable: real styles, real tables, charts as native drawings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml.ns import qn
from docx.shared import Emu, Pt

from tracker.reports.paper import Json
from tracker.reports.render.carried import add_to_docx
from tracker.reports.render.chartml import add_chart
from tracker.reports.render.gbt9704 import BLOCK_WIDTH, HEI, PITCH, SIZE_3, blank, font, rule_above, rule_below
from tracker.reports.render.tableml import form_ml, table_ml
from tracker.reports.render.words import (
    annex_lines,
    annex_name,
    changes_first,
    changes_rest,
    clean,
    foot,
    headings,
    numeral,
    revision,
    stands,
)


def render(content: Json) -> bytes:
    """The bytes of the .docx."""
    document = blank()
    _head(document, content)
    sections(document, content)
    annex_note(document, content)
    keep_last(document)
    # The date stands alone, four characters in: name of the office and seal are left for the office.
    date = _add(document, content["draft"]["date"], "Paper Date")
    date_indent(date)
    date.paragraph_format.keep_with_next = not content["annex"]
    annexes(document, content)
    for change in changes_rest(content):
        _add(document, f"更正：{change}", "Paper Note")
    keep_last(document)
    ground = _add(document, foot(content), "Paper Note")
    ground.paragraph_format.space_before = Pt(14)
    rule_above(ground)
    add_to_docx(document, content)
    properties(document, content)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def sections(document: Any, content: Json) -> None:
    """The numbered sections, at the end of `document`."""
    for number, section in enumerate(content["sections"], 1):
        _section(document, f"{numeral(number)}、{section['title']}", section)


def annex_note(document: Any, content: Json) -> None:
    """A line below the text: which annexes there are."""
    for number, line in enumerate(annex_lines(content)):
        note = _add(document, line)
        note.paragraph_format.keep_with_next = True
        if not number:
            note.paragraph_format.space_before = PITCH


def keep_last(document: Any) -> None:
    """The end of what stands so far stays with what follows: neither a date nor a foot has a page of its own."""
    for element in reversed(document.element.body):
        rows = element.findall(qn("w:tr"))
        paragraphs = list(rows[-1].iter(qn("w:p"))) if rows else [element] if element.tag == qn("w:p") else []
        for paragraph in paragraphs:
            paragraph.get_or_add_pPr().get_or_add_keepNext().val = True
        # A note under a table holds on to the table.
        if rows or (paragraphs and paragraphs[0].style not in ("PaperNote", "PaperDate")):
            return


def annexes(document: Any, content: Json) -> None:
    """The annexes, each on a page of its own, at the end of `document`."""
    for number, section in enumerate(content["annex"], 1):
        _annex(document, annex_name(content, number), section)


def _add(document: Any, text: object, style: str = "Normal") -> Any:
    return document.add_paragraph(clean(text), style=style)


def _head(document: Any, content: Json) -> None:
    draft = content["draft"]
    line = document.add_paragraph(style="Paper Number")
    font(line.add_run(clean(draft["mark"]))._r.get_or_add_rPr(), HEI)  # noqa: SLF001  # run.font names the Latin font only
    line.add_run(f"\t〔{draft['year']}〕　　号\t签发人：　　　　")
    line.paragraph_format.tab_stops.add_tab_stop(Emu(BLOCK_WIDTH // 2), WD_TAB_ALIGNMENT.CENTER)
    line.paragraph_format.tab_stops.add_tab_stop(BLOCK_WIDTH, WD_TAB_ALIGNMENT.RIGHT)
    rule_below(line)
    _add(document, content["title"], "Paper Title")
    if content["subtitle"]:
        _add(document, content["subtitle"], "Paper Subtitle")
    if mark := revision(content):
        _add(document, mark, "Paper Subtitle")
        for change in changes_first(content):
            _add(document, f"更正：{change}", "Paper Note")
    if content["notice"]:
        _add(document, content["notice"], "Paper Scope")


def _section(document: Any, heading: str, section: Json) -> None:
    if section["title"]:
        _add(document, heading, "Heading 1").paragraph_format.page_break_before = section["new_page"]
        _add(document, section["scope"], "Paper Scope")
    for block, number in zip(section["blocks"], headings(section["blocks"]), strict=True):
        _BLOCKS[block["type"]](document, block, number)


def date_indent(date: Any) -> None:
    """Four characters from the right edge, as the standard has the date of a paper."""
    indent = date.paragraph_format.element.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:rightChars"), "400")
    indent.set(qn("w:right"), str(int(4 * SIZE_3.pt * 20)))


def _annex(document: Any, name: str, section: Json) -> None:
    head = _add(document, name, "Paper Head")
    head.paragraph_format.page_break_before = True
    _add(document, section["title"], "Paper Title")
    _add(document, section["scope"], "Paper Scope")
    for block in section["blocks"]:
        _BLOCKS[block["type"]](document, block, 0)


def _paragraph(document: Any, block: Json, _number: int) -> None:
    paragraph = document.add_paragraph()
    if block["lead"]:
        lead = paragraph.add_run(clean(block["lead"]))
        font(lead._r.get_or_add_rPr(), HEI)  # noqa: SLF001  # python-docx sets only the Latin font by name
    paragraph.add_run(clean(block["text"]))


def _title(document: Any, block: Json, number: int) -> None:
    """One of several in its section is a heading; the only one is a caption."""
    if number:
        _add(document, f"（{numeral(number)}）{block['title']}", "Heading 2")
    else:
        _add(document, block["title"], "Paper Caption")


def _items(document: Any, block: Json, _number: int) -> None:
    if not block["items"]:
        _add(document, block["empty"])
    for number, item in enumerate(block["items"], 1):
        head = document.add_paragraph()
        head.paragraph_format.keep_with_next = True
        head.add_run(clean(f"{number}. {item['head']}"))
        _add(document, "".join(item["lines"]))


def _chart(document: Any, block: Json, _number: int) -> None:
    _add(document, block["title"], "Paper Caption")
    place = _add(document, "", "Paper Chart")
    # With its note only: a chain to the table that follows would push both to the next page.
    place.paragraph_format.keep_with_next = bool(block["note"])
    add_chart(document, place, block)
    if block["note"]:
        _add(document, f"注：{block['note']}", "Paper Note")


def _table(document: Any, block: Json, number: int) -> None:
    if not stands(block):
        if block["empty"]:
            _add(document, block["empty"])
        return
    _title(document, block, number)
    _append(document, table_ml(block))
    note = _add(document, f"注：{block['note']}" if block["note"] else "", "Paper Note")
    if not block["note"]:
        note.paragraph_format.space_after = Pt(0)


def _form(document: Any, block: Json, _number: int) -> None:
    _append(document, form_ml(block))


def _append(document: Any, table: Any) -> None:
    document.element.body.sectPr.addprevious(table)


def properties(document: Any, content: Json) -> None:
    """Title and times; no author is named."""
    facts = document.core_properties
    facts.title = clean(f"{content['title']} {content['subtitle']}")
    facts.author, facts.comments, facts.keywords = "", "", ""
    facts.created = facts.modified = datetime.fromisoformat(content["computed_at"]).replace(tzinfo=None)


_BLOCKS: dict[str, Callable[[Any, Json, int], None]] = {
    "text": _paragraph, "table": _table, "items": _items, "chart": _chart,
    "form": _form,
}  # fmt: skip
