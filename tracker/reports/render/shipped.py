"""The layout that yidan ships, as templates for an office to change: placeholders where a paper has its words."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from docx.enum.text import WD_TAB_ALIGNMENT
from docx.shared import Emu, Pt

from tracker.reports.placeholders import ANNEX, BODY
from tracker.reports.render.docx import date_indent
from tracker.reports.render.gbt9704 import BLOCK_WIDTH, HEI, blank, font, rule_above, rule_below
from tracker.reports.render.tableml import form_ml
from tracker.reports.slips import FIELDS


def shipped(kind: str) -> bytes:
    """The bytes of the template of `kind`."""
    document = blank()
    line = document.add_paragraph(style="Paper Number")
    font(line.add_run(_held("标志"))._r.get_or_add_rPr(), HEI)  # noqa: SLF001  # run.font names the Latin font only
    line.add_run(f"\t〔{_held('年份')}〕　　号\t签发人：　　　　")
    line.paragraph_format.tab_stops.add_tab_stop(Emu(BLOCK_WIDTH // 2), WD_TAB_ALIGNMENT.CENTER)
    line.paragraph_format.tab_stops.add_tab_stop(BLOCK_WIDTH, WD_TAB_ALIGNMENT.RIGHT)
    rule_below(line)
    document.add_paragraph(_held("标题"), style="Paper Title")
    if kind in FIELDS:
        rows = [{"label": name, "text": _held(name)} for name in FIELDS[kind]]
        document.element.body.sectPr.addprevious(form_ml({"rows": rows}))
    else:
        for name, style in (
            ("期间", "Paper Subtitle"),
            ("版次", "Paper Subtitle"),
            ("更正", "Paper Note"),
            ("提示", "Paper Scope"),
        ):
            document.add_paragraph(_held(name), style=style)
        document.add_paragraph(_held(BODY))
    date_indent(document.add_paragraph(_held("日期"), style="Paper Date"))
    if kind not in FIELDS:
        document.add_paragraph(_held(ANNEX))
    ground = document.add_paragraph(_held("台账"), style="Paper Note")
    ground.paragraph_format.space_before = Pt(14)
    rule_above(ground)
    return _bytes(document)


def _held(name: str) -> str:
    return f"{{{{ {name} }}}}"


def _bytes(document: Any) -> bytes:
    out = BytesIO()
    document.save(out)
    return out.getvalue()
