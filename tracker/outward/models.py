"""Where news of the sheet is sent, and what became of each."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from tracker.accounts.models import Unit


class Hook(models.Model):
    """One receiver. `acts` are the ledger's acts it hears of, with commas (empty: all of the sheet); `unit` narrows it to a subtree.

    Its secret is derived from SECRET_KEY and `salt`, so the store alone signs nothing. `seq` is the last entry looked at.
    """

    name = models.SlugField(max_length=40, unique=True)
    url = models.URLField(max_length=500)
    acts = models.TextField(blank=True)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    salt = models.CharField(max_length=32)
    seq = models.BigIntegerField(default=0)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One entry for one receiver. `key` is sent along: the same news never has two. `given_up_at` after the last attempt failed."""

    hook = models.ForeignKey(Hook, on_delete=models.PROTECT, related_name="deliveries")
    seq = models.BigIntegerField()
    key = models.CharField(max_length=60, unique=True)
    at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar[list[Any]] = [
            models.Index(
                fields=["next_at"], name="hook_delivery_due", condition=models.Q(delivered_at=None, given_up_at=None)
            )
        ]

    def __str__(self) -> str:
        return self.key
