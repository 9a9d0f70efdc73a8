"""Voices are counted and never known: equal within a week and a host, and without the key nothing can be made again."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest

from crawlers.catalogue import sources
from crawlers.sources import Source
from crawlers.voices import FOLDER, destroy, voice_of, week

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)  # a Wednesday
LATER = NOW + timedelta(days=7)
NICK = "小纸船也要过桥"


@pytest.fixture
def source() -> Source:
    shipped = sources()["wz-rednet"]
    return dataclasses.replace(shipped, list=dataclasses.replace(shipped.list, voice="nickname"))


def files(state: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (state / FOLDER).iterdir()}


def test_one_person_is_one_voice_within_a_week_and_a_host(source: Source, tmp_path: Path) -> None:
    voice = voice_of(source, tmp_path, NOW)
    again = voice_of(source, tmp_path, NOW + timedelta(days=1))
    assert voice
    assert again
    said = voice(NICK, NOW)
    assert len(said) == 16
    assert said == again(f" {NICK}\u3000", NOW - timedelta(days=1)), "another process, another day of the week"
    others = {
        voice("另一只纸船", NOW),
        voice(NICK, NOW - timedelta(days=7)),
        voice_of(dataclasses.replace(source, base_url="https://other.example.org"), tmp_path, NOW)(NICK, NOW),  # type: ignore[misc]
    }
    assert len(others | {said}) == 4, "another name, another week of an archive, another host"


@pytest.mark.parametrize("name", ["", " ", "匿名", "网 友", "热心市民", "ANONYMOUS", "张**", "138****5678"])
def test_a_name_that_is_nobodys_is_no_voice(source: Source, tmp_path: Path, name: str) -> None:
    voice = voice_of(source, tmp_path, NOW)
    assert voice
    assert voice(name, NOW) == ""


def test_after_its_week_the_key_is_gone_and_nothing_links(source: Source, tmp_path: Path) -> None:
    voice = voice_of(source, tmp_path, NOW)
    assert voice
    before, key = voice(NICK, NOW), files(tmp_path)
    assert list(key) == ["2026-W48.key"]
    assert (tmp_path / FOLDER / "2026-W48.key").stat().st_mode & 0o777 == 0o600
    voice = voice_of(source, tmp_path, LATER)
    assert voice
    assert list(files(tmp_path)) == ["2026-W49.key"]
    assert set(files(tmp_path).values()).isdisjoint(key.values())
    assert voice(NICK, NOW) != before, "the same name and the same time said: not to be made again"
    assert NICK.encode() not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_key_is_destroyed_though_nothing_is_crawled(source: Source, tmp_path: Path) -> None:
    assert destroy(tmp_path, NOW) == 0
    voice_of(source, tmp_path, NOW)
    assert destroy(tmp_path, NOW + timedelta(days=4)) == 0, "Sunday"
    assert destroy(tmp_path, datetime(2026, 11, 29, 16, tzinfo=UTC)) == 1, "midnight in Shanghai"
    assert files(tmp_path) == {}


def test_crawls_that_start_at_once_have_one_key(source: Source, tmp_path: Path) -> None:
    found: set[str] = set()
    start = Barrier(8)

    def crawl() -> None:
        start.wait()
        voice = voice_of(source, tmp_path, NOW)
        assert voice
        found.add(voice(NICK, NOW))

    threads = [Thread(target=crawl) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1
    assert list(files(tmp_path)) == ["2026-W48.key"]


def test_a_source_that_names_no_voice_has_no_key(tmp_path: Path) -> None:
    assert voice_of(sources()["push-letters"], tmp_path, NOW) is None
    assert list(tmp_path.iterdir()) == []


def test_weeks_begin_on_monday_in_shanghai() -> None:
    assert week(datetime(2026, 12, 31, 15, tzinfo=UTC)) == "2026-W53"
    assert week(datetime(2027, 1, 3, 16, tzinfo=UTC)) == "2027-W01"
