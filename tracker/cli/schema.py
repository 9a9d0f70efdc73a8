"""Is the store's schema this program's: empty, current, older or newer."""

from __future__ import annotations

import fcntl
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from tracker.cli.sentence import Sentence


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
        call_command("migrate", verbosity=0, interactive=False)
        units_load(now=datetime.now(UTC))
