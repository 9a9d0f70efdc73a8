"""Keep what a store of today's schema looks like when it is filled, for the upgrades of tomorrow: `python -m tests.upgrades.keep DATE`.

To be run once before a release, in a new YIDAN_HOME: fills the store with an item in every state, and writes its rows and the names of
its migrations to `DATE.json.gz` beside this file. Rows are plain text, so that either store takes them.
"""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# What Django makes by itself after a migration, and the index of texts, which the store makes of the rows.
_MADE = ("auth_permission", "django_content_type", "django_migrations", "sqlite_sequence", "django_session")


def fill() -> None:
    """An item in every state, by the services of the program that is there."""
    import django

    django.setup()
    from django.db import transaction

    from tests.factories import make_desk, make_event, make_risk
    from tracker.risks.lifecycle import State

    with transaction.atomic():
        desk = make_desk(recorded=True)
        for number, state in enumerate(State):
            level = 3 if state == State.APPROVING else 2
            make_risk(desk, state, event=make_event(f"{number}号桥栏杆断了"), level=level)


def rows(store: sqlite3.Connection) -> dict[str, Any]:
    """Every table that has rows: its columns and rows, bytes as hexadecimal."""
    made = store.execute("select name from sqlite_master where type = 'table' order by name")
    tables = [name for (name,) in made if name not in _MADE and "_text" not in name]
    found = {}
    for table in tables:
        columns = [name for _id, name, *_rest in store.execute(f"pragma table_info({table})")]  # without generated ones
        cursor = store.execute(f"select {', '.join(columns)} from {table} order by 1")
        content = [[f"\\x{v.hex()}" if isinstance(v, bytes) else v for v in row] for row in cursor]
        if content:
            found[table] = {"columns": columns, "rows": content}
    return found


def main(name: str) -> None:
    """Fill, and write."""
    fill()
    with sqlite3.connect(Path(os.environ["YIDAN_HOME"]) / "yidan.sqlite3") as store:
        applied: dict[str, str] = {}
        for app, migration in store.execute("select app, name from django_migrations order by id"):
            applied[app] = max(migration, applied.get(app, ""))
        kept = {"migrations": applied, "tables": rows(store)}
    with gzip.GzipFile(HERE / f"{name}.json.gz", "wb", mtime=0) as file:
        file.write(json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode())


if __name__ == "__main__":
    main(sys.argv[1])
