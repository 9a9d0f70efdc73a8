"""Papers as they were computed: frozen, so that an old paper can be opened and checked later."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


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


class Subscription(models.Model):
    """One person asks for one kind of paper, by mail to `address` or, without one, on the desk. Nothing from before `since`."""

    recipient = models.CharField(max_length=150)
    kind = models.CharField(max_length=20)
    formats = models.CharField(max_length=40, default="docx")
    address = models.EmailField(blank=True)
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["recipient", "kind"], name="subscription_once")
        ]

    def __str__(self) -> str:
        return f"{self.recipient} {self.kind}"


class DeliveryState(models.TextChoices):
    """Where a paper on its way to a person is."""

    DESK = "desk", _("在页面上等您查看")
    WAITING = "waiting", _("等待发送")
    SENT = "sent", _("已发送")
    FAILED = "failed", _("发送失败")
    SEEN = "seen", _("已查看")


class Delivery(models.Model):
    """One paper for one person. `attempts` is also the token by which a sender takes it; `next_at` is when to try (again)."""

    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="deliveries")
    recipient = models.CharField(max_length=150)
    address = models.EmailField(blank=True)
    formats = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=DeliveryState.choices)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["paper", "recipient"], name="paper_delivered_once")
        ]
        indexes: ClassVar[list[Any]] = [models.Index(fields=["state", "next_at"], name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.paper_id} {self.recipient} {self.state}"
