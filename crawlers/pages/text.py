"""Markup to plain text, one paragraph a line, by one conversion for every family.

Were there two, one post read from two boards would not be the same post (`Post.digest`).
"""

from __future__ import annotations

import re
from typing import Any, Final

from crawlers.pages.tree import parse_html

BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
SILENT: Final = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "object",
        "svg",
        "math",
        "head",
        "title",
        "textarea",
        "select",
    ]
)
CLIMB: Final = 64  # ancestors looked at for a block; markup nested deeper than this is hostile, not a paragraph
_SPACES = re.compile(r"[ \t\r\f\v\xa0]+")
_INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060\ufeff]")


def tidy(text: str) -> str:
    """Plain text with one paragraph a line: no empty lines, no invisible characters, no space at the ends of lines."""
    lines = (_SPACES.sub(" ", line).strip(" \u3000") for line in _INVISIBLE.sub("", text).splitlines())
    return "\n".join(line for line in lines if line)


def html_to_text(html: str) -> str:
    """The text a reader of `html` sees, one block a line; scripts, styles and forms' insides are left out.

    PageError when it is nested beyond reason.
    """
    if "<" not in html and "&" not in html:
        return tidy(html)
    root = parse_html(html).body
    return node_text(root) if root is not None else ""


def node_text(root: Any) -> str:
    """The text below one parsed node, as `html_to_text`."""
    pieces: list[str] = []
    block = None
    for node in root.traverse(include_text=True):
        tag = node.tag
        if tag == "br":
            pieces.append("\n")
        elif tag == "-text":
            home, silent = _home(node, root.mem_id)
            if silent:
                continue
            if home != block:
                pieces.append("\n")
                block = home
            pieces.append(node.text_content.replace("\n", " "))
    return tidy("".join(pieces))


def _home(node: Any, root: int) -> tuple[int, bool]:
    """The block a text stands in, by its identity, and whether it stands where no reader sees it."""
    parent = node.parent
    for _ in range(CLIMB):
        if parent is None or parent.tag in BLOCKS or parent.mem_id == root:
            break
        if parent.tag in SILENT:
            return 0, True
        parent = parent.parent
    return (parent.mem_id if parent is not None else 0), False
