"""A chart block as a native chart of a .docx (DrawingML): vector, editable in Word, drawn by LibreOffice too.

The figures stand in the chart itself as literals, so there is no hidden workbook behind it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Mm

from tracker.reports.paper import Json
from tracker.reports.render.gbt9704 import BLOCK_WIDTH
from tracker.reports.render.svg import COLOURS, MOST_LABELS, ceiling, highest
from tracker.reports.render.words import clean

_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
_DASHES = ("solid", "dash", "sysDot", "dashDot", "lgDash")
HEIGHT = Mm(46)


def add_chart(document: Any, paragraph: Any, block: Json) -> None:
    """Put the chart of `block` into `paragraph`."""
    package = document.part.package
    number = 1 + sum(part.partname.startswith("/word/charts/") for part in package.iter_parts())
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), _TYPE, chart_xml(block).encode(), package)
    relation = document.part.relate_to(part, RELATIONSHIP_TYPE.CHART)
    title = escape(clean(block["title"]), {'"': "&quot;"})
    drawing = parse_xml(
        f'<w:drawing xmlns:w="{_W}" xmlns:wp="{_WP}" xmlns:a="{_A}" xmlns:c="{_C}" xmlns:r="{_R}">'
        f'<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{int(BLOCK_WIDTH)}" cy="{int(_height(block))}"/>'
        f'<wp:docPr id="{1000 + number}" name="chart{number}" descr="{title}"/><wp:cNvGraphicFramePr/>'
        f'<a:graphic><a:graphicData uri="{_C}"><c:chart r:id="{relation}"/></a:graphicData></a:graphic></wp:inline></w:drawing>'
    )
    paragraph.add_run()._r.append(drawing)  # noqa: SLF001  # the way python-docx itself adds a picture
    # A fixed line pitch would clip a drawing to one line.
    paragraph.paragraph_format.line_spacing = 1.0


def _height(block: Json) -> int:
    """Lying bars need room for every label."""
    return max(HEIGHT, Mm(16 + 9 * len(block["labels"]))) if block["kind"] == "across" else HEIGHT


def chart_xml(block: Json) -> str:
    """The chart part: lines or bars over categories, axes, a legend above; a missing value is a gap."""
    top = ceiling(highest(block))
    kind, bars = block["kind"], block["kind"] != "lines"
    body = "".join(_series(i, s, block["labels"], bars=bars) for i, s in enumerate(block["series"]))
    axes = '<c:axId val="111"/><c:axId val="222"/>'
    if bars:
        lying, grouping = ("bar" if kind == "across" else "col"), ("stacked" if kind == "stacked" else "clustered")
        overlap = '<c:overlap val="100"/>' if kind == "stacked" else ""
        # A few bars are not drawn as walls.
        gap = 60 if lying == "bar" else max(60, 400 - 60 * len(block["labels"]))
        plot = (
            f'<c:barChart><c:barDir val="{lying}"/><c:grouping val="{grouping}"/><c:varyColors val="0"/>{body}'
            f'<c:gapWidth val="{gap}"/>{overlap}{axes}</c:barChart>'
        )
    else:
        plot = f'<c:lineChart><c:grouping val="standard"/><c:varyColors val="0"/>{body}<c:marker val="1"/>{axes}</c:lineChart>'
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><c:chartSpace xmlns:c="{_C}" xmlns:a="{_A}" xmlns:r="{_R}">'
        f'<c:roundedCorners val="0"/><c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/>{plot}{_axes(top, lying=kind == "across")}</c:plotArea>'
        f'<c:legend><c:legendPos val="t"/><c:overlay val="0"/>{_words()}</c:legend><c:plotVisOnly val="1"/>'
        '<c:dispBlanksAs val="gap"/></c:chart><c:spPr><a:ln><a:noFill/></a:ln></c:spPr></c:chartSpace>'
    )


def _series(index: int, series: Json, labels: Sequence[str], *, bars: bool) -> str:
    colour = COLOURS[index % len(COLOURS)].lstrip("#")
    fill = f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'
    if bars:
        look = f'<c:spPr>{fill}</c:spPr><c:invertIfNegative val="0"/>'
    else:
        dash = f'<a:prstDash val="{_DASHES[index % len(_DASHES)]}"/>'
        look = (
            f'<c:spPr><a:ln w="25400">{fill}{dash}</a:ln></c:spPr><c:marker><c:symbol val="circle"/><c:size val="5"/>'
            f"<c:spPr>{fill}<a:ln>{fill}</a:ln></c:spPr></c:marker>"
        )
    names = "".join(f'<c:pt idx="{i}"><c:v>{escape(clean(x))}</c:v></c:pt>' for i, x in enumerate(_written(labels)))
    points = "".join(f'<c:pt idx="{i}"><c:v>{v}</c:v></c:pt>' for i, v in enumerate(series["values"]) if v is not None)
    count = f'<c:ptCount val="{len(labels)}"/>'
    return (
        f'<c:ser><c:idx val="{index}"/><c:order val="{index}"/><c:tx><c:v>{escape(clean(series["name"]))}</c:v></c:tx>{look}'
        f"<c:cat><c:strLit>{count}{names}</c:strLit></c:cat>"
        f"<c:val><c:numLit><c:formatCode>0</c:formatCode>{count}{points}</c:numLit></c:val>"
        + ("" if bars else '<c:smooth val="0"/>')
        + "</c:ser>"
    )


def _words() -> str:
    return (
        '<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz="1000"><a:latin typeface="仿宋_GB2312"/>'
        '<a:ea typeface="仿宋_GB2312"/></a:defRPr></a:pPr><a:endParaRPr lang="zh-CN"/></a:p></c:txPr>'
    )


def _written(labels: Sequence[str]) -> list[str]:
    """Of many labels every second or third, since programs differ in whether they leave any out by themselves."""
    every = math.ceil(len(labels) / MOST_LABELS)
    return [label if at % every == 0 else "" for at, label in enumerate(labels)]


def _axes(top: int, *, lying: bool) -> str:
    """A category and a value axis; lying bars are read from the top down."""
    names, values, order = ("l", "t", "maxMin") if lying else ("b", "l", "minMax")
    # The scale stands below the lying bars, though they are counted from above.
    foot = '<c:crosses val="max"/>' if lying else ""
    line = '<c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="BFBFBF"/></a:solidFill></a:ln></c:spPr>'
    return (
        '<c:catAx><c:axId val="111"/>'
        f'<c:scaling><c:orientation val="{order}"/></c:scaling><c:delete val="0"/><c:axPos val="{names}"/>'
        f'<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="low"/>{line}{_words()}'
        f'<c:crossAx val="222"/></c:catAx>'
        f'<c:valAx><c:axId val="222"/><c:scaling><c:orientation val="minMax"/><c:max val="{top}"/><c:min val="0"/></c:scaling>'
        f'<c:delete val="0"/><c:axPos val="{values}"/><c:majorGridlines>{line}</c:majorGridlines>'
        '<c:numFmt formatCode="0" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/>'
        f'<c:tickLblPos val="nextTo"/>{line}{_words()}<c:crossAx val="111"/>{foot}<c:majorUnit val="{top // 4}"/></c:valAx>'
    )
