"""Papers as they were computed: frozen, so that an old paper can be opened and checked later."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class Paper(models.Model):
    """One computed paper. `content` is everything a renderer needs, with the records behind each figure; never changed."""

    kind = models.CharField(max_length=20)
    period = models.CharField(max_length=20)
    computed_at = models.DateTimeField()
    ledger_seq = models.BigIntegerField()
    ledger_hash = models.CharField(max_length=64)
    content = models.JSONField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-computed_at"]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["kind", "period"], name="paper_period")]

    def __str__(self) -> str:
        return f"{self.kind} {self.period}"
