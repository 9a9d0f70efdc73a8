"""When each job last ran: what was missed while the machine was off is known from here."""

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
