"""The database itself refuses to change or remove a ledger entry, whoever asks.

SQL a store: `CREATE[vendor]` and `DROP[vendor]` are lists of statements. DROP is for the migration's way back and for the
test fixture that must empty tables.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

REFUSAL = "the ledger is append-only: entries cannot be changed or removed"

CREATE: dict[str, list[str]] = {
    "sqlite": [
        f"CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger_entry BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
        f"CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger_entry BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
        # INSERT OR REPLACE deletes without firing a DELETE trigger: an existing number is refused before that.
        "CREATE TRIGGER ledger_no_replace BEFORE INSERT ON ledger_entry"
        " WHEN EXISTS (SELECT 1 FROM ledger_entry WHERE seq = NEW.seq OR hash = NEW.hash)"
        f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        "CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE ON ledger_entry"
        " FOR EACH ROW EXECUTE FUNCTION ledger_refuse()",
        "CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON ledger_entry"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()",
    ],
}

DROP: dict[str, list[str]] = {
    "sqlite": [f"DROP TRIGGER IF EXISTS ledger_no_{what}" for what in ("update", "delete", "replace")],
    "postgresql": [
        "DROP TRIGGER IF EXISTS ledger_no_change ON ledger_entry",
        "DROP TRIGGER IF EXISTS ledger_no_truncate ON ledger_entry",
        "DROP FUNCTION IF EXISTS ledger_refuse()",
    ],
}


def run(connection: BaseDatabaseWrapper, statements: dict[str, list[str]]) -> None:
    """Execute the statements of this store, one by one."""
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)
