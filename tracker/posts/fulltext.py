"""Full-text search on both stores: an index of terms beside a table, FTS5 on SQLite, tsvector with GIN on PostgreSQL.

Terms are our own, so both stores find the same: each Chinese character and each pair of neighbours, and runs of Latin letters or
digits as a whole. Pairs, not a segmenter's words: a segmenter cuts the same words differently in different sentences (over 7,142
real posts, 22 % of searches for two neighbouring words miss a post that holds them, 72 % of those for one word), and a search
that misses a post makes "nothing found" look like "nothing there". The index gives candidates; the caller compares the text.

Triggers in the store note every row that is new or changed as waiting and drop the entries of rows that are deleted, whoever
writes them; `catch_up` indexes what waits, and a search reads what still waits itself. So nothing is ever missed or outlives its
text, and taking posts in does not pay for the index.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import add
from typing import Any, Final

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import RawSQL

# One run of Latin letters or digits, or one of anything else that is a letter: punctuation and white space part runs.
_RUN: Final = re.compile(r"[0-9a-z\u00c0-\u024f\u0370-\u04ff]+|[^\W_0-9a-z\u00c0-\u024f\u0370-\u04ff]+")
_LONGEST: Final = 64  # of a term; beyond it only the beginning counts
NEWEST: Final = 2**62  # above every key
READ: Final = 20_000  # characters of a text that are indexed


def _latin(run: str) -> bool:
    return run[0] < "\u0500"


def terms(text: str) -> set[str]:
    """What `text` is found by."""
    found: set[str] = set()
    for run in _RUN.findall(text[:READ].lower()):
        if _latin(run):
            found.add(run[:_LONGEST])
        else:
            found.update(run)
            found.update(map(add, run, run[1:]))
    return found


def asked(words: str) -> list[tuple[str, bool]]:
    """(term, may it go on) of a query, all of which must be there; empty when nothing in it could be found."""
    found: dict[str, bool] = {}
    for run in _RUN.findall(words[:READ].lower()):
        if _latin(run):
            found[run[:_LONGEST]] = True
        elif len(run) == 1:
            found[run] = False
        else:
            found.update(dict.fromkeys(map(add, run, run[1:]), False))
    return list(found.items())


@dataclass(frozen=True, slots=True)
class TextIndex:
    """The index `table` of the rows of `source`, found by the text of `columns`; SQL names, all of them our own."""

    table: str
    source: str
    columns: tuple[str, ...]

    def install(self, on: BaseDatabaseWrapper) -> None:
        """Make tables and triggers where they are missing. After every migration: remaking a table on SQLite drops its triggers."""
        with on.cursor() as cursor:
            there = on.introspection.table_names(cursor)
            if self.source not in there:  # a migration of other tables alone; this one comes with its own
                return
            fresh = f"{self.table}_todo" not in there
            for statement in _INSTALL[on.vendor]:
                cursor.execute(self._sql(statement))
            if fresh:
                cursor.execute(self._sql("INSERT INTO {table}_todo SELECT id FROM {source}"))

    def catch_up(self, limit: int = 500) -> bool:
        """Index up to `limit` rows that wait; False when none did."""
        columns = ", ".join(f"s.{name}" for name in self.columns)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(self._sql(f"SELECT s.id, {columns} {_WAITING}"), (limit,))
            rows: list[tuple[int, str]] = [(key, "\n".join(texts)) for key, *texts in cursor.fetchall()]
            cursor.executemany(self._sql(_PUT[connection.vendor]), [_entry(*row) for row in rows])
            cursor.executemany(self._sql("DELETE FROM {table}_todo WHERE id = %s"), [row[:1] for row in rows])
        return bool(rows)

    def matching(self, words: str) -> RawSQL:
        """A subquery of the keys of rows that may hold `words`: all that have its terms, and those that still wait."""
        found = asked(words)
        if not found:
            return RawSQL(self._sql("SELECT id FROM {source} WHERE 1 = 0"), ())  # noqa: S611 - own names
        return RawSQL(self._sql(_MATCH[connection.vendor]), (_query(found),))  # noqa: S611 - own names

    def newest(self, words: str, *, before: int, limit: int) -> list[int]:
        """The `limit` highest keys below `before` of rows that may hold `words`, however many there are in all."""
        found = asked(words)
        if not found:
            return []
        newest = _NEWEST[connection.vendor]
        with connection.cursor() as cursor:
            cursor.execute(self._sql(newest), (_query(found), before, limit, before, limit, limit))
            return [row[0] for row in cursor.fetchall()]

    def _sql(self, statement: str) -> str:
        return statement.format(table=self.table, source=self.source, columns=", ".join(self.columns))


def _entry(key: int, text: str) -> tuple[int, Any]:
    words = list(terms(text))
    return key, words if connection.vendor == "postgresql" else " ".join(words)


def _query(found: list[tuple[str, bool]]) -> str:
    """The terms in the store's language; a term holds letters and digits only, so nothing in it needs escaping."""
    if connection.vendor == "postgresql":
        return " & ".join(f"'{term}'{':*' if longer else ''}" for term, longer in found)
    return " AND ".join(f'"{term}"{"*" if longer else ""}' for term, longer in found)


_WAITING: Final = "FROM {source} s JOIN {table}_todo t ON t.id = s.id ORDER BY s.id LIMIT %s"
_PUT: Final = {
    "sqlite": "INSERT OR REPLACE INTO {table} (rowid, words) VALUES (%s, %s)",
    "postgresql": (
        "INSERT INTO {table} (id, words) VALUES (%s, array_to_tsvector(%s::text[]))"
        " ON CONFLICT (id) DO UPDATE SET words = EXCLUDED.words"
    ),
}
_MATCH: Final = {
    "sqlite": "SELECT rowid FROM {table} WHERE {table} MATCH %s UNION ALL SELECT id FROM {table}_todo",
    "postgresql": "SELECT id FROM {table} WHERE words @@ %s::tsquery UNION ALL SELECT id FROM {table}_todo",
}
_NEWEST: Final = {
    "sqlite": (
        "SELECT id FROM (SELECT * FROM (SELECT rowid AS id FROM {table} WHERE {table} MATCH %s AND rowid < %s"
        " ORDER BY rowid DESC LIMIT %s) UNION SELECT * FROM"
        " (SELECT id FROM {table}_todo WHERE id < %s ORDER BY id DESC LIMIT %s)) ORDER BY id DESC LIMIT %s"
    ),
    "postgresql": (
        "SELECT id FROM ((SELECT id FROM {table} WHERE words @@ %s::tsquery AND id < %s ORDER BY id DESC LIMIT %s)"
        " UNION (SELECT id FROM {table}_todo WHERE id < %s ORDER BY id DESC LIMIT %s)) found ORDER BY id DESC LIMIT %s"
    ),
}
# The tokenizer "ascii" takes everything beyond ASCII for part of a term, so exactly our blanks part terms, whatever Unicode adds.
_INSTALL: Final = {
    "sqlite": (
        "CREATE VIRTUAL TABLE IF NOT EXISTS {table} USING fts5(words, detail=none, columnsize=0, tokenize='ascii')",
        "CREATE TABLE IF NOT EXISTS {table}_todo (id integer PRIMARY KEY)",
        (
            "CREATE TRIGGER IF NOT EXISTS {table}_new AFTER INSERT ON {source}"
            " BEGIN INSERT OR IGNORE INTO {table}_todo VALUES (NEW.id); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS {table}_changed AFTER UPDATE OF {columns} ON {source} BEGIN"
            " DELETE FROM {table} WHERE rowid = OLD.id; INSERT OR IGNORE INTO {table}_todo VALUES (NEW.id); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS {table}_gone AFTER DELETE ON {source} BEGIN"
            " DELETE FROM {table} WHERE rowid = OLD.id; DELETE FROM {table}_todo WHERE id = OLD.id; END"
        ),
    ),
    "postgresql": (
        "CREATE TABLE IF NOT EXISTS {table} (id bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX IF NOT EXISTS {table}_words ON {table} USING gin (words)",
        "CREATE TABLE IF NOT EXISTS {table}_todo (id bigint PRIMARY KEY)",
        (
            "CREATE OR REPLACE FUNCTION {table}_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF TG_OP = 'TRUNCATE' THEN TRUNCATE {table}, {table}_todo; RETURN NULL; END IF;"
            " IF TG_OP <> 'INSERT' THEN DELETE FROM {table} WHERE id = OLD.id; END IF;"
            " IF TG_OP = 'DELETE' THEN DELETE FROM {table}_todo WHERE id = OLD.id; RETURN NULL; END IF;"
            " INSERT INTO {table}_todo VALUES (NEW.id) ON CONFLICT DO NOTHING; RETURN NULL; END $$"
        ),
        (
            "CREATE OR REPLACE TRIGGER {table}_new AFTER INSERT OR DELETE OR UPDATE OF {columns} ON {source}"
            " FOR EACH ROW EXECUTE FUNCTION {table}_note()"
        ),
        (
            "CREATE OR REPLACE TRIGGER {table}_empty AFTER TRUNCATE ON {source}"
            " FOR EACH STATEMENT EXECUTE FUNCTION {table}_note()"
        ),
    ),
}
