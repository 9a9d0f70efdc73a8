"""Renderers: a paper's content in, a file out. They know nothing of the database and compute no figure."""

from __future__ import annotations

from collections.abc import Callable

from tracker.reports.paper import Json


def _docx(content: Json) -> bytes:
    from tracker.reports.render.docx import render

    return render(content)


def _html(content: Json) -> bytes:
    from tracker.reports.render.html import document

    return document(content).encode()


RENDERERS: dict[str, Callable[[Json], bytes]] = {"docx": _docx, "html": _html}
