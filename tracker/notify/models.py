"""The ladder's steps, and what was said to whom."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracker.notify.ladder import Step


class Audience(models.TextChoices):
    """Who hears of it: the people of the unit in charge, its managers, or the managers outside it."""

    HANDLERS = "handlers", _("承办人")
    LEADS = "leads", _("承办单位领导")
    MANAGERS = "managers", _("交办方领导")


class LadderStep(models.Model):
    """One editable rung. `enabled_since` NULL: off. Nothing that was due before it was switched on is ever sent."""

    code = models.SlugField(max_length=30, unique=True)
    purpose = models.CharField(max_length=10)
    percent = models.PositiveSmallIntegerField(null=True, blank=True)
    days_after = models.PositiveSmallIntegerField(null=True, blank=True)
    level = models.SmallIntegerField(default=0)
    to = models.CharField(max_length=10, choices=Audience.choices)
    enabled_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["purpose", "code"]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=models.Q(percent__isnull=True) ^ models.Q(days_after__isnull=True),
                name="ladder_step_one_moment",
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def step(self) -> Step:
        """The row as the pure ladder reads it."""
        return Step(self.code, self.purpose, self.to, self.percent, self.days_after, self.level)


class Notice(models.Model):
    """One sentence for one person. `key` names step, item and deadline: the same is never said twice to the same person."""

    key = models.CharField(max_length=120)
    recipient = models.CharField(max_length=150)
    number = models.CharField(max_length=20)
    step = models.CharField(max_length=30)
    text = models.TextField()
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["key", "recipient"], name="notice_once")]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["recipient", "-at"], name="notice_of_person")]

    def __str__(self) -> str:
        return f"{self.recipient}: {self.text}"


class Address(models.Model):
    """Where news goes besides the desk: of a person (`owner` is the user name) or of a unit's group (`unit:CODE`).

    A robot's address lets whoever has it speak in the group, so it is shown to nobody and never written into the ledger.
    `confirmed_at` NULL: nothing is sent there but the code by which its person shows that it is theirs; `tries` counts wrong ones.
    """

    owner = models.CharField(max_length=150)
    channel = models.CharField(max_length=10)
    target = models.CharField(max_length=500)
    set_by = models.CharField(max_length=150)
    set_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["owner", "channel"], name="address_once")]

    def __str__(self) -> str:
        return f"{self.owner}: {self.channel}"


class Outgoing(models.Model):
    """One message to one address. `key` names what is said: the same is never put in twice, and is sent along every time.

    `sent_at` and `given_up_at` are NULL while it waits; `level` decides whether it may be sent at night.
    """

    key = models.CharField(max_length=160)
    owner = models.CharField(max_length=150)
    channel = models.CharField(max_length=10)
    title = models.CharField(max_length=120)
    body = models.TextField()
    level = models.SmallIntegerField(default=0)
    made_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["key", "owner", "channel"], name="outgoing_once")
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["next_at"], name="outgoing_due", condition=models.Q(sent_at=None, given_up_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.channel}: {self.title}"
