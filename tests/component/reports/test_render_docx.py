"""The layout of GB/T 9704-2012, measured in the XML of the .docx."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

import pytest
from docx import Document
from docx.oxml.ns import qn
from lxml import etree

from tests.unit.reports.samples import full_week
from tracker.reports.render.docx import render

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
MM = 1440 / 25.4


@pytest.fixture(scope="module")
def parts():
    body = render(full_week())
    with zipfile.ZipFile(BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def body(parts):
    return etree.fromstring(parts["word/document.xml"])


def styles(parts):
    root = etree.fromstring(parts["word/styles.xml"])
    return {s.find(f"{W}name").get(f"{W}val"): s for s in root.iter(f"{W}style")}


def test_page_margins_and_block(body):
    (section,) = body.iter(f"{W}sectPr")
    size, margins = section.find(f"{W}pgSz"), section.find(f"{W}pgMar")
    page = {k: round(int(v) / MM) for k, v in ((a.split("}")[1], v) for a, v in size.attrib.items()) if k in "wh"}
    assert page == {"w": 210, "h": 297}
    edges = {side: round(int(margins.get(f"{W}{side}")) / MM) for side in ("top", "left", "right", "bottom")}
    assert edges == {"top": 37, "left": 28, "right": 26, "bottom": 35}
    assert 297 - 37 - edges["bottom"] == 225
    assert 210 - 28 - edges["right"] == 156


def test_grid_of_22_lines_and_28_characters(body, parts):
    grid = next(body.iter(f"{W}docGrid"))
    assert grid.get(f"{W}type") == "linesAndChars"
    assert int(225 * MM / int(grid.get(f"{W}linePitch"))) == 22
    pitch = 16 + int(grid.get(f"{W}charSpace")) / 4096
    assert int(156 / 25.4 * 72 / pitch + 0.01) == 28
    normal = styles(parts)["Normal"]
    closer = int(normal.find(f"{W}rPr/{W}spacing").get(f"{W}val")) / 20
    assert int(156 / 25.4 * 72 / (16 + closer)) == 28
    lines = normal.find(f"{W}pPr/{W}spacing")
    assert (lines.get(f"{W}lineRule"), lines.get(f"{W}line")) == ("exact", "560")
    assert int(225 / 25.4 * 72 / 28) == 22


@pytest.mark.parametrize(
    ("style", "font", "half_points"),
    [
        ("Normal", "仿宋_GB2312", "32"),
        ("Paper Title", "方正小标宋简体", "44"),
        ("heading 1", "黑体", "32"),
        ("heading 2", "楷体_GB2312", "32"),
        ("Paper Page", "宋体", "28"),
    ],
)
def test_fonts_and_sizes_are_named(parts, style, font, half_points):
    look = styles(parts)[style].find(f"{W}rPr")
    fonts = look.find(f"{W}rFonts")
    assert {fonts.get(f"{W}{script}") for script in ("ascii", "hAnsi", "eastAsia")} == {font}
    assert not [name for name in fonts.attrib if "heme" in name]
    assert look.find(f"{W}sz").get(f"{W}val") == half_points
    assert look.find(f"{W}b").get(f"{W}val") in ("0", "false")


def test_body_is_indented_two_characters(parts):
    assert styles(parts)["Normal"].find(f"{W}pPr/{W}ind").get(f"{W}firstLineChars") == "200"


def test_page_numbers_odd_right_even_left(parts):
    assert b"evenAndOddHeaders" in parts["word/settings.xml"]
    feet = [etree.fromstring(v) for k, v in parts.items() if re.fullmatch(r"word/footer\d*\.xml", k)]
    sides = {f.find(f".//{W}jc").get(f"{W}val") for f in feet}
    assert sides == {"right", "left"}
    for foot in feet:
        assert "".join(t.text for t in foot.iter(f"{W}t")) == "—  —"
        assert [t.text for t in foot.iter(f"{W}instrText")] == [" PAGE "]


def test_draft_number_date_and_headings(body):
    texts = ["".join(t.text or "" for t in p.iter(f"{W}t")) for p in body.iter(f"{W}p")]
    assert texts[0].startswith("代拟稿")
    assert "〔2027〕　　号" in texts[0]
    assert "第〔" not in texts[0]
    assert "签发人：　　　　" in texts[0]
    assert "2027年1月1日" in texts
    headings = [t for t in texts if re.match("[一二三四五六七八九十]+、", t)]
    assert [h[0] for h in headings] == list("一二三四五六七八九十")
    assert any(t.startswith("（一）") for t in texts)
    assert not any("主题词" in t for t in texts)


def test_tables_repeat_their_heads_and_do_not_break_rows(body):
    for table in body.iter(f"{W}tbl"):
        rows = list(table.iter(f"{W}tr"))
        assert rows[0].find(f"{W}trPr/{W}tblHeader") is not None
        assert all(r.find(f"{W}trPr/{W}cantSplit") is not None for r in rows)
        assert sum(int(c.get(f"{W}w")) for c in table.find(f"{W}tblGrid")) <= 156 * MM + 2


def test_the_chart_is_native_with_gaps_and_without_a_workbook(parts):
    drawn = [etree.fromstring(body) for name, body in parts.items() if name.startswith("word/charts/chart")]
    chart = next(c for c in drawn if len(next(c.iter(f"{C}cat")).findall(f".//{C}pt")) == 7)
    assert len(list(chart.iter(f"{C}ser"))) == 2
    assert [v.text for v in next(chart.iter(f"{C}val")).iter(f"{C}v")] == ["24", "16", "0", "0", "0", "0", "0"]
    assert chart.find(f".//{C}dispBlanksAs").get("val") == "gap"
    assert not list(chart.iter(f"{C}externalData"))
    assert b"/word/charts/chart2.xml" in parts["[Content_Types].xml"]
    assert {"stacked", "standard"} <= {g.get("val") for c in drawn for g in c.iter(f"{C}grouping")}


def test_children_of_properties_stand_in_the_order_of_the_schema(parts):
    """Word refuses a file whose elements are in another order than the schema's, though most programs read it."""
    order = [
        "pStyle",
        "keepNext",
        "keepLines",
        "pageBreakBefore",
        "framePr",
        "widowControl",
        "numPr",
        "suppressLineNumbers",
        "pBdr",
        "shd",
        "tabs",
        "suppressAutoHyphens",
        "kinsoku",
        "wordWrap",
        "overflowPunct",
        "topLinePunct",
        "autoSpaceDE",
        "autoSpaceDN",
        "bidi",
        "adjustRightInd",
        "snapToGrid",
        "spacing",
        "ind",
        "contextualSpacing",
        "mirrorIndents",
        "suppressOverlap",
        "jc",
        "textDirection",
        "textAlignment",
        "textboxTightWrap",
        "outlineLvl",
        "divId",
        "cnfStyle",
        "rPr",
        "sectPr",
        "pPrChange",
    ]
    runs = [
        "rStyle",
        "rFonts",
        "b",
        "bCs",
        "i",
        "iCs",
        "caps",
        "smallCaps",
        "strike",
        "dstrike",
        "outline",
        "shadow",
        "emboss",
        "imprint",
        "noProof",
        "snapToGrid",
        "vanish",
        "webHidden",
        "color",
        "spacing",
        "w",
        "kern",
        "position",
        "sz",
        "szCs",
        "highlight",
        "u",
        "effect",
        "bdr",
        "shd",
        "fitText",
        "vertAlign",
        "rtl",
        "cs",
        "em",
        "lang",
    ]
    cells = [
        "cnfStyle",
        "tcW",
        "gridSpan",
        "hMerge",
        "vMerge",
        "tcBorders",
        "shd",
        "noWrap",
        "tcMar",
        "textDirection",
        "tcFitText",
        "vAlign",
        "hideMark",
    ]
    for name in ("word/document.xml", "word/styles.xml"):
        root = etree.fromstring(parts[name])
        for tag, names in (("pPr", order), ("rPr", runs), ("tcPr", cells)):
            for element in root.iter(f"{W}{tag}"):
                found = [names.index(child.tag.removeprefix(W)) for child in element if child.tag.startswith(W)]
                assert found == sorted(found), etree.tostring(element)


def test_hostile_text_is_text(parts, body):
    assert b"<script" not in parts["word/document.xml"]
    texts = "".join(t.text or "" for t in body.iter(f"{W}t"))
    assert "<script>alert(1)</script>" in texts


def test_the_file_opens_again_and_says_nothing_of_its_maker(parts):
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    document = Document(BytesIO(out.getvalue()))
    assert document.core_properties.author == ""
    assert document.core_properties.title.startswith("交通运输舆情隐患")
    assert document.element.body.find(qn("w:sectPr")) is not None


def test_no_part_stands_twice_in_the_package():
    with zipfile.ZipFile(BytesIO(render(full_week()))) as archive:
        names = archive.namelist()
    assert len(set(names)) == len(names)
    assert "customXml/paper.xml" in names
