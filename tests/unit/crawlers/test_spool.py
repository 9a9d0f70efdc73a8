"""A batch is whole or it is not there; what is damaged is said to be, and its whole posts are saved."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawlers import spool
from crawlers.api import Batch, DamagedBatch, discard, quarantine, read_batches, seal
from crawlers.records import Post

Make = Callable[..., Post]
NOW = datetime(2026, 5, 2, tzinfo=UTC)


def test_what_is_sealed_is_read(tmp_path: Path, make_post: Make) -> None:
    posts = [make_post(number) for number in range(450)]
    paths = seal(posts, "ferry-board", tmp_path, run="r1", now=NOW)
    batches = [batch for batch in read_batches(tmp_path) if isinstance(batch, Batch)]
    assert [batch.path for batch in batches] == paths
    assert [len(batch.posts) for batch in batches] == [200, 200, 50]
    assert [post for batch in batches for post in batch.posts] == posts
    assert {batch.source for batch in batches} == {"ferry-board"}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in paths)


def test_the_same_posts_have_the_same_digest(tmp_path: Path, make_post: Make) -> None:
    for _ in range(2):
        seal([make_post()], "ferry-board", tmp_path)
    first, second = (batch for batch in read_batches(tmp_path) if isinstance(batch, Batch))
    assert first.digest == second.digest
    assert first.path != second.path


def test_nothing_makes_no_batch(tmp_path: Path) -> None:
    assert seal([], "ferry-board", tmp_path) == []
    assert list(read_batches(tmp_path)) == []
    assert list(read_batches(tmp_path / "absent")) == []


def test_the_file_is_on_disk_before_it_has_its_name(
    tmp_path: Path, make_post: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts: list[str] = []
    rename, fsync = Path.rename, os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (acts.append("fsync"), fsync(handle))[1])
    monkeypatch.setattr(Path, "rename", lambda self, to: (acts.append("rename"), rename(self, to))[1])
    seal([make_post()], "ferry-board", tmp_path)
    assert acts == ["fsync", "rename", "fsync"]


def test_a_failed_write_leaves_nothing(tmp_path: Path, make_post: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        seal([make_post()], "ferry-board", tmp_path)
    assert list(tmp_path.iterdir()) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(keep=st.floats(0, 0.999))
def test_a_file_cut_anywhere_is_damaged_and_gives_its_whole_posts(tmp_path: Path, make_post: Make, keep: float) -> None:
    path = seal([make_post(number) for number in range(5)], "ferry-board", tmp_path)[0]
    content = path.read_bytes()
    cut = content[: int(len(content) * keep)]
    path.write_bytes(cut)
    batch = next(iter(read_batches(tmp_path)))
    path.unlink()
    assert isinstance(batch, DamagedBatch)
    assert batch.source == "ferry-board"
    whole = min(5, cut.count(b"\n"))
    assert [int(post.key) for post in batch.posts] in (list(range(whole)), list(range(whole + 1)))
    assert str(path) in batch.sentence


def test_a_changed_byte_is_noticed(tmp_path: Path, make_post: Make) -> None:
    path = seal([make_post()], "ferry-board", tmp_path)[0]
    path.write_text(path.read_text(encoding="utf-8").replace("一推就晃", "稳稳当当"), encoding="utf-8")
    batch = next(iter(read_batches(tmp_path)))
    assert isinstance(batch, DamagedBatch)
    assert "differs from what was sealed" in batch.sentence


def test_a_stranger_in_the_spool_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "notes.jsonl").write_text("hello\n")
    batch = next(iter(read_batches(tmp_path)))
    assert isinstance(batch, DamagedBatch)
    assert (batch.posts, batch.source) == ((), "")


def test_discard_and_quarantine(tmp_path: Path, make_post: Make) -> None:
    seal([make_post(number) for number in range(300)], "ferry-board", tmp_path)
    first, second = (batch for batch in read_batches(tmp_path) if isinstance(batch, Batch))
    discard(first)
    moved = quarantine(second)
    assert list(read_batches(tmp_path)) == []
    assert moved.exists()
    assert spool.damaged(tmp_path) == [second.path.name]


def test_part_files_are_not_read_and_dead_ones_are_swept(tmp_path: Path, make_post: Make) -> None:
    path = seal([make_post()], "ferry-board", tmp_path)[0]
    ours = path.rename(path.with_name(path.name + ".part"))
    theirs = seal([make_post()], "other", tmp_path)[0]
    fresh = theirs.rename(theirs.with_name(theirs.name + ".part"))
    assert list(read_batches(tmp_path)) == []
    assert spool.sweep(tmp_path, "ferry-board") == 1
    assert (ours.exists(), fresh.exists()) == (False, True), "another writer may be at work on it"
    old = time.time() - 600
    os.utime(fresh, (old, old))
    assert spool.sweep(tmp_path) == 1
    assert not fresh.exists()
