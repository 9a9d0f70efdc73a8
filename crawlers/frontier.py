"""What a source has shown us, on disk: a key is pending from the moment it is seen until its batch is sealed.

That order (pending, fetch, seal, mark) is why a kill at any moment loses nothing: at worst a post sealed just before the kill is
sealed once more. SQLite in WAL mode without a sync per commit survives any kill; a power cut can only take back the latest marks,
which again means fetching something twice. No text of an author and no unmasked text is written here.

Rows seen by a run that did not read the list to its end are not *settled*, and only settled rows stop the next run's paging;
otherwise the tail of the list behind an interrupted run would never be read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from crawlers import history
from crawlers.reports import CrawlError

VERSION: Final = 3
SCHEMA: Final = """
CREATE TABLE keys (
    key TEXT PRIMARY KEY,
    url TEXT NOT NULL,               -- where its page is, without the host when that is the source's own
    row TEXT NOT NULL,               -- digest of what the list says about it, without author
    state TEXT NOT NULL,             -- pending, sealed, gone (the source no longer has it) or given-up
    run TEXT NOT NULL,               -- the run that saw it first or saw it changed
    settled INTEGER NOT NULL DEFAULT 0,
    seals INTEGER NOT NULL DEFAULT 0,
    misses INTEGER NOT NULL DEFAULT 0,
    batch TEXT,
    revision TEXT NOT NULL DEFAULT '',  -- of the masked post as sealed last
    seen_at REAL NOT NULL DEFAULT 0,    -- seconds since 1970: first seen, and last looked at
    checked_at REAL NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX keys_state ON keys (state);
CREATE INDEX keys_batch ON keys (batch);
"""
PAGES: Final = """
CREATE TABLE pages (
    url TEXT PRIMARY KEY,
    etag TEXT NOT NULL,
    modified TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE moments (name TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID;
"""  # what the newest list page said of its version, in the last complete run
FROM_1: Final = f"""
DROP TABLE IF EXISTS pages;
{PAGES}
ALTER TABLE keys ADD COLUMN revision TEXT NOT NULL DEFAULT '';
ALTER TABLE keys ADD COLUMN seen_at REAL NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN checked_at REAL NOT NULL DEFAULT 0;
"""
MOST_MISSES = 10  # runs in which a page could be fetched but not read, before it is no longer asked for


@dataclass(frozen=True, slots=True)
class Wanted:
    """A post that is to be fetched: its key, the address of its page, and the digest of its list row."""

    key: str
    url: str
    row: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What one list page brought: keys to fetch, the number known already, and whether paging may stop here."""

    wanted: tuple[Wanted, ...]
    unchanged: int
    all_settled: bool


class Frontier:
    """One source's keys in one SQLite file (":memory:" for a dry run); one run at a time, guarded by the caller's lock."""

    def __init__(self, path: Path | str, run: str, now: datetime | None = None) -> None:
        self.run = run
        self.now = (now or datetime.now(UTC)).timestamp()
        self.path = str(path)
        try:
            self._db = sqlite3.connect(self.path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._prepare()
        except sqlite3.Error as error:
            raise CrawlError(
                f"The crawl state {path} cannot be used ({error}); move it away, then everything is fetched once more."
            ) from error

    def _prepare(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._make(f"{SCHEMA} {PAGES} {history.SCHEMA}")
        elif version == 1:
            self._make(f"{FROM_1} {history.SCHEMA}")
        elif version == 2:  # noqa: PLR2004 - a version
            self._make(history.SCHEMA)
        elif version != VERSION:
            raise CrawlError(
                f"The crawl state {self.path} has version {version}, this program reads {VERSION}; move it away or upgrade."
            )

    def _make(self, script: str) -> None:
        self._db.executescript(f"BEGIN; {script} PRAGMA user_version={VERSION}; COMMIT;")

    def history(self, now: datetime) -> history.History:
        """What the source has given so far, as of `now`."""
        return history.History(self._db, now)

    def fresh(self, keys: Iterable[str]) -> set[str]:
        """Those of `keys` that were never sealed."""
        asked = list(keys)
        marks = ",".join("?" * len(asked))
        rows = self._db.execute(f"SELECT key FROM keys WHERE seals>0 AND key IN ({marks})", asked)  # noqa: S608 - marks only
        return set(asked) - {key for (key,) in rows}

    def known_elsewhere(self, key: str, revision: str) -> bool:
        """True when another key was sealed with the very same post."""
        row = self._db.execute("SELECT 1 FROM keys WHERE revision=? AND key!=? LIMIT 1", (revision, key)).fetchone()
        return row is not None

    def close(self) -> None:
        """Release the file; what was marked stays."""
        self._db.close()

    def had_rows(self) -> bool:
        """True when the source has ever shown a row."""
        return self._db.execute("SELECT 1 FROM keys LIMIT 1").fetchone() is not None

    def caught_up(self) -> bool:
        """True when the last run read its list to the end; otherwise what is left of it, old posts too, is still to come."""
        return self._db.execute("SELECT 1 FROM keys WHERE settled=0 LIMIT 1").fetchone() is None

    def pending(self) -> list[Wanted]:
        """Everything seen and not yet sealed, oldest key first: what an interrupted or failed run left."""
        rows = self._db.execute("SELECT key, url, row FROM keys WHERE state='pending' ORDER BY key")
        return [Wanted(*row) for row in rows]

    def see(self, rows: Sequence[Wanted], *, retake: bool = False) -> Seen:
        """Record one list page before anything on it is fetched; new and changed keys become pending.

        A key that this run has already seen (the list moved while it was read) is neither wanted again nor counted. With
        `retake`, for sources whose posts cannot be fetched without their row, keys left pending by earlier runs are wanted
        again here, and paging may not stop before all of them have come by.
        """
        wanted, unchanged, settled = [], 0, True
        self._db.execute("BEGIN IMMEDIATE")
        for row in rows:
            known = self._db.execute("SELECT row, run, settled, state FROM keys WHERE key=?", (row.key,)).fetchone()
            if known and known[1] == self.run:
                settled = False
            elif known and known[0] == row.row and not (retake and known[3] == "pending"):
                unchanged += 1
                settled = settled and bool(known[2])
            else:
                settled = False
                wanted.append(row)
                self._want(row)
        self._db.execute("COMMIT")
        return Seen(tuple(wanted), unchanged, settled and not (retake and self._left_over()))

    def _left_over(self) -> bool:
        query = "SELECT 1 FROM keys WHERE state='pending' AND run!=? LIMIT 1"
        return self._db.execute(query, (self.run,)).fetchone() is not None

    def _want(self, row: Wanted) -> None:
        self._db.execute(
            "INSERT INTO keys (key, url, row, state, run, seen_at) VALUES (?, ?, ?, 'pending', ?, ?) ON CONFLICT (key) DO UPDATE SET"
            " url=excluded.url, state='pending', run=excluded.run, settled=0,"
            " misses=CASE WHEN row=excluded.row THEN misses ELSE 0 END, row=excluded.row",
            (row.key, row.url, row.row, self.run, self.now),
        )

    def sealed(self, posts: Iterable[tuple[str, str]], batch: str) -> int:
        """Mark (key, revision) as being on disk in `batch`; returns how many of them were never sealed before."""
        new = 0
        self._db.execute("BEGIN IMMEDIATE")
        for key, revision in posts:
            row = self._db.execute("SELECT seals FROM keys WHERE key=?", (key,)).fetchone()
            new += row is not None and row[0] == 0
            self._db.execute(
                "UPDATE keys SET state='sealed', batch=?, revision=?, checked_at=?, seals=seals+1, misses=0 WHERE key=?",
                (batch, revision, self.now, key),
            )
        self._db.execute("COMMIT")
        return new

    def missed(self, key: str, *, gone: bool = False) -> None:
        """Note that the page of `key` came and could not be read, or that the source no longer has it.

        Failures of the network are not noted: a host that is down for a day must not use up the tries of its posts.
        """
        self._db.execute(
            "UPDATE keys SET misses=misses+1, state=CASE WHEN ? THEN 'gone' WHEN misses+1>=? THEN 'given-up' ELSE state END"
            " WHERE key=? AND state='pending'",
            (gone, MOST_MISSES, key),
        )

    def due(self, posts: int, *, hours: float, days: float) -> list[tuple[Wanted, str]]:
        """Sealed posts to look at once more, with the revision they had: longest unchecked first, at most `posts`."""
        rows = self._db.execute(
            "SELECT key, url, row, revision FROM keys WHERE state='sealed' AND checked_at<=? AND seen_at>=?"
            " ORDER BY checked_at, key LIMIT ?",
            (self.now - hours * 3600, self.now - days * 86400, posts),
        )
        return [(Wanted(key, url, row), revision) for key, url, row, revision in rows]

    def checked(self, key: str, *, gone: bool = False) -> None:
        """Note that a sealed post was looked at and is as it was, or is gone from the source."""
        state = "gone" if gone else "sealed"
        self._db.execute("UPDATE keys SET checked_at=?, state=? WHERE key=?", (self.now, state, key))

    def is_due(self, name: str, hours: float) -> bool:
        """True when `name` was not done in the last `hours`; `done` notes it."""
        row = self._db.execute("SELECT at FROM moments WHERE name=?", (name,)).fetchone()
        return row is None or row[0] <= self.now - hours * 3600

    def done(self, name: str) -> None:
        """Note that `name` was done in this run."""
        self._db.execute("INSERT OR REPLACE INTO moments VALUES (?, ?)", (name, self.now))

    def version(self, url: str) -> tuple[str, str]:
        """The ETag and Last-Modified that a complete run last saw at `url`; empty while leftovers wait for their row."""
        row = self._db.execute("SELECT etag, modified FROM pages WHERE url=?", (url,)).fetchone()
        return row if row and not self._left_over() else ("", "")

    def remember(self, url: str, etag: str, modified: str) -> None:
        """Keep what a list page said of its version; only a complete run may, or a 304 would hide what it did not read."""
        self._db.execute("INSERT OR REPLACE INTO pages VALUES (?, ?, ?)", (url, etag, modified))

    def settle(self) -> None:
        """Close a run that read the list to its natural end: from now on its rows stop the next run's paging."""
        self._db.execute("UPDATE keys SET settled=1 WHERE settled=0")

    def want_again(self, batches: Iterable[str]) -> int:
        """Make the posts of damaged batches pending again; returns how many."""
        count = 0
        for batch in batches:
            count += self._db.execute("UPDATE keys SET state='pending', batch=NULL WHERE batch=?", (batch,)).rowcount
        return count
