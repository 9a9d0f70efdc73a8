"""The quick look over the whole ledger: the store itself writes each entry's canonical JSON, so that little is left but hashing.

It only ever says that everything holds. Whatever differs by a byte is looked at again entry by entry by `chain.first_break`,
which alone decides what is broken: so a store that wrote JSON otherwise than Python would cost time, never truth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any, Final

from django.db import DatabaseError, connection

from tracker.ledger.chain import FIELDS, GENESIS
from tracker.ledger.models import Entry

_KEYS: Final = sorted(FIELDS)
_PAIRS: Final = ", ".join(f"'{name}', {name}" for name in _KEYS)
# On SQLite as bytes, which spares making text of them and bytes again; on PostgreSQL they would be written in hexadecimal.
_HASHED: Final[dict[str, str]] = {
    "sqlite": f"SELECT hash, CAST(previous || json_object({_PAIRS}) AS BLOB) FROM ledger_entry",  # noqa: S608 - our own names
    "postgresql": f"SELECT hash, previous || row_to_json((SELECT r FROM (SELECT {', '.join(_KEYS)}) r))::text FROM ledger_entry",  # noqa: S608
}
# Few enough to stay in the cache of a core.
_CHUNK: Final = 100
_Row = tuple[str, str | bytes]


def holds(last: int, digest: str) -> bool:
    """True when entries 1 to `last` are all there, linked, give their hashes, and end with `digest`.

    That many entries of different numbers from 1 to `last` leave no gap, and their links say in which order they stand.
    """
    count, known = 0, GENESIS
    try:
        with connection.cursor() as cursor, connection.wrap_database_errors:
            rows = _rows(cursor, last)
            while chunk := list(islice(rows, _CHUNK)):
                count += len(chunk)
                found = _linked(chunk, known)
                if found is None:
                    return False
                known = found
        strays = Entry.objects.filter(seq__lt=1).exists()
    except (DatabaseError, AttributeError, ValueError):
        # Bytes that are no text, or a column that is empty: the slow look names the entry.
        return False
    return (count, known) == (last, digest) and not strays


def _rows(cursor: Any, last: int) -> Iterator[_Row]:
    """(hash, what it is of) of entries 1 to `last`, as the store hands them out.

    From PostgreSQL they stream: its process writes the next entries while this one hashes.
    """
    query, values = f"{_HASHED[connection.vendor]} WHERE seq BETWEEN 1 AND %s ORDER BY seq", [last]
    if connection.vendor == "postgresql":
        yield from cursor.stream(query, values, size=_CHUNK)
    else:
        yield from cursor.execute(query, values)


def _linked(rows: Sequence[_Row], known: str) -> str | None:
    """The hash of the last of `rows`, when each follows the one before and gives its hash; None otherwise.

    ValueError for bytes that are no text.
    """
    for found, written in rows:
        hashed = written.encode() if isinstance(written, str) else written
        if sha256(hashed).hexdigest() != found or not hashed.startswith(known.encode()):
            return None
        known = found
    # One look a chunk: what is no UTF-8 stays none in whatever company.
    b"\n".join(written for _found, written in rows if isinstance(written, bytes)).decode()
    return known
