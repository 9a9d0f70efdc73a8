"""What a person keeps on the desk for themselves: nothing here is a record of the office, so nothing of it is in the ledger."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """A way of looking at the sheet under a name of one's own: filters, order and columns, as they stand in the address."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="views")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["owner", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name
