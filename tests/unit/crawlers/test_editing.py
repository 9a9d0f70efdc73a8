"""Cards edited in their files: only the changed keys, only what the catalogue accepts, whole or not at all."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from crawlers import editing
from crawlers.catalogue import SHIPPED, CatalogueError, read, sources

ON = {"impact_assessment": date(2026, 11, 1), "contact": "desk@example.org", "enabled": True}


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_card_can_be_switched_on_and_nothing_else_of_it_changes(path: Path, tmp_path: Path) -> None:
    edited = editing.draft(path.stem, ON, folder=tmp_path)
    assert edited.path == tmp_path / path.name
    assert list(tmp_path.iterdir()) == [], "a draft writes nothing"
    editing.save(edited)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    old, new = (tomllib.loads(file.read_text(encoding="utf-8")) for file in (path, edited.path))
    old["card"] |= {"impact_assessment": date(2026, 11, 1), "contact": "desk@example.org"}
    assert new == old | {"enabled": True}
    assert sources(tmp_path)[path.stem].enabled
    kept = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    assert set(kept) <= set(edited.text.splitlines())


def test_keys_that_are_not_there_are_added_to_their_table_and_comments_stay(tmp_path: Path) -> None:
    values = {
        "every": 1800.0,
        "quiet": ["22:00-06:00", "12:00-13:00"],
        "budget": 500,
        "fields_refused": ["nickname", 'a"b'],
    }
    edited = editing.draft("wz-rednet", values, folder=tmp_path)
    assert edited.source.pace.every == 1800
    assert edited.source.pace.quiet == ("22:00-06:00", "12:00-13:00")
    assert edited.source.card.fields_refused == ("nickname", 'a"b')
    assert (edited.was["budget"], edited.now["budget"]) == (20_000, 500)
    on = editing.draft("wz-rednet", ON, folder=tmp_path).text
    assert "enabled = true                       # only after" in on or "enabled = true " in on
    assert "# replace by the department's own address" in on


def test_each_wrong_value_has_its_own_sentence_and_the_right_ones_none(tmp_path: Path) -> None:
    values = {"contact": "who?", "quiet": ["25:00-26:00"], "retention_days": 0, "budget": 100, "enabled": True}
    with pytest.raises(editing.CardRefused) as refused:
        editing.draft("wz-rednet", values, folder=tmp_path)
    assert set(refused.value.fields) == {"contact", "quiet", "retention_days", "enabled"}
    assert "impact_assessment is pending" in refused.value.fields["enabled"]
    assert all("yidan-draft" not in said and "/tmp" not in said for said in refused.value.fields.values())
    with pytest.raises(CatalogueError, match="no source"):
        editing.draft("nobody", {}, folder=tmp_path)


def test_an_own_file_is_edited_where_it_is_whatever_it_is_called(tmp_path: Path) -> None:
    text = (SHIPPED / "push-letters.toml").read_text(encoding="utf-8")
    own = tmp_path / "letters of ours.toml"
    own.write_text(text.replace("legal_basis", "# why\nlegal_basis", 1), encoding="utf-8")
    before = editing.stamp_of("push-letters", tmp_path)
    edited = editing.draft("push-letters", {"retention_days": 90}, folder=tmp_path)
    assert (edited.path, edited.stamp) == (own, before)
    editing.save(edited)
    assert read(own).card.retention_days == 90
    assert editing.stamp_of("push-letters", tmp_path) != before
    assert [path.name for path in tmp_path.iterdir()] == [own.name], "no part is left behind"


def test_a_file_in_another_spelling_is_refused_rather_than_harmed(tmp_path: Path) -> None:
    text = (SHIPPED / "push-letters.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)["card"]
    head = text[: text.index("[card]")]
    spelled = "\n".join(f"card.{key} = {editing._spell(value)}" for key, value in table.items())
    own = tmp_path / "push-letters.toml"
    own.write_text(head + spelled + "\n", encoding="utf-8")
    assert read(own).name == "push-letters"
    with pytest.raises(editing.Uneditable, match="edit the file itself"):
        editing.draft("push-letters", {"retention_days": 90}, folder=tmp_path)
