"""What a source has given hour by hour: learned from its own runs, kept beside its keys, never from a table of wishes.

The last 24 hours are held against the same 24 hours of earlier weeks, so a board that rests on Sundays may rest. Hours that cannot
teach anything are marked: the first run, which brings years at once, and hours in which the source was itself under alarm for silence,
since otherwise a silence of a month would become what is expected.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, time
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

SCHEMA: Final = """
CREATE TABLE hours (
    hour INTEGER PRIMARY KEY,        -- hours since 1970
    new INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    runs INTEGER NOT NULL DEFAULT 0, -- complete ones
    unfit INTEGER NOT NULL DEFAULT 0 -- what it held is not to be learned from
) WITHOUT ROWID;
CREATE TABLE fields (name TEXT PRIMARY KEY, filled INTEGER NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE numbers (name TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX keys_revision ON keys (revision);
"""
DAY: Final = 24
WEEK: Final = 168
WEEKS: Final = 8
KEPT: Final = WEEK * (WEEKS + 2)  # hours


@dataclass(frozen=True, slots=True)
class Yield:
    """New posts of the last 24 hours, and of the same hours before: of the same weekday, or of any when weekdays are too few."""

    now: int
    before: tuple[int, ...]
    same_weekday: bool

    @property
    def usual(self) -> float | None:
        """The median of what came before; None while too little is known."""
        return median(self.before) if self.before else None


class History:
    """The hours of one source, in the database of its keys."""

    def __init__(self, db: sqlite3.Connection, now: datetime) -> None:
        self._db = db
        self._now = now
        self._hour = int(now.timestamp() // 3600)

    def add(self, *, new: int = 0, requests: int = 0, runs: int = 0, unfit: bool = False) -> None:
        """Count what this hour brought."""
        self._db.execute(
            "INSERT INTO hours VALUES (?, ?, ?, ?, ?) ON CONFLICT (hour) DO UPDATE SET new=new+excluded.new,"
            " requests=requests+excluded.requests, runs=runs+excluded.runs, unfit=max(unfit, excluded.unfit)",
            (self._hour, new, requests, runs, unfit),
        )
        self._db.execute("DELETE FROM hours WHERE hour<?", (self._hour - KEPT,))

    def recent(self) -> Yield:
        """The last 24 hours beside the comparable ones before."""
        weekly = self._windows(range(1, WEEKS + 1), WEEK)
        enough = len(weekly) >= 3  # noqa: PLR2004 - of one weekday; of any, it takes more
        daily = weekly if enough else self._windows(range(1, 2 * 7 + 1), DAY)
        now, _, _ = self._window(self._hour)
        return Yield(now, tuple(daily) if enough or len(daily) >= 8 else (), enough)  # noqa: PLR2004 - more than a week, so that it has a weekend

    def _windows(self, back: range, step: int) -> list[int]:
        found = (self._window(self._hour - n * step) for n in back)
        return [new for new, runs, unfit in found if runs and not unfit]

    def _window(self, end: int) -> tuple[int, int, int]:
        row: tuple[int, int, int] = self._db.execute(
            "SELECT coalesce(sum(new), 0), coalesce(sum(runs), 0), coalesce(max(unfit), 0) FROM hours WHERE hour>? AND hour<=?",
            (end - DAY, end),
        ).fetchone()
        return row

    def requests_today(self, zone: ZoneInfo) -> int:
        """Requests since the source's midnight."""
        midnight = datetime.combine(self._now.astimezone(zone).date(), time(), zone)
        count: int = self._db.execute(
            "SELECT coalesce(sum(requests), 0) FROM hours WHERE hour>=?", (int(midnight.timestamp() // 3600),)
        ).fetchone()[0]
        return count

    def forget(self) -> None:
        """Learn anew from here: after a person has said that what looks wrong is how the source is now."""
        self._db.executescript("DELETE FROM hours; DELETE FROM fields;")

    # --- how often a field is filled

    def field(self, name: str) -> tuple[int, int]:
        """Posts in which `name` was filled, and posts looked at, before this run."""
        row = self._db.execute("SELECT filled, seen FROM fields WHERE name=?", (name,)).fetchone()
        return row or (0, 0)

    def learn_field(self, name: str, filled: int, seen: int) -> None:
        """Count `filled` of `seen` posts."""
        self._db.execute(
            "INSERT INTO fields VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET filled=filled+excluded.filled, seen=seen+excluded.seen",
            (name, filled, seen),
        )

    # --- numbers: the streak of failures, the newest time seen

    def number(self, name: str) -> float | None:
        """A number kept under `name`."""
        row = self._db.execute("SELECT value FROM numbers WHERE name=?", (name,)).fetchone()
        return row[0] if row else None

    def keep_number(self, name: str, value: float) -> None:
        """Keep a number under `name`."""
        self._db.execute("INSERT OR REPLACE INTO numbers VALUES (?, ?)", (name, value))
