"""The quick look over the whole ledger: the store itself writes each entry's canonical JSON, so that little is left but hashing.

It only ever says that everything holds. Whatever differs by a byte is looked at again entry by entry by `chain.first_break`,
which alone decides what is broken: so a store that wrote JSON otherwise than Python would cost time, never truth.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from django.db import DatabaseError, connection

from tracker.ledger.chain import FIELDS, GENESIS

_KEYS: Final = sorted(FIELDS)
_PAIRS: Final = ", ".join(f"'{name}', {name}" for name in _KEYS)
_TEXTS: Final = " || ',' || ".join(
    f"""'"{name}":' || {"seq" if name == "seq" else f"to_json({name})"}::text""" for name in _KEYS
)
_CANONICAL: Final[dict[str, str]] = {
    "sqlite": f"json_object({_PAIRS})",
    "postgresql": f"'{{' || {_TEXTS} || '}}'",
}


def holds(last: int, digest: str) -> bool:
    """True when entries 1 to `last` are all there, linked, give their hashes, and end with `digest`."""
    hashed = f"previous || {_CANONICAL[connection.vendor]}"
    count, known, digest_of = 0, GENESIS, sha256
    try:
        with connection.chunked_cursor() as cursor:
            cursor.execute(
                f"SELECT seq, previous, hash, {hashed} FROM ledger_entry WHERE seq <= %s ORDER BY seq",  # noqa: S608 - our own names
                [last],
            )
            for seq, previous, found, text in cursor:
                count += 1
                if seq != count or previous != known or digest_of(text.encode()).hexdigest() != found:
                    return False
                known = found
    except (DatabaseError, AttributeError, ValueError):
        # Bytes that are no text, or a column that is empty: the slow look names the entry.
        return False
    return (count, known) == (last, digest)
