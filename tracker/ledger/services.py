"""Append, verify, export: the only ways to touch the ledger."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import Max

from tracker.ledger import quick
from tracker.ledger.chain import FIELDS, Break, around, first_break
from tracker.ledger.models import Entry, Head, moment_text

CHAINED = (*FIELDS, "previous", "hash")
# On SQLite the whole store is locked by BEGIN IMMEDIATE already.
_HEAD = {
    "sqlite": "SELECT seq, hash FROM ledger_head WHERE id = 1",
    "postgresql": "SELECT seq, hash FROM ledger_head WHERE id = 1 FOR UPDATE",
}
# Number, link and hash come from the head in the statement that writes: whoever waits for it waits for one statement, not for two.
# They answer true; false, or nothing, where there is no head.
_GIVEN = tuple(name for name in FIELDS if name != "seq")
_MARKS = ", ".join(["%s"] * len(_GIVEN))
_APPEND = {
    "sqlite": f"INSERT INTO ledger_entry (seq, {', '.join(_GIVEN)}, previous, hash)"  # noqa: S608 - our own names
    f" SELECT seq + 1, {_MARKS}, hash, SHA256(hash || %s || (seq + 1) || %s) FROM ledger_head WHERE id = 1 RETURNING 1",
    "postgresql": f"SELECT ledger_append({_MARKS}, %s, %s)",
}
_WRITTEN = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode


class HeadMissing(RuntimeError):
    """The row that says where the chain ends is gone, which no code of ours does."""


def ledger_hold() -> None:
    """Let nobody else append until this transaction ends: what is read from here on stays true while it is acted upon.

    For acts that look before they write and have no row of their own to lock (a name that must be free, a model compared with the
    one that works). On PostgreSQL a statement sees what was committed before it began, so the look comes after this.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("the ledger is held until a transaction ends, and there is none")
    with connection.cursor() as cursor:
        cursor.execute(_HEAD[connection.vendor])


def ledger_append(
    *,
    act: str,
    subject: str,
    actor: str,
    roles: str,
    unit: str,
    now: datetime,
    from_state: str = "",
    to_state: str = "",
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """One entry at the end of the chain; must run inside the transaction of the act it records.

    Locks the head until that transaction ends: on PostgreSQL the row, on SQLite the store (BEGIN IMMEDIATE). One statement, for acts
    wait for each other here: the store hashes the canonical JSON written here, and its own trigger moves the head.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a ledger entry is written in the same transaction as the act it records")
    row = {
        "at": moment_text(now),
        "actor": str(actor),
        "roles": str(roles),
        "unit": str(unit),
        "act": str(act),
        "subject": str(subject),
        "from_state": str(from_state),
        "to_state": str(to_state),
        "reason": str(reason),
        "data": _WRITTEN(data or {}),
    }
    with connection.cursor() as cursor:
        cursor.execute(_APPEND[connection.vendor], [*(row[name] for name in _GIVEN), *around(row)])
        if cursor.fetchone() != (True,):
            raise HeadMissing(
                "the ledger has lost its head row: nothing can be recorded; restore the store from a backup"
            )


def ledger_head() -> tuple[int, str]:
    """(sequence number, hash) of the newest entry; (0, zeros) when there is none. HeadMissing when the head row is gone."""
    head = Head.objects.filter(pk=1).first()
    if head is None:
        raise HeadMissing("the ledger has lost its head row: compare with an export or a printed head")
    return head.seq, head.hash


def _rows(until: int) -> Iterator[dict[str, Any]]:
    rows = Entry.objects.filter(seq__lte=until).order_by("seq").values_list(*CHAINED)
    for row in rows.iterator(chunk_size=2000):
        yield dict(zip(CHAINED, row, strict=True))


def ledger_verify() -> Break | None:
    """The first broken entry of the store's ledger, or None.

    Reads up to the head as it stands when called, without a lock: nothing before it may change, so appends go on meanwhile.
    """
    try:
        seq, digest = ledger_head()
    except HeadMissing as error:
        return Break(0, str(error))
    try:
        broken = None if quick.holds(seq, digest) else first_break(_rows(seq), (seq, digest))
    except DatabaseError:
        return _unreadable(seq)
    last = Entry.objects.aggregate(last=Max("seq"))["last"] or 0
    if broken is None and last > ledger_head()[0]:
        return Break(last, f"entry {last} was added without the chain's head: it did not come through the ledger")
    return broken


def _unreadable(until: int) -> Break:
    """The first entry that the store cannot even hand out: SQLite lets bytes that are no text into a column of text."""
    for seq in range(1, until + 1):
        try:
            list(Entry.objects.filter(seq=seq).values_list(*CHAINED))
        except DatabaseError:
            return Break(seq, f"entry {seq} has been changed: it holds bytes that are no text")
    return Break(until, f"the store could not be read up to entry {until}: check its disk, then verify again")


def ledger_verify_file(path: Path) -> Break | None:
    """The first broken entry of an exported file, or None; ValueError names a line that is not an entry."""
    return first_break(_lines(path))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
            except ValueError as error:
                raise ValueError(f"{path}, line {number} is not a ledger entry: export the ledger again") from error
            # A field too many is no less a forgery: it would be read but is not covered by the hash.
            if not isinstance(row, dict) or set(row) != set(CHAINED):
                raise ValueError(
                    f"{path}, line {number} does not have exactly the fields of a ledger entry: export it again"
                )
            yield row


def ledger_export(path: Path, *, record: Callable[[int], None] = lambda _count: None) -> int:
    """Write every entry to `path`, one JSON line each, whole or not at all; returns how many.

    `record` is told how many before the file gets its name: what was killed in between is written down and not there, never the reverse.
    """
    part = path.with_name(path.name + ".part")
    count = 0
    with part.open("w", encoding="utf-8") as file:
        for row in _rows(ledger_head()[0]):
            file.write(json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n")
            count += 1
        file.flush()
        os.fsync(file.fileno())
    record(count)
    part.replace(path)
    return count
