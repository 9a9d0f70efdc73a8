"""P6: what the chain costs over a bare insert, and over hashing the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from django.db import connection, transaction

from tests.bench.conftest import scaled, seconds
from tracker.ledger.chain import canonical
from tracker.ledger.models import Entry
from tracker.ledger.services import CHAINED, ledger_append, ledger_verify

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def append() -> None:
    with transaction.atomic():
        ledger_append(
            act="risk.comment", subject="risk:YD-2026-00001", actor="zhou", roles="analyst", unit="hn", now=NOW,
            reason="现场已看过", data={"note": "bench"},
        )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_append(bench):
    size = scaled(200)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_plain AS SELECT * FROM ledger_entry WHERE 1 = 0")
    columns = ", ".join([*CHAINED])
    marks = ", ".join(["%s"] * len(CHAINED))
    row = [
        1,
        NOW.isoformat(),
        "zhou",
        "analyst",
        "hn",
        "risk.comment",
        "risk:1",
        "",
        "",
        "现场已看过",
        "{}",
        "0" * 64,
        "1" * 64,
    ]

    def plain() -> None:
        for _ in range(size):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"INSERT INTO bench_plain ({columns}) VALUES ({marks})", row)

    def chained() -> None:
        for _ in range(size):
            append()

    base, ours = seconds(plain), seconds(chained)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_plain")
    bench("P6 ledger append", base / ours, reach="≥ .6", limit="three triggers, a hash and three indexes where the baseline has a bare row; on SQLite five pages where it writes one",
          entries_a_second=size / ours)  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_verify(bench):
    # A few to a commit: PostgreSQL keeps every version of the head's row that one transaction made.
    for _ in range(scaled(2000) // 50):
        with transaction.atomic():
            for _ in range(50):
                append()
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE ledger_entry"
        )  # as the store's own keeper does within a minute; a table it knows nothing of it sorts
    rows = list(Entry.objects.values(*CHAINED))
    encoded = [row["previous"].encode() + canonical(row) for row in rows]
    base = seconds(lambda: [sha256(one).hexdigest() for one in encoded])
    ours = seconds(ledger_verify)
    bench("P6 ledger verify", base / ours, reach="≥ .25", limit="the store writes canonical JSON and hands it to Python, which hashes",
          entries_a_second=len(rows) / ours)  # fmt: skip
