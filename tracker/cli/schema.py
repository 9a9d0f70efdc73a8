"""Is the store's schema this program's: empty, current, older or newer."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from tracker.cli.sentence import Sentence

_KEY = 0x796964616E_02  # the lock of the schema, beside that of the leader


class SchemaState(Enum):
    """How the store's schema relates to this program's."""

    EMPTY = "empty"
    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"


def schema_state() -> tuple[SchemaState, str]:
    """The state and the first migration that makes the difference; Sentence when the store cannot be opened."""
    try:
        loader = MigrationLoader(connection)
    except DatabaseError as error:
        raise Sentence(
            f"the store cannot be opened ({str(error).strip()}): check DATABASE_URL and YIDAN_HOME."
        ) from error
    applied, known = set(loader.applied_migrations), set(loader.disk_migrations)
    if not applied or _unfinished():
        return SchemaState.EMPTY, ""
    ours = {key for key in applied if key[0] in loader.migrated_apps}
    if newer := sorted(ours - known):
        return SchemaState.NEWER, ".".join(newer[0])
    if older := sorted(known - applied):
        return SchemaState.OLDER, ".".join(older[0])
    return SchemaState.CURRENT, ""


def _unfinished() -> bool:
    """True when making the store was interrupted: a store that was ever ready has the ledger entries of its units."""
    from tracker.ledger.models import Entry

    try:
        return not Entry.objects.exists()
    except DatabaseError:
        return True


def create(home: Path) -> None:
    """Make, finish or migrate the store, and give it the shipped tree of units when it has none; one process at a time."""
    from tracker.accounts.services import units_load

    with (home / "setup.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with _alone():
            _migrate()
            units_load(now=datetime.now(UTC))


class _Whole(MigrationExecutor):
    """A migration and the record of it are one transaction.

    Django commits a migration that leaves statements for its end and records it after that: whoever was killed in between could never
    migrate again, for the tables were there already.
    """

    def apply_migration(self, *given: Any, **named: Any) -> Any:
        """As Django does it; SQLite lets its constraints be put aside outside a transaction only."""
        self.connection.disable_constraint_checking()
        try:
            with transaction.atomic(using=self.connection.alias):
                return super().apply_migration(*given, **named)
        finally:
            self.connection.enable_constraint_checking()


def _migrate() -> None:
    """What the command `migrate` does, by an executor of our own."""
    connection.prepare_database()
    executor = _Whole(connection)
    executor.loader.check_consistent_history(connection)
    targets = executor.loader.graph.leaf_nodes()
    plan = executor.migration_plan(targets)
    emit_pre_migrate_signal(0, interactive=False, db=connection.alias, plan=plan)
    executor.migrate(targets, plan=plan)
    emit_post_migrate_signal(0, interactive=False, db=connection.alias, plan=plan)


@contextmanager
def _alone() -> Iterator[None]:
    """On PostgreSQL several hosts may start at once: they migrate one after the other."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (_KEY,))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", (_KEY,))
