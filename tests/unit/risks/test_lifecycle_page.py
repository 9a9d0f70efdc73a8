"""docs/lifecycle.md says what the table says, in whatever language the writer's machine speaks."""

from __future__ import annotations

from pathlib import Path

from django.utils import translation

from tracker.risks.diagram import page
from tracker.risks.lifecycle import STATES, TABLE

PAGE = Path(__file__).resolve().parents[3] / "docs" / "lifecycle.md"


def test_the_committed_page_is_what_the_table_gives():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python manage.py lifecycle_doc"


def test_the_page_does_not_depend_on_the_language_in_use():
    with translation.override("en"):
        assert page() == PAGE.read_text(encoding="utf-8")


def test_every_state_and_act_is_on_it():
    text = page()
    for name in (*STATES, *TABLE):
        assert f"`{name}`" in text
    for act, move in TABLE.items():
        for state in move.sources:
            if move.target:
                assert f"{state} --> {move.target}: {move.label}" in text, act
