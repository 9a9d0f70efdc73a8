"""A filled store of an earlier schema, brought to today's as `yidan up` does it: `python -m tests.upgrades.forward FILE`.

On the empty YIDAN_HOME and store of this process. Says what came of it; the test holds it against what was kept.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import django

django.setup()

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from tests.factories import Desk, advance
from tracker.accounts.models import Unit, User
from tracker.cli.schema import SchemaState, create, schema_state
from tracker.env import prepare_home
from tracker.ledger import triggers
from tracker.ledger.services import ledger_head, ledger_verify
from tracker.posts.models import Post
from tracker.posts.search import POSTS
from tracker.posts.writing import keys_reserve
from tracker.risks.audit import sheet_verify
from tracker.risks.lifecycle import State
from tracker.risks.models import Risk

# From here on an entry moves the head by itself, so that a filled store needs today's triggers to be put back.
TRIGGERS_OF_TODAY = "0004_entry_moves_head"


def kept(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return found


def as_it_was(old: dict[str, Any]) -> None:
    """The schema of that time, with its rows."""
    known = {app for app, _name in MigrationExecutor(connection).loader.disk_migrations}
    MigrationExecutor(connection).migrate([(app, name) for app, name in old["migrations"].items() if app in known])
    triggers.run(connection, triggers.DROP)
    with transaction.atomic(), connection.cursor() as cursor:
        for table in old["tables"]:
            cursor.execute(f"DELETE FROM {table}")
        for table, content in old["tables"].items():
            columns = ", ".join(map(connection.ops.quote_name, content["columns"]))
            marks = ", ".join(["%s"] * len(content["columns"]))
            # As text: either store makes of it what its column is.
            values = [[None if v is None else stored(v) for v in row] for row in content["rows"]]
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)
    if old["migrations"]["ledger"] >= TRIGGERS_OF_TODAY:
        triggers.run(connection, triggers.CREATE)


def stored(value: Any) -> Any:
    if connection.vendor == "postgresql":
        return str(value)
    return bytes.fromhex(value[2:]) if isinstance(value, str) and value.startswith("\\x") else value


def go_on() -> str:
    """An item that was being handled then comes to its end by today's services."""
    tables = [model for config in apps.get_app_configs() for model in config.get_models()]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), tables):
            cursor.execute(statement)
    units = {unit.code: unit for unit in Unit.objects.all()}
    desk = Desk(units["dept"], units["road"], units["port"], {user.username: user for user in User.objects.all()})
    risk = Risk.objects.get(state=State.HANDLING)
    for step in ("attach", "submit", "verify"):
        risk = advance(desk, risk, step)
    return risk.state


def posts_go_on(columns: list[str], rows: list[list[Any]]) -> bool:
    """Every post is there under its key, and a new one comes after them."""
    keys = {row[columns.index("id")] for row in rows}
    there = set(Post.objects.values_list("pk", flat=True))
    with transaction.atomic():
        (new,) = keys_reserve(Post, 1)
    return bool(keys) and there == keys and new > max(keys)


def main(path: Path) -> None:
    prepare_home(settings.ENV)
    old = kept(path)
    as_it_was(old)
    was = schema_state()
    seq, head = old["tables"]["ledger_head"]["rows"][0][1:3]
    create(settings.ENV.home)
    said = {
        "was": was[0].value,
        "current": schema_state()[0] is SchemaState.CURRENT,
        "same head": ledger_head() == (seq, head),
        "broken": str(ledger_verify()),
        "sheet": list(sheet_verify()),
        "states": sorted(Risk.objects.values_list("state", flat=True)) == sorted(State),
        "posts": posts_go_on(**old["tables"]["posts_post"]),
        "went on": go_on(),
        "indexed": POSTS.catch_up(),
        "broken afterwards": [str(ledger_verify()), *map(str, sheet_verify())],
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
