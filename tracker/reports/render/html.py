"""A paper as HTML: a fragment for a page under a strict CSP (classes only), or a whole document that needs nothing else.

Every figure is a <details> that opens to the records behind it. `render.docx` makes the same blocks; no figure is made here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from tracker.reports.paper import OVERDUE, Cell, Json
from tracker.reports.render.carried import as_html
from tracker.reports.render.room import RECORDS, room
from tracker.reports.render.svg import svg
from tracker.reports.render.words import (
    annex_lines,
    annex_name,
    cell,
    changes_first,
    changes_rest,
    clean,
    figure,
    foot,
    headings,
    numeral,
    record,
    revision,
    stands,
)

# Rows of a table that a printed page does not break.
SHORT = 8
STYLE = Path(__file__).resolve().parents[1] / "static" / "reports" / "paper.css"
Link = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a paper is read: `link` gives the address of a record; `opens`: figures open to their records (not on paper).

    `colophon` is a last line at the foot; `most`: rows of a table beyond which the rest is only counted, where there is a limit;
    `records`: those under a figure beyond which they are. On `paper` the limit leaves out no overdue item; a page beside which the
    files stand may.
    """

    link: Link
    opens: bool = True
    colophon: str = ""
    most: int | None = None
    records: int = RECORDS[0]
    paper: bool = True


def render(content: Json) -> str:
    """The paper as one <article class="paper">, whole."""
    return article(content, Reading(lambda _key: None))


def page(content: Json, link: Link) -> str:
    """The paper on the desk: records link to where they are; of what is long the first part is shown and the rest counted."""
    rows, records = room(content)
    return article(content, Reading(link, most=rows, records=records, paper=False))


def article(content: Json, to: Reading) -> str:
    """The paper as one <article>, for a screen or, where figures do not open, for print."""
    parts = [
        '<article class="paper" lang="zh-Hans">',
        _head(content),
        *(_section(number, section, to) for number, section in enumerate(content["sections"], 1)),
        *(f'<p class="paper-annexes">{_text(line)}</p>' for line in annex_lines(content)),
        f'<p class="paper-date">{_text(content["draft"]["date"])}</p>',
        *(_annex(annex_name(content, number), section, to) for number, section in enumerate(content["annex"], 1)),
        _foot(content, to),
        "</article>",
    ]
    return "\n".join(filter(None, parts))


def document(content: Json) -> str:
    """The paper as a whole HTML page with its own style, to be opened from a folder or sent by mail."""
    return (
        f'<!doctype html>\n<html lang="zh-Hans">\n<head>\n<meta charset="utf-8">\n<title>{heading(content)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<style>\n{STYLE.read_text(encoding="utf-8")}</style>\n</head>\n<body class="paper-page">\n{render(content)}\n{as_html(content)}\n</body>\n</html>\n'
    )


def heading(content: Json) -> str:
    """The title of the page, escaped."""
    return escape(clean(f"{content['title']} {content['subtitle']}".strip()))


def _text(words: object) -> str:
    return escape(clean(words))


def _head(content: Json) -> str:
    draft = content["draft"]
    lines = [
        '<div class="paper-draft">',
        f'<span class="mark">{_text(draft["mark"])}</span><span>〔{_text(draft["year"])}〕　　号</span>',
        "<span>签发人：　　　　</span></div>",
        f"<h1>{_text(content['title'])}</h1>",
    ]
    if content["subtitle"]:
        lines.append(f'<p class="paper-period">{_text(content["subtitle"])}</p>')
    if mark := revision(content):
        lines.append(f'<p class="paper-notice">{_text(mark)}</p>')
        lines.append(_changes(changes_first(content)))
    if content["notice"]:
        lines.append(f'<p class="paper-notice">{_text(content["notice"])}</p>')
    return f'<header class="paper-head">{"".join(lines)}</header>'


def _changes(lines: list[str]) -> str:
    every = "".join(f"<li>{_text(change)}</li>" for change in lines)
    return f'<ul class="paper-changes">{every}</ul>' if every else ""


def _foot(content: Json, to: Reading) -> str:
    lines = (foot(content), _made(content), *([to.colophon] if to.colophon else []))
    said = "".join(f"<p>{_text(line)}</p>" for line in lines)
    return f'<footer class="paper-foot">{_changes(changes_rest(content))}{said}</footer>'


def _section(number: int, section: Json, to: Reading) -> str:
    body = _body(section["blocks"], to)
    head = ""
    if section["title"]:
        head = f"<h2>{numeral(number)}、{_text(section['title'])}</h2>\n"
        head += f'<p class="paper-scope">{_text(section["scope"])}</p>\n'
    fresh = " new-page" if section["new_page"] else ""
    return f'<section class="paper-section{fresh}" id="paper-{_text(section["key"])}">{head}{body}</section>'


def _body(blocks: list[Json], to: Reading) -> str:
    """Tables have a numbered heading where several stand in one section, else a caption."""
    parts = []
    for block, number in zip(blocks, headings(blocks), strict=True):
        if number:
            parts.append(f"<h3>（{numeral(number)}）{_text(block['title'])}</h3>")
        parts.append(_BLOCKS[block["type"]](block | {"title": ""} if number else block, to))
    return "\n".join(parts)


def _annex(name: str, section: Json, to: Reading) -> str:
    body = _body(section["blocks"], to)
    return (
        f'<section class="paper-section paper-annex" id="paper-{_text(section["key"])}">'
        f'<h2><span class="annex-name">{name}</span> <span class="annex-title">{_text(section["title"])}</span></h2>\n'
        f'<p class="paper-scope">{_text(section["scope"])}</p>\n{body}</section>'
    )


def _made(content: Json) -> str:
    return f"{content['draft']['date']}生成。发文字号、签发人、印章由发文机关填写。"


def _paragraph(block: Json, to: Reading) -> str:
    lead = f"<b>{_text(block['lead'])}</b>" if block["lead"] else ""
    figures = [f for f in block["figures"] if f["r"]] if to.opens else []
    opened = "".join(f"<dt>{_text(f['name'])} {figure(f)}</dt><dd>{_records(f, to)}</dd>" for f in figures)
    basis = f'<details class="basis"><summary>依据</summary><dl>{opened}</dl></details>' if opened else ""
    return f"<p>{lead}{_text(block['text'])}</p>{basis}"


def _records(value: Json, to: Reading) -> str:
    shown = [_record(key, to) for key in value["r"][: to.records]]
    if len(value["r"]) > to.records:
        shown.append(f"等{len(value['r'])}条，逐条列在 .xlsx 的“数字依据”中")
    return "、".join(shown)


def _record(key: str, to: Reading) -> str:
    address = to.link(key)
    return f'<a href="{escape(address)}">{escape(record(key))}</a>' if address else escape(record(key))


def _table(block: Json, to: Reading) -> str:
    if not stands(block):
        return f'<p class="empty">{_text(block["empty"])}</p>' if block["empty"] else ""
    rows_shown, more = _cut(block, to)
    columns = block["columns"]
    caption = f"<caption>{_text(block['title'])}</caption>" if block["title"] else ""
    heads = "".join(f'<th scope="col" class="{_align(c)}">{_text(c["title"])}</th>' for c in columns)
    rows = "".join(_row(row, columns, to) for row in rows_shown)
    total = f"<tfoot>{_row(block['total'], columns, to)}</tfoot>" if block["total"] else ""
    note = f'<p class="note">注：{_text(block["note"] + more)}</p>' if block["note"] + more else ""
    return (
        f'<div class="paper-table{" short" if len(block["rows"]) <= SHORT else ""}"><div class="scroll"><table>{caption}{_widths(columns, to)}<thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody>{total}</table></div>{note}</div>"
    )


def _cut(block: Json, to: Reading) -> tuple[list[list[Cell]], str]:
    """The rows that are shown, and the sentence on the others; on paper no limit leaves out an overdue item."""
    rows = block["rows"]
    if to.most is None or len(rows) <= to.most or (to.paper and block["title"].startswith(OVERDUE)):
        return rows, ""
    return rows[: to.most], f"此处列出前{to.most}行，其余{len(rows) - to.most}行逐一列在本文的 .xlsx 和 .docx 中。"


def _widths(columns: list[Json], to: Reading) -> str:
    """On paper columns have the widths of the .docx; on a screen they follow their words."""
    if to.opens:
        return ""
    widths = [column["width"] for column in columns]
    return "".join(f'<col style="width:{100 * width / sum(widths):.2f}%">' for width in widths)


def _align(column: Json) -> str:
    side = {"right": "num", "centre": "mid", "left": "whole" if column.get("whole") else "words"}
    return side[column["align"]]


def _row(row: list[Cell], columns: list[Json], to: Reading) -> str:
    cells = (f'<td class="{_align(c)}">{_cell(value, to)}</td>' for value, c in zip(row, columns, strict=True))
    return f"<tr>{''.join(cells)}</tr>"


def _cell(value: Cell, to: Reading) -> str:
    if isinstance(value, dict) and value["r"] and to.opens:
        return f'<details class="fig"><summary>{figure(value)}</summary><span>{_records(value, to)}</span></details>'
    # A share that does not fit on one line breaks before its bracket, not within it.
    share, bracket, base = cell(value).partition("%（")
    return f'{share}%<span class="base">（{base}</span>' if bracket and isinstance(value, dict) else escape(cell(value))


def _items(block: Json, to: Reading) -> str:
    if not block["items"]:
        return f'<p class="empty">{_text(block["empty"])}</p>'
    entries = (
        f"<li><b>{_text(item['head'])}</b>" + "".join(f"<p>{_text(line)}</p>" for line in item["lines"])
        + f'<p class="note">{"、".join(_record(key, to) for key in item["r"])}</p></li>'
        for item in block["items"]
    )  # fmt: skip
    return f'<ol class="paper-items">{"".join(entries)}</ol>'


def _form(block: Json, _to: Reading) -> str:
    rows = (
        f'<tr><th scope="row">{_text(row["label"])}</th><td>{"<br/>".join(_text(row["text"]).splitlines())}</td></tr>'
        for row in block["rows"]
    )
    return f'<table class="paper-form"><tbody>{"".join(rows)}</tbody></table>'


def _chart(block: Json, _to: Reading) -> str:
    note = f'<p class="note">注：{_text(block["note"])}</p>' if block["note"] else ""
    return f'<figure class="paper-chart"><figcaption>{_text(block["title"])}</figcaption>{svg(block)}{note}</figure>'


_BLOCKS: dict[str, Callable[[Json, Reading], str]] = {
    "text": _paragraph, "table": _table, "items": _items, "chart": _chart, "form": _form,
}  # fmt: skip
