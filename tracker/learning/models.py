"""Models that were built, which of them worked when, what was drawn for the blind audit, and readings of drift."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracker.posts.models import Event


class ModelVersion(models.Model):
    """A challenger in YIDAN_HOME/models: `digest` names every byte of its folder, `comparison` is how it did beside the champion.

    `champion` is the version it was compared with, `rows` how many verdicts it learned from.
    """

    version = models.CharField(max_length=60, unique=True)
    digest = models.CharField(max_length=64)
    champion = models.CharField(max_length=60)
    rows = models.PositiveIntegerField()
    comparison = models.JSONField(default=dict)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.version


class Move(models.TextChoices):
    """How a model came to work."""

    PROMOTE = "promote", _("启用")
    ROLLBACK = "rollback", _("退回")


class Promotion(models.Model):
    """From `at` on `version` works (empty: the shipped model). Rows are only added; the newest holds."""

    move = models.CharField(max_length=10, choices=Move.choices)
    version = models.CharField(max_length=60, blank=True)
    was = models.CharField(max_length=60, blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    reason = models.TextField()

    def __str__(self) -> str:
        return f"{self.move} {self.version or '-'}"


class Stratum(models.TextChoices):
    """Where below the threshold a sample was drawn: just below it, where misses are likeliest, or far."""

    NEAR = "near", _("紧靠提示线以下")
    FAR = "far", _("远低于提示线")


class Draw(models.Model):
    """One event of the blind audit: of the day `day`, drawn with the chance `chance` from its stratum.

    Nothing of it is shown to whoever judges the event.
    """

    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="draw")
    day = models.DateField(db_index=True)
    stratum = models.CharField(max_length=4, choices=Stratum.choices)
    chance = models.FloatField()

    def __str__(self) -> str:
        return f"{self.day} {self.stratum}"


class DrawDay(models.Model):
    """A day for which samples were drawn, once, though there may have been nothing to draw from."""

    day = models.DateField(primary_key=True)
    frame = models.PositiveIntegerField()
    drawn = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.day} {self.drawn}/{self.frame}"


class DriftReading(models.Model):
    """One comparison of the last week with the weeks before it; see `analysis.drift` for `state` and `psi`."""

    day = models.DateField()
    name = models.CharField(max_length=20)
    state = models.CharField(max_length=10)
    psi = models.FloatField(null=True)
    now = models.FloatField(null=True)
    before = models.FloatField(null=True)
    count_now = models.PositiveIntegerField()
    count_before = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["day", "name"], name="drift_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.name} {self.state}"
