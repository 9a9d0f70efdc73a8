"""The office's own .docx templates: exported to begin with, checked word by word, used where they lie.

A template is a file `KIND.docx` in a folder. It may hold `{{ 名称 }}` with the names of `placeholders`, and nothing else of a
template language: an office writes papers, not programs.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tracker.reports.placeholders import ANNEX, BODY, NEEDED, placeholders

_HELD = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_PROGRAM = re.compile(r"\{%|%\}|\{#|#\}")
_BLOCKS = (BODY, ANNEX)
_QUOTED = 30


class BadTemplate(ValueError):
    """A template that cannot be used; str() is one sentence that says where and why."""


def kinds() -> tuple[str, ...]:
    """Every paper that can have a template of its own."""
    return tuple(NEEDED)


def template_of(folder: Path, kind: str) -> Path | None:
    """The office's template for `kind`, checked; None where it has none. BadTemplate when it cannot be used."""
    path = folder / f"{kind}.docx"
    if not path.is_file():
        return None
    if problems := check(path):
        raise BadTemplate(problems[0])
    return path


def export(folder: Path) -> list[Path]:
    """Write the layout that yidan ships as a template for every kind; BadTemplate rather than overwrite one of the office's."""
    from tracker.reports.render.shipped import shipped

    there = [kind for kind in kinds() if (folder / f"{kind}.docx").exists()]
    if there:
        raise BadTemplate(
            f"{folder / there[0]}.docx exists already: give an empty folder, or move that file away first"
        )
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in kinds():
        path = folder / f"{kind}.docx"
        path.write_bytes(shipped(kind))
        written.append(path)
    return written


def check(path: Path) -> list[str]:
    """One sentence for each thing wrong with the template at `path`; nothing when it can be used."""
    kind = path.stem
    if kind not in NEEDED:
        return [f"{path.name} is the template of no paper: name it one of {', '.join(f'{k}.docx' for k in NEEDED)}"]
    try:
        found = list(_paragraphs(_opened(path)))
    except BadTemplate as error:
        return [str(error)]
    problems = [f"{path.name}, {where}: {problem}" for where, text in found for problem in _wrong(text, kind)]
    used = {name.strip() for _where, text in found for name in _HELD.findall(text)}
    problems += [
        f"{path.name} does not hold {{{{ {name} }}}}, which this paper must show: add it"
        for name in NEEDED[kind]
        if name not in used
    ]
    return problems


def _opened(path: Path) -> Any:
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError

    try:
        return Document(str(path))
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError) as error:
        raise BadTemplate(
            f"{path.name} is not a .docx file: save it as .docx (not .doc or .wps) and try again"
        ) from error


def _paragraphs(document: Any) -> Iterator[tuple[str, str]]:
    """(where, text) of every paragraph that holds a brace, in the body, its tables, the headers and the footers."""
    from docx.oxml.ns import qn

    parts = [("", document.element.body)]
    for section in document.sections:
        for name, part in (
            ("header, ", section.header), ("footer, ", section.footer),
            ("even header, ", section.even_page_header), ("even footer, ", section.even_page_footer),
        ):  # fmt: skip
            if not part.is_linked_to_previous:
                parts.append((name, part._element))  # noqa: SLF001  # python-docx has no public name for it
    for name, root in parts:
        for number, paragraph in enumerate(root.iter(qn("w:p")), 1):
            text = "".join(t.text or "" for t in paragraph.iter(qn("w:t")))
            if "{" in text or "}" in text:
                yield f"{name}paragraph {number} ({_quoted(text)})", text


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line}”" if len(line) <= _QUOTED else f"“{line[: _QUOTED - 1]}…”"


def _wrong(text: str, kind: str) -> Iterator[str]:
    """What is wrong with one paragraph."""
    if _PROGRAM.search(text):
        yield "only names in {{ }} are allowed, no {% %} or {# #}: take it out"
        return
    names = [name.strip() for name in _HELD.findall(text)]
    rest = _HELD.sub("", text)
    if "{{" in rest or "}}" in rest:
        yield "a {{ has no }} or a }} no {{: write both, with one name between them"
    known = placeholders(kind)
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.4)
            meant = f"did you mean {{{{ {near[0]} }}}}?" if near else f"the names are {'、'.join(known)}"
            yield f"{{{{ {name} }}}} is no placeholder of this paper; {meant}"
        elif name in _BLOCKS and rest.strip():
            yield f"{{{{ {name} }}}} stands for whole paragraphs: give it a paragraph of its own"
