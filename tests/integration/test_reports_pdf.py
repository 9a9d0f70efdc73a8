"""The PDF measured as it is laid out: page, block, pitch, characters a line, page numbers, bookmarks, vectors."""

from __future__ import annotations

import os
import re
import signal

import pytest

from tests.unit.reports.samples import full_week
from tracker.reports.render.apart import apart
from tracker.reports.render.pdf import _refuse, render, typeset

POINT = 96 / 72
MM = 96 / 25.4


@pytest.fixture(scope="module")
def pages():
    return typeset(full_week())


def walk(box):
    yield box
    for child in getattr(box, "children", None) or []:
        yield from walk(child)


def lines(page):
    """Line boxes of the running text: those of the body's size and pitch."""
    return [b for b in walk(page._page_box) if type(b).__name__ == "LineBox" and abs(b.height / POINT - 28) < 0.2]


def words(box):
    return "".join(b.text for b in walk(box) if type(b).__name__ == "TextBox")


def test_every_page_is_the_block_of_the_standard(pages):
    for page in pages.pages:
        box = page._page_box
        assert [round(v / MM) for v in (page.width, page.height)] == [210, 297]
        assert [round(v / MM) for v in (box.margin_top, box.margin_left)] == [37, 28]
        assert [round(v / MM) for v in (box.width, box.height)] == [156, 225]


def test_a_full_line_holds_27_or_28_characters(pages):
    full = [line for page in pages.pages for line in lines(page) if line.width > 155 * MM]
    lengths = [len(words(line)) for line in full if not re.search("[ -~]", words(line))]
    assert lengths
    assert all(26 <= n <= 28 for n in lengths), lengths


def test_page_numbers_stand_right_on_odd_and_left_on_even_pages(pages):
    for number, page in enumerate(pages.pages, 1):
        found = [b for b in walk(page._page_box) if type(b).__name__ == "MarginBox" and words(b)]
        assert [words(b) for b in found] == [f"— {number} —"]
        assert found[0].at_keyword == ("@bottom-right" if number % 2 else "@bottom-left")


def test_bookmarks_are_the_sections(pages):
    ((title, _where, sections, _state),) = pages.make_bookmark_tree()
    assert title.startswith("交通运输舆情隐患")
    assert [s[0][0] for s in sections][:10] == list("一二三四五六七八九十")


def test_the_file_embeds_its_fonts_and_draws_charts_as_vectors(pages):
    body = pages.write_pdf(uncompressed_pdf=True)
    assert body.startswith(b"%PDF-")
    assert b"/FontFile" in body
    assert b"/Subtype /Image" not in body


def test_a_file_is_written_for_a_form_too():
    content = full_week()
    form = {"type": "form", "rows": [{"label": "编号", "text": "甲\n乙"}]}
    section = {"key": "form", "title": "", "scope": "", "new_page": False, "blocks": [form]}
    assert render(content | {"sections": [section], "annex": []}).startswith(b"%PDF-")


def test_a_paper_fetches_nothing():
    with pytest.raises(ValueError, match="does not fetch http://x"):
        _refuse("http://x")


def test_the_first_page_is_the_conclusion_alone(pages):
    first, second = (words(page._page_box) for page in pages.pages[:2])
    assert "一、" in first
    assert "二、" not in first
    assert "二、" in second


def test_a_renderer_of_its_own_gives_the_same_pages(pages):
    with apart("pdf") as typesetter:
        body = typesetter.render(full_week()).result()
    assert body.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", body)) == len(re.findall(rb"/Type /Page\b", pages.write_pdf()))


def test_a_renderer_of_its_own_says_why_it_cannot_and_ends_with_who_asked(monkeypatch, tmp_path):
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library pango')\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    with pytest.raises(OSError, match="cannot load library"), apart("pdf") as typesetter:
        typesetter.render(full_week()).result()
    with apart("html") as renderer:
        child = renderer._child
    assert child.wait(5) == -signal.SIGKILL
