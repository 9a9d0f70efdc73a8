"""Bytes to text by what a page declares, and by its bytes when the declaration is wrong, as it often is on older boards.

GB2312 and GBK are read as GB18030, which contains both: pages that declare the small set use characters of the large one.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]{2,20})", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,300}?charset\s{0,5}=\s{0,5}[\"']?\s{0,5}([A-Za-z0-9_\-]{2,20})", re.IGNORECASE)
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HIGH: Final = bytes(range(128, 256))
_WIDER: Final = {"gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "big5": "big5hkscs", "hz": "gb18030"}
SURE: Final = 12  # bytes beyond ASCII from which text that is valid UTF-8 is no accident; two words of GBK may be one
HEAD: Final = 4096  # bytes in which a declaration is looked for; browsers look at 1024


def decode(body: bytes, content_type: str = "") -> str:
    """The text of `body`; never fails, at worst single characters become U+FFFD.

    Order: byte order mark, UTF-8 when enough of it is valid to be no accident, the header, the page's own meta, UTF-8, GB18030;
    the first that decodes without an error.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name, "replace")
    declared = _declared(body, content_type)
    if len(body) - len(body.translate(None, _HIGH)) >= SURE:
        declared.insert(0, "utf-8")
    for name in (*declared, "utf-8", "gb18030"):
        try:
            return body.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode(declared[-1] if declared else "utf-8", "replace")


def _declared(body: bytes, content_type: str) -> list[str]:
    """The declared charsets this Python knows, header before page."""
    names = _HEADER.findall(content_type) + [name.decode("ascii") for name in _META.findall(body[:HEAD])]
    known = []
    for name in names:
        wider = _WIDER.get(name.lower(), name.lower())
        try:
            known.append(codecs.lookup(wider).name)
        except LookupError:
            continue
    return known
