"""When each job last ran, so that what was missed while the machine was off is known; and who starts them."""

from __future__ import annotations

from django.db import models


class JobRun(models.Model):
    """The last run of one job. `outcome` is "ok" or the sentence of its failure."""

    job = models.CharField(max_length=80, primary_key=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.job} {self.outcome}"


class Term(models.Model):
    """Which term of leading this is: one row; `number` only grows, and `seen_at` is the last start of a job in it."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    number = models.PositiveBigIntegerField()
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"term {self.number}"
