"""The content of a paper inside the file itself, so that a paper found years later can be recomputed and compared.

In .docx it is a custom XML part, in .html a block of data that no browser runs. A .pdf or .xlsx is checked by its .docx or .html.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

from tracker.reports.paper import SCHEMA, Json

NAMESPACE = "urn:yidan:paper"
# The template of python-docx has an item1.xml of its own.
_PART = "customXml/paper.xml"
_IN_HTML = re.compile(r'<script type="application/json" id="paper-content">(.*?)</script>', re.DOTALL)


class BadPaper(ValueError):
    """A file that is no paper of this product; str() is one sentence that names it."""


def add_to_docx(document: Any, content: Json) -> None:
    """Put `content` into the package of a python-docx document."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    packed = base64.b64encode(gzip.compress(_json(content).encode(), mtime=0)).decode("ascii")
    body = f'<?xml version="1.0" encoding="UTF-8"?><paper xmlns="{NAMESPACE}">{packed}</paper>'.encode()
    # A paper that an office made its template of carries the content of that paper: it gives way.
    old = [
        key
        for key, rel in document.part.rels.items()
        if not rel.is_external and rel.target_part.partname == f"/{_PART}"
    ]
    for key in old:
        del document.part.rels[key]
    part = Part(PackURI(f"/{_PART}"), "application/xml", body, document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_XML)


def as_html(content: Json) -> str:
    """`content` as a data block; no text in it can end the block."""
    safe = _json(content).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f'<script type="application/json" id="paper-content">{safe}</script>'


def _json(content: Json) -> str:
    return json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def read(path: Path) -> Json:
    """The content that the .docx or .html at `path` carries; BadPaper when it carries none that can be read."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise BadPaper(f"{path} cannot be read ({error.strerror}): check the path") from error
    try:
        content = json.loads(_from_docx(path) if body.startswith(b"PK") else _from_html(body.decode("utf-8")))
    except (KeyError, ValueError, OSError, EOFError, SyntaxError, zlib.error, zipfile.BadZipFile) as error:
        raise BadPaper(
            f"{path} is not a .docx or .html paper written by yidan: give the file as it was written"
        ) from error
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise BadPaper(f"{path} was written by another version of yidan: verify it with that version")
    return content


def _from_docx(path: Path) -> bytes:
    from docx.oxml import parse_xml

    with zipfile.ZipFile(path) as archive:
        root = parse_xml(archive.read(_PART))
    return gzip.decompress(base64.b64decode(root.text or "", validate=True))


def _from_html(text: str) -> str:
    match = _IN_HTML.search(text)
    if not match:
        raise ValueError("no content in the page")
    return match[1]
