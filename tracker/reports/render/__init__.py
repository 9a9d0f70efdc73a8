"""Renderers: a paper's content in, a file out. They know nothing of the database and compute no figure."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from tracker.reports.paper import Json


def _docx(content: Json) -> bytes:
    from tracker.reports.render.docx import render

    return render(content)


def _html(content: Json) -> bytes:
    from tracker.reports.render.html import document

    return document(content).encode()


def _pdf(content: Json) -> bytes:
    from tracker.reports.render.pdf import render

    return render(content)


def _xlsx(content: Json) -> bytes:
    from tracker.reports.render.xlsx import render

    return render(content)


RENDERERS: dict[str, Callable[[Json], bytes]] = {"docx": _docx, "html": _html}
# These two stand on packages that an installation may leave out.
RENDERERS |= {"pdf": _pdf} if find_spec("weasyprint") else {}
RENDERERS |= {"xlsx": _xlsx} if find_spec("xlsxwriter") else {}
