"""How long things are kept, and what the last self-checks found."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class What(models.TextChoices):
    """What has a time to go."""

    POSTS = "posts", _("未列单诉求的原文")
    DAMAGED = "damaged", _("损坏而搁置的批次文件")
    LOGINS = "logins", _("登录失败和过期会话的记录")
    ANSWERS = "answers", _("接口重复请求的留底")
    DELIVERIES = "deliveries", _("已送达的外发通知")


class RetentionRule(models.Model):
    """One row of the editable table."""

    what = models.CharField(max_length=20, primary_key=True, choices=What.choices)
    days = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"{self.what}: {self.days}"


class Check(models.Model):
    """One self-check. `whole` when every row was read; `findings` are [code, well, count, sentence, todo] each."""

    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    whole = models.BooleanField()
    well = models.BooleanField()
    findings = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]

    def __str__(self) -> str:
        return f"{self.at} {'well' if self.well else 'not well'}"
