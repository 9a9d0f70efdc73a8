"""The content of a paper inside the file itself, so that a paper found years later can be recomputed and compared.

In .docx and .xlsx it is a custom XML part, in .html a block of data that no browser runs, in .pdf a stream that no page shows.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import zipfile
import zlib
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

from tracker.reports.paper import SCHEMA, Json

NAMESPACE = "urn:yidan:paper"
# The template of python-docx has an item1.xml of its own.
_PART = "customXml/paper.xml"
_BOOK_RELATIONS = "xl/_rels/workbook.xml.rels"
_RELATION = (
    b'<Relationship Id="rIdPaper" Target="../customXml/paper.xml" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/customXml"/>'
)
_PDF_TYPE = "YidanPaper"
_IN_PDF = re.compile(rb"/Type ?/YidanPaper\b[^>]*>>\s*stream\r?\n([A-Za-z0-9+/=]+)\s*endstream")
_IN_HTML = re.compile(r'<script type="application/json" id="paper-content">(.*?)</script>', re.DOTALL)


class BadPaper(ValueError):
    """A file that is no paper of this product; str() is one sentence that names it."""


def add_to_docx(document: Any, content: Json) -> None:
    """Put `content` into the package of a python-docx document."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    # A paper that an office made its template of carries the content of that paper: it gives way.
    old = [
        key
        for key, rel in document.part.rels.items()
        if not rel.is_external and rel.target_part.partname == f"/{_PART}"
    ]
    for key in old:
        del document.part.rels[key]
    part = Part(PackURI(f"/{_PART}"), "application/xml", _as_xml(content), document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_XML)


def _packed(content: Json) -> str:
    return base64.b64encode(gzip.compress(_json(content).encode(), mtime=0)).decode("ascii")


def _unpacked(text: str | bytes) -> bytes:
    return gzip.decompress(base64.b64decode(text, validate=True))


def _as_xml(content: Json) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><paper xmlns="{NAMESPACE}">{_packed(content)}</paper>'.encode()


def in_xlsx(body: bytes, content: Json) -> bytes:
    """The workbook `body` with `content` as a part of it, held by a relation so that no program finds a stray part."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(body)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            part = old.read(item)
            if item.filename == _BOOK_RELATIONS:
                part = part.replace(b"</Relationships>", _RELATION + b"</Relationships>")
            new.writestr(item, part)
        new.writestr(zipfile.ZipInfo(_PART), _as_xml(content))
    return out.getvalue()


def in_pdf(pdf: Any, content: Json) -> None:
    """Put `content` into a pydyf document before it is written."""
    pydyf: Any = import_module("pydyf")
    stream = pydyf.Stream([_packed(content).encode()], extra={"Type": f"/{_PDF_TYPE}"})
    pdf.add_object(stream)
    pdf.catalog[_PDF_TYPE] = stream.reference


def as_html(content: Json) -> str:
    """`content` as a data block; no text in it can end the block."""
    safe = _json(content).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f'<script type="application/json" id="paper-content">{safe}</script>'


def _json(content: Json) -> str:
    return json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def read(path: Path) -> Json:
    """The content that the file at `path` carries, of any format; BadPaper when it carries none that can be read."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise BadPaper(f"{path} cannot be read ({error.strerror}): check the path") from error
    try:
        content = json.loads(_content(path, body))
    except (KeyError, ValueError, OSError, EOFError, SyntaxError, zlib.error, zipfile.BadZipFile) as error:
        raise BadPaper(
            f"{path} is not a paper written by yidan (.docx, .pdf, .xlsx or .html): give the file as it was written"
        ) from error
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise BadPaper(f"{path} was written by another version of yidan: verify it with that version")
    return content


def _content(path: Path, body: bytes) -> bytes | str:
    if body.startswith(b"PK"):
        return _from_package(path)
    return _from_pdf(body) if body.startswith(b"%PDF") else _from_html(body.decode("utf-8"))


def _from_package(path: Path) -> bytes:
    from docx.oxml import parse_xml

    with zipfile.ZipFile(path) as archive:
        root = parse_xml(archive.read(_PART))
    return _unpacked(root.text or "")


def _from_pdf(body: bytes) -> bytes:
    match = _IN_PDF.search(body)
    if not match:
        raise ValueError("no content in the document")
    return _unpacked(match[1])


def _from_html(text: str) -> str:
    match = _IN_HTML.search(text)
    if not match:
        raise ValueError("no content in the page")
    return match[1]
