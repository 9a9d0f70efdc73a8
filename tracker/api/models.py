"""Answers already given: a program that repeats a request under the same key gets the first answer and does nothing twice."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class KeyedAnswer(models.Model):
    """The answer to one write. `owner` is the key or session's person; `request` the digest of what was asked."""

    owner = models.CharField(max_length=160)
    key = models.CharField(max_length=80)
    request = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["owner", "key"], name="keyed_answer_once")]

    def __str__(self) -> str:
        return f"{self.owner} {self.key}"
