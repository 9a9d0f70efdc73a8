"""The layout of GB/T 9704-2012 for python-docx: page, grid, styles, page numbers, the head of a draft.

A4, margins 37 mm above and 28 mm left, a block of 156 × 225 mm holding 22 lines of 28 characters of size 3 (16 pt); body in
仿宋_GB2312 at a fixed pitch of 28 pt, title in 小标宋 size 2, headings 黑体 then 楷体. Fonts are named, not embedded: the office
has them. A draft leaves number, signatory and seal empty for the office to fill.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

BODY, KAI, HEI, SONG, TITLE = "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体", "方正小标宋简体"
SIZE_2, SIZE_3, SIZE_4, SIZE_5, SMALL_4 = Pt(22), Pt(16), Pt(14), Pt(10.5), Pt(12)
PITCH = Pt(28)
BLOCK_WIDTH, BLOCK_HEIGHT = Mm(156), Mm(225)
LINES, CHARACTERS = 22, 28
# 28 characters of 16 pt are 448 pt and the line has 442: each is set 0.25 pt closer. The grid says the same, but programs
# differ in how they snap to it (LibreOffice gives a character that is wider than its cell two cells), so styles do not snap.
CLOSER = Pt(-0.25)
RED = "C00000"
_LEFT, _CENTRE, _RIGHT, _BOTH = (
    WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.JUSTIFY,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Style:
    """A paragraph style: font, size, fixed line pitch, alignment, first line indented by `indent` characters.

    `before` and `after` in points; `outline` is the level in the navigation pane, 0 the highest.
    """

    name: str
    font: str
    size: Pt
    pitch: Pt
    align: Any = _BOTH
    indent: int = 0
    keep_next: bool = False
    outline: int | None = None
    before: int = 0
    after: int = 0


STYLES = (
    Style("Normal", BODY, SIZE_3, PITCH, indent=2),
    Style("Paper Title", TITLE, SIZE_2, Pt(34), _CENTRE, keep_next=True, before=8, after=2),
    Style("Paper Subtitle", KAI, SIZE_3, PITCH, _CENTRE, after=2),
    Style("Heading 1", HEI, SIZE_3, PITCH, _LEFT, indent=2, keep_next=True, outline=0),
    Style("Heading 2", KAI, SIZE_3, PITCH, _LEFT, indent=2, keep_next=True, outline=1),
    Style("Paper Scope", KAI, SMALL_4, Pt(20), _BOTH, indent=2, keep_next=True),
    Style("Paper Caption", HEI, SMALL_4, Pt(20), _CENTRE, keep_next=True, before=2),
    Style("Paper Note", KAI, SIZE_5, Pt(16), _BOTH, after=6),
    Style("Paper Cell", BODY, SIZE_5, Pt(15), _LEFT),
    Style("Paper Cell Head", HEI, SIZE_5, Pt(15), _CENTRE, keep_next=True),
    Style("Paper Form", BODY, SMALL_4, Pt(18), _LEFT),
    Style("Paper Form Head", HEI, SMALL_4, Pt(18), _CENTRE),
    Style("Paper Head", HEI, SIZE_3, PITCH, _LEFT),
    Style("Paper Number", BODY, SIZE_3, PITCH, _LEFT),
    Style("Paper Date", BODY, SIZE_3, PITCH, _RIGHT, before=14),
    Style("Paper Chart", BODY, SIZE_5, Pt(12), _CENTRE, keep_next=True, before=4),
    Style("Paper Page", SONG, SIZE_4, Pt(20), _LEFT),
)


def blank() -> Any:
    """An empty document with the page, the grid, the styles and the page numbers of the standard."""
    document = Document()
    _page(document.sections[0])
    add_styles(document, anew=True)
    _language(document.styles.element)
    document.settings.odd_and_even_pages_header_footer = True
    _footer(document.sections[0].footer, _RIGHT, "w:rightChars")
    _footer(document.sections[0].even_page_footer, _LEFT, "w:leftChars")
    return document


def add_styles(document: Any, *, anew: bool = False) -> None:
    """The styles that papers use: those that `document` lacks, or all of them `anew`."""
    known = {style.name for style in document.styles}
    for style in STYLES:
        if anew or style.name not in known:
            _style(document.styles, style)


def _page(section: Any) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.left_margin = Mm(37), Mm(28)
    section.bottom_margin, section.right_margin = Mm(297 - 37 - 225), Mm(210 - 28 - 156)
    # The number's line stands 7 mm below the block: 35 - 7 - one line of 20 pt.
    section.header_distance, section.footer_distance = Mm(15), Mm(21)
    grid = section._sectPr.find(qn("w:docGrid"))  # noqa: SLF001  # python-docx has no name for the grid
    if grid is None:
        grid = OxmlElement("w:docGrid")
        section._sectPr.append(grid)  # noqa: SLF001
    grid.set(qn("w:type"), "linesAndChars")
    grid.set(qn("w:linePitch"), str(int(BLOCK_HEIGHT.twips / LINES)))
    # In 1/4096 pt, relative to a character of Normal: 28 of them fill the line.
    grid.set(qn("w:charSpace"), str(int((BLOCK_WIDTH.pt / CHARACTERS - SIZE_3.pt) * 4096)))


def _style(styles: Any, spec: Style) -> None:
    known = {style.name for style in styles}
    style = styles[spec.name] if spec.name in known else styles.add_style(spec.name, WD_STYLE_TYPE.PARAGRAPH)
    if spec.name != "Normal":
        style.base_style = styles["Normal"]
    font(style.element.get_or_add_rPr(), spec.font)
    style.font.size, style.font.bold, style.font.italic = spec.size, False, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    shape = style.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, spec.pitch
    shape.space_before, shape.space_after, shape.alignment = Pt(spec.before), Pt(spec.after), spec.align
    shape.keep_with_next, shape.widow_control = spec.keep_next, True
    indent_first(style.element.get_or_add_pPr(), spec.indent)
    _off_the_grid(style.element, closer=spec.size == SIZE_3)
    if spec.outline is not None:
        _outline(style.element.get_or_add_pPr(), spec.outline)


def _off_the_grid(style: Any, *, closer: bool) -> None:
    snap = OxmlElement("w:snapToGrid")
    snap.set(qn("w:val"), "0")
    properties = style.get_or_add_pPr()
    following = next((e for e in properties if e.tag in _AFTER_SNAP), None)
    if following is None:
        properties.append(snap)
    else:
        following.addprevious(snap)
    spacing = OxmlElement("w:spacing")
    spacing.set(qn("w:val"), str(int(CLOSER.pt * 20) if closer else 0))
    size = style.get_or_add_rPr().find(qn("w:sz"))
    size.addprevious(spacing)


# The schema's order: snapToGrid stands before these.
_AFTER_SNAP = {qn(f"w:{name}") for name in ("spacing", "ind", "contextualSpacing", "mirrorIndents", "jc", "outlineLvl")}


def font(run_properties: Any, name: str) -> None:
    """Name `name` for every script, and no theme font that would take its place."""
    fonts = run_properties.get_or_add_rFonts()
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(script), name)


def indent_first(paragraph_properties: Any, characters: int) -> None:
    """Indent the first line by whole characters, as Word's own dialog does it; 0 takes an inherited indent away."""
    indent = paragraph_properties.get_or_add_ind()
    indent.set(qn("w:firstLineChars"), str(characters * 100))
    indent.set(qn("w:firstLine"), str(int(characters * SIZE_3.pt * 20)))


def _outline(paragraph_properties: Any, level: int) -> None:
    for old in paragraph_properties.findall(qn("w:outlineLvl")):
        paragraph_properties.remove(old)
    outline = OxmlElement("w:outlineLvl")
    outline.set(qn("w:val"), str(level))
    paragraph_properties.append(outline)


def _language(styles: Any) -> None:
    for properties in styles.iter(qn("w:rPrDefault")):
        for size in (*properties.iter(qn("w:sz")), *properties.iter(qn("w:szCs"))):
            size.set(qn("w:val"), str(int(SIZE_3.pt * 2)))
        for lang in properties.iter(qn("w:lang")):
            lang.set(qn("w:val"), "zh-CN")
            lang.set(qn("w:eastAsia"), "zh-CN")


def _footer(footer: Any, align: Any, side: str) -> None:
    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    paragraph.style = footer.part.document.styles["Paper Page"] if hasattr(footer.part, "document") else "Paper Page"
    paragraph.alignment = align
    indent = paragraph.paragraph_format.element.get_or_add_pPr().get_or_add_ind()
    indent.set(qn(side), "100")
    indent.set(qn("w:right" if side == "w:rightChars" else "w:left"), str(int(SIZE_4.pt * 20)))
    paragraph.add_run("— ")
    for kind, code in (("begin", ""), ("", " PAGE "), ("end", "")):
        run = paragraph.add_run()
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = code
            element.set(qn("xml:space"), "preserve")
        run._r.append(element)  # noqa: SLF001
    paragraph.add_run(" —")


def rule_below(paragraph: Any, colour: str = RED) -> None:
    """The red line under the head."""
    _border(paragraph, "w:bottom", colour, 12)


def rule_above(paragraph: Any, colour: str = "808080") -> None:
    """A thin line above the foot."""
    _border(paragraph, "w:top", colour, 4)


def _border(paragraph: Any, side: str, colour: str, eighths: int) -> None:
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
    borders = OxmlElement("w:pBdr")
    line = OxmlElement(side)
    for name, value in (("val", "single"), ("sz", eighths), ("space", 4), ("color", colour)):
        line.set(qn(f"w:{name}"), str(value))
    borders.append(line)
    # The schema wants pBdr before shd, tabs, spacing, ind and jc.
    before = [qn(f"w:{name}") for name in ("shd", "tabs", "spacing", "ind", "jc")]
    following = next((child for child in properties if child.tag in before), None)
    if following is None:
        properties.append(borders)
    else:
        following.addprevious(borders)
