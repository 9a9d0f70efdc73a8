"""English is complete: every sentence of the source is translated, keeps its placeholders, and is in the compiled file."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages import mofile, pofile
from babel.messages.extract import extract
from django.utils.translation.template import templatize

TRACKER = Path(__file__).resolve().parents[3] / "tracker"
CATALOGUE = TRACKER / "locale" / "en" / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip


def sources() -> list[tuple[Path, bytes]]:
    """Python as it is, templates as the Python that Django's own extraction makes of them."""
    python = [(path, path.read_bytes()) for path in TRACKER.rglob("*.py") if "migrations" not in path.parts]
    pages = [
        (path, templatize(path.read_text(encoding="utf-8"), origin=str(path)).encode())
        for path in TRACKER.rglob("*.html")
    ]
    return python + pages


def used() -> dict[tuple[str | None, str], Path]:
    """(context, sentence) → a file that uses it."""
    found = {}
    for path, text in sources():
        for _line, message, _comments, context in extract("python", BytesIO(text), keywords=KEYWORDS):
            sentence = message[0] if isinstance(message, tuple) else message
            found[context, sentence] = path
    return found


@pytest.fixture(scope="module")
def catalogue():
    with CATALOGUE.open("rb") as file:
        return pofile.read_po(file, locale="en")


def test_every_sentence_of_the_source_is_translated(catalogue):
    found = used()
    assert len(found) > 300, "the extraction finds too little to prove anything"
    missing = [
        f"{path.name}: {key}"
        for key, path in found.items()
        if (m := catalogue.get(key[1], key[0])) is None or not any(m.string)
    ]
    assert not missing


def test_no_sentence_is_left_over_or_fuzzy(catalogue):
    found = used()
    stale = [m.id for m in catalogue if m.id and (m.context, m.id[0] if isinstance(m.id, tuple) else m.id) not in found]
    assert not stale
    assert not [m.id for m in catalogue if m.fuzzy and m.id]


def test_placeholders_are_kept(catalogue):
    for message in catalogue:
        if not message.id:
            continue
        names = [set(re.findall(r"%\(\w+\)s|\{[^}]*\}", text)) for text in _texts(message.id) + _texts(message.string)]
        assert all(found == names[0] for found in names), message.id


def _texts(value: str | tuple[str, ...]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def test_the_compiled_file_is_what_the_text_file_compiles_to(catalogue):
    fresh = BytesIO()
    mofile.write_mo(fresh, catalogue)
    fresh.seek(0)
    with CATALOGUE.with_suffix(".mo").open("rb") as kept:
        assert _said(mofile.read_mo(kept)) == _said(mofile.read_mo(fresh))


def _said(compiled) -> dict[tuple[str, str], str]:
    return {(str(m.context), str(m.id)): str(list(m.string)) for m in compiled if m.id}
