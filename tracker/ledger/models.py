"""Two tables: the entries, which triggers guard against change, and the head, which appenders lock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


def moment_text(moment: datetime) -> str:
    """`moment` as the ledger writes it: ISO 8601 UTC, always with six decimals, so that text sorts as time does in every collation.

    ValueError for a naive time.
    """
    if moment.tzinfo is None:
        raise ValueError(f"the ledger needs a time zone, got the naive {moment.isoformat()}")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


# 2026-11-23T09:30:00.000000+00:00
_WRITTEN = 32


def canonical(text: str) -> str:
    """The moment `text` (ISO 8601) as `moment_text` writes it, which it nearly always is already."""
    if len(text) == _WRITTEN and text.endswith("+00:00"):
        return text
    return moment_text(datetime.fromisoformat(text))


class RowNumber(models.BigIntegerField):  # type: ignore[type-arg]  # generic in the stubs only
    """A key that on SQLite is the row's own number: there an INTEGER key needs no tree beside the table's."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class Entry(models.Model):
    """One act. Text keys, no foreign keys: an entry stands whatever happens to what it speaks of.

    `at` is ISO 8601 UTC text, because the text is what is hashed; `data` is canonical JSON text for the same reason. Every act
    waits for every index here, so there are three; that no hash stands twice follows from the chain.
    """

    seq = RowNumber(primary_key=True)
    at = models.CharField(max_length=40)
    actor = models.CharField(max_length=150)
    roles = models.CharField(max_length=120)
    unit = models.CharField(max_length=64, blank=True)
    act = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    from_state = models.CharField(max_length=20, blank=True)
    to_state = models.CharField(max_length=20, blank=True)
    reason = models.TextField(blank=True)
    data = models.TextField(default="{}")
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar[list[str]] = ["seq"]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["subject", "seq"], name="ledger_subject_seq"),
            models.Index(fields=["act", "seq"], name="ledger_act_seq"),
            models.Index(fields=["at"], name="ledger_at"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.act} {self.subject}"


class Head(models.Model):
    """Where the chain ends: one row, locked by whoever appends, so that the chain never forks."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    def __str__(self) -> str:
        return f"{self.seq} {self.hash[:12]}"
