"""Append, verify, export: the only ways to touch the ledger."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Max

from tracker.ledger.chain import FIELDS, Break, first_break, link
from tracker.ledger.models import Entry, Head

CHAINED = (*FIELDS, "previous", "hash")


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
) -> Entry:
    """One entry at the end of the chain; must run inside the transaction of the act it records.

    Locks the head until that transaction ends: on PostgreSQL the row, on SQLite the store (BEGIN IMMEDIATE).
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a ledger entry is written in the same transaction as the act it records")
    if now.tzinfo is None:
        raise ValueError(f"`now` must carry a time zone, got the naive {now.isoformat()}")
    head = Head.objects.select_for_update().get(pk=1)
    row: dict[str, Any] = {
        "seq": head.seq + 1,
        "at": now.astimezone(UTC).isoformat(),
        "actor": actor,
        "roles": roles,
        "unit": unit,
        "act": act,
        "subject": subject,
        "from_state": from_state,
        "to_state": to_state,
        "reason": reason,
        "data": json.dumps(data or {}, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str),
    }
    entry = Entry(**row, previous=head.hash, hash=link(head.hash, row))
    entry.save(force_insert=True)
    Head.objects.filter(pk=1).update(seq=entry.seq, hash=entry.hash)
    return entry


def ledger_head() -> tuple[int, str]:
    """(sequence number, hash) of the newest entry; (0, zeros) when there is none."""
    head = Head.objects.get(pk=1)
    return head.seq, head.hash


def _rows(until: int) -> Iterator[dict[str, Any]]:
    return Entry.objects.filter(seq__lte=until).order_by("seq").values(*CHAINED).iterator(chunk_size=2000)


def ledger_verify() -> Break | None:
    """The first broken entry of the store's ledger, or None.

    Reads up to the head as it stands when called, without a lock: nothing before it may change, so appends go on meanwhile.
    """
    seq, digest = ledger_head()
    broken = first_break(_rows(seq), (seq, digest))
    last = Entry.objects.aggregate(last=Max("seq"))["last"] or 0
    if broken is None and last > ledger_head()[0]:
        return Break(last, f"entry {last} was added without the chain's head: it did not come through the ledger")
    return broken


def ledger_verify_file(path: Path) -> Break | None:
    """The first broken entry of an exported file, or None; ValueError names a line that is not an entry."""
    return first_break(_lines(path))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
                missing = [name for name in CHAINED if name not in row]
            except (json.JSONDecodeError, TypeError) as error:
                raise ValueError(f"{path}, line {number} is not a ledger entry: export the ledger again") from error
            if missing:
                raise ValueError(f"{path}, line {number} lacks {', '.join(missing)}: export the ledger again")
            yield row


def ledger_export(path: Path) -> int:
    """Write every entry to `path`, one JSON line each, whole or not at all; returns how many."""
    part = path.with_name(path.name + ".part")
    count = 0
    with part.open("w", encoding="utf-8") as file:
        for row in _rows(ledger_head()[0]):
            file.write(json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n")
            count += 1
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return count
