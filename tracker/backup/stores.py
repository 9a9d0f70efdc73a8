"""The store in one file, as it stood at one moment, while others write: and that file made the store again.

SQLite by its own backup interface under one read transaction: in WAL mode nobody waits for it. PostgreSQL by pg_dump under an exported
snapshot, in which the head of the ledger is read too. Passwords go through the environment of the program, not its command line.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from tracker.backup.errors import BackupRefused

SQLITE, POSTGRESQL = "store.sqlite3", "store.dump"
_HEAD = "SELECT seq, hash FROM ledger_head WHERE id = 1"
_TABLES = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'"
_LIBPQ = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}


def kind(database: Mapping[str, object]) -> str:
    """The name of the member that holds this store."""
    return SQLITE if str(database["ENGINE"]).endswith("sqlite3") else POSTGRESQL


def snapshot(database: Mapping[str, object], path: Path) -> tuple[int, str]:
    """Write the store to `path` and return the ledger's (number, hash) in it. BackupRefused when there is no whole store."""
    try:
        head = _copy_sqlite(Path(str(database["NAME"])), path) if kind(database) == SQLITE else _dump(database, path)
    except (sqlite3.Error, psycopg.Error) as error:
        raise BackupRefused(
            f"the store cannot be read ({str(error).strip()}): check DATABASE_URL and YIDAN_HOME."
        ) from error
    if head is None:
        raise BackupRefused(
            "the ledger of this store has lost its head: run `yidan doctor` before you rely on a backup of it."
        )
    return int(head[0]), str(head[1])


def copy_database(source: Path, path: Path) -> None:
    """One SQLite database as it stands, whatever writes to it meanwhile."""
    with closing(sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True, timeout=30)) as db:
        _copied(db, path)


def _copied(db: sqlite3.Connection, path: Path) -> None:
    with closing(sqlite3.connect(path)) as copy:
        # In one step, under one read lock: with several a busy writer would make it begin again and again.
        db.backup(copy, pages=-1)
        # The copy needs no -wal beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
    path.chmod(0o600)


def _copy_sqlite(source: Path, path: Path) -> tuple[Any, ...] | None:
    copy_database(source, path)
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as copy:
        found: tuple[Any, ...] | None = copy.execute(_HEAD).fetchone()
        return found


def _dump(database: Mapping[str, object], path: Path) -> tuple[Any, ...] | None:
    with _asked(database) as db:
        db.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        (name,) = db.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        head = db.execute(_HEAD).fetchone()
        _program(
            database, "pg_dump", "--format=custom", "--compress=0", "--no-owner", f"--snapshot={name}", f"--file={path}"
        )
    path.chmod(0o600)
    return head


def refuse_filled(database: Mapping[str, object]) -> None:
    """BackupRefused when there is anything in the store that a restore would mix with or overwrite."""
    if kind(database) == SQLITE:
        if Path(str(database["NAME"])).exists():
            raise BackupRefused(
                f"there is a store at {database['NAME']} already: move it away, or set another YIDAN_HOME."
            )
        return
    try:
        with _asked(database) as db:
            (tables,) = db.execute(_TABLES).fetchone() or (0,)
    except psycopg.Error as error:
        raise BackupRefused(f"the store cannot be opened ({str(error).strip()}): check DATABASE_URL.") from error
    if tables:
        raise BackupRefused(
            f"the database {database['NAME']} is not empty: create a new one and name it in DATABASE_URL."
        )


def load(database: Mapping[str, object], path: Path) -> None:
    """Make the empty PostgreSQL what `path` holds, whole or not at all, and use it up; a file of SQLite only has to be sound."""
    if kind(database) == SQLITE:
        with closing(sqlite3.connect(path)) as db:
            (said,) = db.execute("PRAGMA integrity_check(1)").fetchone()
        if said != "ok":
            raise BackupRefused(f"the store in the backup is damaged ({said}): take another backup.")
        return
    _program(
        database,
        "pg_restore",
        "--exit-on-error",
        "--single-transaction",
        "--no-owner",
        f"--dbname={database['NAME']}",
        str(path),
    )
    path.unlink()


def missing_program(database: Mapping[str, object]) -> str:
    """The sentence for a program that backups of this store need and that is not there; empty when nothing is missing."""
    if kind(database) == SQLITE:
        return ""
    absent = [name for name in ("pg_dump", "pg_restore") if not shutil.which(name)]
    return f"backups need {' and '.join(absent)}: install PostgreSQL's client programs" if absent else ""


@contextmanager
def _asked(database: Mapping[str, object]) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    given = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    named = {name: str(database[key]) for name, key in given.items() if database.get(key)}
    with psycopg.connect(make_conninfo("", **named)) as db:
        yield db


def _program(database: Mapping[str, object], *command: str) -> None:
    if sentence := missing_program(database):
        raise BackupRefused(f"{sentence}.")
    environ = os.environ | {name: str(database[key]) for key, name in _LIBPQ.items() if database.get(key)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words, no shell
    if done.returncode:
        raise BackupRefused(f"{command[0]} failed: {done.stderr.strip()}")
