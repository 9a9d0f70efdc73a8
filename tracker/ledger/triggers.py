"""The database itself keeps the ledger a chain that only grows, whoever asks.

No entry is changed or removed; a new one must follow the head, and moves it on by itself; the head is never removed and moves in no
other way. So raw SQL can add nothing that `ledger_append` would not have added. SQL a store: `CREATE[vendor]` and `DROP[vendor]` are lists of
statements. DROP is for the migration's way back and for the test fixture that must empty tables. `APPENDER` is what PostgreSQL appends with.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

REFUSAL = "the ledger is append-only: entries cannot be changed or removed"
NOT_NEXT = "the ledger is append-only: an entry must follow the head of the chain"
HEAD_REFUSAL = "the ledger is append-only: its head only moves on to the entry just written"

# An entry that follows: the next number, linked to the head's hash. Where the head is missing nothing follows.
_FOLLOWS = "EXISTS (SELECT 1 FROM ledger_head WHERE id = 1 AND seq + 1 = NEW.seq AND hash = NEW.previous)"
# A head that moves on: to the entry that follows the one it stood at.
_MOVES_ON = (
    "NEW.id = OLD.id AND NEW.seq = OLD.seq + 1 AND EXISTS"
    " (SELECT 1 FROM ledger_entry WHERE seq = NEW.seq AND hash = NEW.hash AND previous = OLD.hash)"
)

_MOVE_HEAD = "UPDATE ledger_head SET seq = NEW.seq, hash = NEW.hash WHERE id = 1"


def _sqlite(name: str, event: str, sentence: str, when: str = "") -> str:
    condition = f" WHEN {when}" if when else ""
    return f"CREATE TRIGGER {name} BEFORE {event}{condition} BEGIN SELECT RAISE(ABORT, '{sentence}'); END"


def _function(name: str, sentence: str, unless: str = "") -> str:
    refuse = f"RAISE EXCEPTION '{sentence}' USING ERRCODE = 'integrity_constraint_violation';"
    body = f"IF {unless} THEN RETURN NEW; END IF; {refuse}" if unless else refuse
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"


def _postgresql(name: str, event: str, table: str, function: str, each: str = "ROW") -> str:
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()"


CREATE: dict[str, list[str]] = {
    "sqlite": [
        _sqlite("ledger_no_update", "UPDATE ON ledger_entry", REFUSAL),
        _sqlite("ledger_no_delete", "DELETE ON ledger_entry", REFUSAL),
        # INSERT OR REPLACE deletes without firing a DELETE trigger: an existing number does not follow the head either.
        _sqlite("ledger_follows", "INSERT ON ledger_entry", NOT_NEXT, f"NOT {_FOLLOWS}"),
        _sqlite("ledger_head_stays", "DELETE ON ledger_head", HEAD_REFUSAL),
        _sqlite("ledger_head_alone", "INSERT ON ledger_head", HEAD_REFUSAL, "EXISTS (SELECT 1 FROM ledger_head)"),
        _sqlite("ledger_head_moves_on", "UPDATE ON ledger_head", HEAD_REFUSAL, f"NOT ({_MOVES_ON})"),
        f"CREATE TRIGGER ledger_moves_head AFTER INSERT ON ledger_entry BEGIN {_MOVE_HEAD}; END",
    ],
    "postgresql": [
        _function("ledger_refuse", REFUSAL),
        _function("ledger_refuse_stray", NOT_NEXT, _FOLLOWS),
        _function("ledger_refuse_head", HEAD_REFUSAL),
        _function("ledger_refuse_leap", HEAD_REFUSAL, _MOVES_ON),
        _postgresql("ledger_no_change", "UPDATE OR DELETE", "ledger_entry", "ledger_refuse"),
        _postgresql("ledger_no_truncate", "TRUNCATE", "ledger_entry", "ledger_refuse", "STATEMENT"),
        _postgresql("ledger_follows", "INSERT", "ledger_entry", "ledger_refuse_stray"),
        # The one row exists from the first migration on: any other is a second head.
        _postgresql("ledger_head_stays", "INSERT OR DELETE", "ledger_head", "ledger_refuse_head"),
        _postgresql("ledger_head_no_truncate", "TRUNCATE", "ledger_head", "ledger_refuse_head", "STATEMENT"),
        _postgresql("ledger_head_moves_on", "UPDATE", "ledger_head", "ledger_refuse_leap"),
        f"CREATE FUNCTION ledger_move_head() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_MOVE_HEAD}; RETURN NULL; END $$",
        "CREATE TRIGGER ledger_moves_head AFTER INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_move_head()",
    ],
}

# The store keeps the plans of what a function does; a statement sent anew each time costs twice as long, and whoever waits for it waits too.
APPENDER = """
CREATE FUNCTION ledger_append(at text, actor text, roles text, unit text, act text, subject text, from_state text, to_state text,
    reason text, data text, before text, after text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE head record;
BEGIN
    SELECT seq, hash INTO head FROM ledger_head WHERE id = 1 FOR UPDATE;
    IF NOT FOUND THEN RETURN false; END IF;
    INSERT INTO ledger_entry (seq, at, actor, roles, unit, act, subject, from_state, to_state, reason, data, previous, hash)
    VALUES (head.seq + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, head.hash,
        encode(sha256(convert_to(head.hash || before || (head.seq + 1) || after, 'UTF8')), 'hex'));
    RETURN true;
END $$"""

_GUARDS = {
    "ledger_entry": ("ledger_no_change", "ledger_no_truncate", "ledger_follows", "ledger_moves_head"),
    "ledger_head": ("ledger_head_stays", "ledger_head_no_truncate", "ledger_head_moves_on"),
}
_FUNCTIONS = ("ledger_refuse", "ledger_refuse_stray", "ledger_refuse_head", "ledger_refuse_leap", "ledger_move_head")

DROP: dict[str, list[str]] = {
    "sqlite": [
        f"DROP TRIGGER IF EXISTS ledger_{what}"
        for what in (
            "no_update",
            "no_delete",
            "no_replace",
            "follows",
            "moves_head",
            "head_stays",
            "head_alone",
            "head_moves_on",
        )
    ],
    "postgresql": [
        *(f"DROP TRIGGER IF EXISTS {name} ON {table}" for table, names in _GUARDS.items() for name in names),
        *(f"DROP FUNCTION IF EXISTS {name}()" for name in _FUNCTIONS),
    ],
}


def run(connection: BaseDatabaseWrapper, statements: dict[str, list[str]]) -> None:
    """Execute the statements of this store, one by one."""
    with connection.cursor() as cursor:
        for statement in statements[connection.vendor]:
            cursor.execute(statement)
