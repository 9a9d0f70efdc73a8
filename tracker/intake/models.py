"""What came in: the receipt of each batch, and how each crawl run ended."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class Receipt(models.Model):
    """A sealed batch that is in the store: its digest makes intake idempotent."""

    digest = models.CharField(max_length=64, unique=True)
    source = models.CharField(max_length=60)
    posts = models.PositiveIntegerField()
    new = models.PositiveIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.source} {self.digest[:12]}"


class SourceToken(models.Model):
    """What a pushing program shows to be taken for its source: only its digest is kept, so a copy of the store opens no door."""

    source = models.CharField(max_length=63, db_index=True)
    digest = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.source} {self.digest[:8]}"


class ImportMap(models.Model):
    """A saved map of a hotline's export: its source, and which column is which field. Without columns, known names decide."""

    name = models.CharField(max_length=63, primary_key=True)
    source = models.CharField(max_length=63)
    columns = models.JSONField(default=dict)
    saved_by = models.CharField(max_length=150, blank=True)
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} → {self.source}"


class CrawlWish(models.Model):
    """A crawl that a person has asked for and that has not ended yet."""

    source = models.CharField(max_length=63, primary_key=True)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.source


class CrawlRun(models.Model):
    """How one run of one source ended: exactly one state, with the sentence that says why."""

    run = models.CharField(max_length=64)
    source = models.CharField(max_length=60)
    state = models.CharField(max_length=20)
    reason = models.TextField(blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    fetched = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    causes = models.JSONField(default=list)
    page = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["run", "source"], name="crawl_run_once")]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["source", "-finished_at"], name="crawl_run_latest")]

    def __str__(self) -> str:
        return f"{self.source} {self.run} {self.state}"


class SourceState(models.Model):
    """The newest run of each source, and when it was last healthy: one row a source, so that coverage is one query."""

    source = models.CharField(max_length=60, primary_key=True)
    state = models.CharField(max_length=20)
    reason = models.TextField(blank=True)
    last_run = models.DateTimeField()
    last_success = models.DateTimeField(null=True)
    day_new = models.PositiveIntegerField(default=0)
    day_usual = models.FloatField(null=True)
    causes = models.JSONField(default=list)
    page = models.CharField(max_length=160, blank=True)

    def __str__(self) -> str:
        return f"{self.source} {self.state}"


class SourceAlarm(models.Model):
    """One alarm of a source, of one kind at a time: open until a healthy run of the source clears it.

    `page` names the outline of the page that shows why, kept where the crawl ran.
    """

    source = models.CharField(max_length=63)
    kind = models.CharField(max_length=20)
    cause = models.JSONField(default=dict)
    page = models.CharField(max_length=160, blank=True)
    raised_at = models.DateTimeField()
    last_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["source", "kind"], condition=models.Q(cleared_at=None), name="source_alarm_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.kind}"
