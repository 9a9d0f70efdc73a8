"""Many rows written at once where Django's own way costs more than the work that made them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db import connection, models


def keys_reserve(model: type[models.Model], count: int) -> list[int]:
    """`count` keys for new rows of `model`, ascending, that nobody else gets: a row can then be written whole, with what names it.

    To be called inside the transaction that writes the rows.
    """
    table = model._meta.db_table  # noqa: SLF001 - Django documents it
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(sequence, [table, count])
            return sorted(key for (key,) in cursor.fetchall())
        # The one writer that SQLite allows at a time is this transaction; rows with a given key move the counter along.
        cursor.execute("SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
        (last,) = cursor.fetchone()
    return list(range(last + 1, last + 1 + count))


def rows_update(model: type[models.Model], changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Set fields of rows, key → {field: value}: one statement for all rows that change the same fields, prepared once."""
    together: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for key, values in changes.items():
        together[tuple(sorted(values))].append(key)
    quote, meta = connection.ops.quote_name, model._meta  # noqa: SLF001 - Django documents it
    by_name = {field.name: field for field in meta.fields}
    with connection.cursor() as cursor:
        for names, keys in together.items():
            if not names:
                continue
            fields = [by_name[name] for name in names]
            setting = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
            cursor.executemany(
                f"UPDATE {quote(meta.db_table)} SET {setting} WHERE id = %s",  # noqa: S608 - names of our own columns
                [
                    [*(field.get_db_prep_save(changes[key][field.name], connection) for field in fields), key]
                    for key in keys
                ],
            )
