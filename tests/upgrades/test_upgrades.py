"""From every schema that was ever handed out, filled, to today's; and old programs go on beside a new schema."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import migrations
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

from tests import postgres
from tests.upgrades.forward import kept

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = sorted(Path(__file__).parent.glob("*.json.gz"))


def test_there_is_something_to_upgrade_from():
    assert len(SCHEMAS) >= 2


def upgraded(schema: Path, folder: Path, **over: str) -> None:
    environ = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environ |= {
        "YIDAN_HOME": str(folder / "home"),
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.upgrades.forward", str(schema)], env=environ | over, cwd=ROOT, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said.pop("was") in ("older", "current")
    assert said == {
        "current": True, "same head": True, "broken": "None", "sheet": [], "states": True, "posts": True, "went on": "closed", "indexed": True,
        "broken afterwards": ["None"],
    }  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda path: path.name.removesuffix(".json.gz"))
def test_a_filled_store_comes_forward_and_goes_on(schema, tmp_path):
    upgraded(schema, tmp_path)


@pytest.mark.slow
@pytest.mark.postgres
def test_the_oldest_on_postgresql(tmp_path):
    with postgres.server() as url:
        upgraded(SCHEMAS[0], tmp_path, DATABASE_URL=url)


# --- old programs beside a new schema, for one version: whatever is new must be nothing to those who do not know it

_HARMLESS = (migrations.CreateModel, migrations.AddIndex, migrations.RemoveIndex, migrations.RunPython, migrations.RunSQL, migrations.AlterModelOptions)  # fmt: skip


def disturbs(operation: migrations.operations.base.Operation) -> bool:
    """True for what a program that does not know of it would stumble over: something gone, renamed or demanded."""
    if isinstance(operation, migrations.AddField):
        field = operation.field
        return not (field.null or field.many_to_many or field.db_default is not NOT_PROVIDED)
    if isinstance(operation, migrations.SeparateDatabaseAndState):
        return any(map(disturbs, operation.database_operations))
    return not isinstance(operation, _HARMLESS)


def loosens(loader: MigrationLoader, key: tuple[str, str], operation: migrations.operations.base.Operation) -> bool:
    """True for a column that holds all that it held, in the same kind: only an index or a uniqueness went."""
    if not isinstance(operation, migrations.AlterField):
        return False
    was = loader.project_state(key, at_end=False).models[key[0], operation.model_name_lower].fields[operation.name]
    new = operation.field
    same = all(getattr(was, what) == getattr(new, what) for what in ("max_length", "null", "choices"))
    return same and was.get_internal_type() == new.get_internal_type() and (was.unique or not new.unique)


def newer() -> list[tuple[str, str]]:
    last = kept(SCHEMAS[-1])["migrations"]
    return sorted(
        key for key in MigrationLoader(None).disk_migrations if key[0] in _OURS and key[1] > last.get(key[0], "")
    )


_OURS = {path.parent.parent.name for path in ROOT.glob("tracker/*/migrations/0001_*.py")}


def test_what_is_new_since_the_last_schema_disturbs_no_older_program():
    loader = MigrationLoader(None)
    wrong = {
        key: str(op)
        for key in newer()
        for op in loader.disk_migrations[key].operations
        if disturbs(op) and not loosens(loader, key, op)
    }
    assert not wrong, "give it a db_default or null, or do it in two versions (docs/operations.md)"


def test_what_would_disturb_is_found():
    from django.db import models

    assert disturbs(migrations.RemoveField("risk", "place"))
    assert disturbs(migrations.AddField("risk", "x", models.CharField(max_length=3, default="")))
    assert not disturbs(migrations.AddField("risk", "x", models.CharField(max_length=3, db_default="")))
    assert not disturbs(migrations.AddField("risk", "x", models.IntegerField(null=True)))


def test_a_column_that_refuses_more_than_before_is_found():
    from django.db import models

    loader, key = MigrationLoader(None), ("ledger", "0006_fewer_indexes")

    def alter(**given):
        return migrations.AlterField("entry", "act", models.CharField(**given))

    assert loosens(loader, key, alter(max_length=40))
    assert not loosens(loader, key, alter(max_length=39))
    assert not loosens(loader, key, alter(max_length=40, unique=True))
    assert not loosens(loader, key, migrations.AlterField("entry", "act", models.TextField()))
    assert not loosens(loader, key, migrations.RemoveField("entry", "act"))
