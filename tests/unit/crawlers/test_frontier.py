"""The frontier forgets nothing that was seen and not sealed, and stops paging only where a whole run has been."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.frontier import MOST_MISSES, Frontier, Wanted
from crawlers.reports import CrawlError


def rows(*keys: str, said: str = "a") -> list[Wanted]:
    return [Wanted(key, f"/d/{key}", said) for key in keys]


def sealing(*names: str) -> list[tuple[str, str]]:
    return [(name, "v1") for name in names]


def keys(wanted: tuple[Wanted, ...] | list[Wanted]) -> list[str]:
    return [row.key for row in wanted]


def test_a_whole_life(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    first = Frontier(path, "r1")
    assert not first.had_rows()
    seen = first.see(rows("3", "2", "1"))
    assert (keys(seen.wanted), seen.unchanged, seen.all_settled) == (["3", "2", "1"], 0, False)
    assert first.sealed(sealing("3", "2"), "b1") == 2
    first.close()

    second = Frontier(path, "r2")
    assert second.had_rows()
    assert keys(second.pending()) == ["1"]
    seen = second.see(rows("3", "2"))
    assert (seen.unchanged, seen.all_settled) == (2, False), (
        "the first run did not settle, so it may have missed the tail"
    )
    second.sealed(sealing("1"), "b2")
    second.settle()
    second.close()

    third = Frontier(path, "r3")
    assert third.see(rows("3", "2")).all_settled
    assert keys(third.see(rows("4", "3")).wanted) == ["4"]
    changed = third.see([*rows("2", said="b"), *rows("1")])
    assert (keys(changed.wanted), changed.unchanged) == (["2"], 1)
    assert third.sealed(sealing("2", "4"), "b3") == 1, "a changed post is not a new one"


def test_an_empty_page_says_nothing_against_stopping(tmp_path: Path) -> None:
    assert Frontier(":memory:", "r").see([]).all_settled


def test_the_posts_of_lost_batches_are_wanted_again(tmp_path: Path) -> None:
    frontier = Frontier(":memory:", "r1")
    frontier.see(rows("1", "2", "3"))
    frontier.sealed(sealing("1", "2"), "b1")
    frontier.sealed(sealing("3"), "b2")
    assert frontier.want_again(["b1", "of-another-source"]) == 2
    assert keys(frontier.pending()) == ["1", "2"]
    assert frontier.want_again(["b1"]) == 0
    assert frontier.sealed(sealing("1", "2"), "b3") == 0


def test_what_cannot_be_read_is_tried_in_some_runs_and_then_given_up(tmp_path: Path) -> None:
    frontier = Frontier(tmp_path / "s.sqlite3", "r1")
    frontier.see(rows("1", "2"))
    for _ in range(MOST_MISSES - 1):
        frontier.missed("1")
    assert keys(frontier.pending()) == ["1", "2"]
    frontier.missed("1")
    frontier.missed("2", gone=True)
    assert frontier.pending() == []
    later = Frontier(tmp_path / "s.sqlite3", "r2")
    assert later.see(rows("1", "2")).unchanged == 2
    assert keys(later.see(rows("1", said="b")).wanted) == ["1"], "a changed row is worth another try"


def test_leftovers_that_need_their_row_keep_paging_going(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    first = Frontier(path, "r1")
    first.see(rows("1", "2"), retake=True)
    first.sealed(sealing("2"), "b")
    first.settle()
    first.close()
    second = Frontier(path, "r2")
    seen = second.see(rows("2"), retake=True)
    assert (seen.unchanged, seen.all_settled) == (1, False)
    assert keys(second.see(rows("1"), retake=True).wanted) == ["1"]
    assert second.see(rows("0"), retake=True).wanted


def test_a_state_of_another_version_or_no_state_at_all_says_so(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    frontier = Frontier(path, "r1")
    frontier._db.execute("PRAGMA user_version=99")
    frontier.close()
    with pytest.raises(CrawlError, match="has version 99"):
        Frontier(path, "r2")
    path.write_bytes(b"x" * 5000)
    with pytest.raises(CrawlError, match="move it away"):
        Frontier(path, "r3")
    with pytest.raises(CrawlError, match="cannot be used"):
        Frontier(tmp_path / "no" / "folder.sqlite3", "r4")


def test_a_state_of_the_first_version_is_carried_over(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite3"
    old = sqlite3.connect(path)
    old.executescript(
        "CREATE TABLE keys (key TEXT PRIMARY KEY, url TEXT NOT NULL, row TEXT NOT NULL, state TEXT NOT NULL, run TEXT NOT NULL,"
        " settled INTEGER NOT NULL DEFAULT 0, seals INTEGER NOT NULL DEFAULT 0, misses INTEGER NOT NULL DEFAULT 0, batch TEXT)"
        " WITHOUT ROWID;"
        "INSERT INTO keys VALUES ('1', '/d/1', 'a', 'sealed', 'r0', 1, 1, 0, 'b0'), ('2', '/d/2', 'a', 'pending', 'r0', 1, 0, 0, NULL);"
        "PRAGMA user_version=1"
    )
    old.close()
    frontier = Frontier(path, "r1")
    assert keys(frontier.pending()) == ["2"]
    assert frontier.see(rows("1")).all_settled
    frontier.close()
    assert Frontier(path, "r2").had_rows()


def test_a_second_look_takes_the_longest_unchecked_first() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    frontier = Frontier(":memory:", "r1", start)
    frontier.see(rows("1", "2", "3"))
    frontier.sealed(sealing("1", "2", "3"), "b")
    assert frontier.due(5, hours=24, days=30) == []
    frontier.now = (start + timedelta(days=2)).timestamp()
    assert [(wanted.key, was) for wanted, was in frontier.due(2, hours=24, days=30)] == [("1", "v1"), ("2", "v1")]
    frontier.checked("1")
    frontier.checked("2", gone=True)
    assert [wanted.key for wanted, _ in frontier.due(5, hours=24, days=30)] == ["3"]
    assert frontier.is_due("x", 24)
    frontier.done("x")
    assert not frontier.is_due("x", 24)
