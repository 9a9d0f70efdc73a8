"""A paper on the office's own .docx template: its words where the placeholders stand, its blocks in our styles.

Paragraphs whose only words were a placeholder that stands for nothing now are taken out, so that no empty lines are left.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from docx import Document
from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from tracker.reports.paper import Json
from tracker.reports.placeholders import ANNEX, BODY, values
from tracker.reports.render.carried import add_to_docx
from tracker.reports.render.docx import annex_note, annexes, properties, sections
from tracker.reports.render.gbt9704 import add_styles

# A private character cannot stand in a paper's words: `clean` lets it pass, but no keyboard writes it beside these names.
_MARK = "\ue0f0{}\ue0f0"
_EMPTY = "\ue0f1"


def render_on(template: Path, content: Json) -> bytes:
    """The bytes of the .docx; `template` must have been checked."""
    words = values(content)
    context = {name: value or _EMPTY for name, value in words.items()} | {
        name: _MARK.format(name) for name in (BODY, ANNEX)
    }
    sheet = DocxTemplate(str(template))
    sheet.render(context, SandboxedEnvironment(undefined=StrictUndefined), autoescape=True)
    document = _again(sheet)
    add_styles(document)
    for name, write in ((BODY, _text_and_note), (ANNEX, annexes)):
        _put(document, _MARK.format(name), content, write)
    for root in _roots(document):
        _drop_empty(root)
    add_to_docx(document, content)
    properties(document, content)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _text_and_note(document: Any, content: Json) -> None:
    """The sections, and below them which annexes there are, where the template has a place for annexes."""
    sections(document, content)
    if any(_words(p).strip() == _MARK.format(ANNEX) for p in document.element.body.iter(qn("w:p"))):
        annex_note(document, content)


def _again(sheet: DocxTemplate) -> Any:
    """The filled document read anew: docxtpl keeps headers and footers apart from the document it holds."""
    filled = BytesIO()
    sheet.docx.save(filled)
    return Document(filled)


def _words(element: Any) -> str:
    return "".join(t.text or "" for t in element.iter(qn("w:t")))


def _put(document: Any, mark: str, content: Json, write: Any) -> None:
    """Write the blocks at the end of the document and move them to where the mark stands."""
    body = document.element.body
    marked = [p for p in body.iter(qn("w:p")) if _words(p).strip() == mark]
    if not marked:
        return
    there = set(body)
    write(document, content)
    new = [element for element in body if element not in there]
    for element in new:
        marked[0].addprevious(element)
    for paragraph in marked:
        paragraph.getparent().remove(paragraph)


def _roots(document: Any) -> list[Any]:
    parts = [p for s in document.sections for p in (s.header, s.footer, s.even_page_header, s.even_page_footer)]
    return [document.element.body, *(part._element for part in parts if not part.is_linked_to_previous)]  # noqa: SLF001


def _drop_empty(root: Any) -> None:
    """Take the placeholders that stand for nothing out, and where nothing else stood, their paragraph too."""
    for paragraph in list(root.iter(qn("w:p"))):
        words = _words(paragraph)
        if _EMPTY not in words:
            continue
        for text in paragraph.iter(qn("w:t")):
            text.text = (text.text or "").replace(_EMPTY, "")
        if not words.replace(_EMPTY, "").strip() and paragraph.getparent().tag != qn("w:tc"):
            paragraph.getparent().remove(paragraph)
