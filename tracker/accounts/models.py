"""Units in a tree, people in units, and the roles they hold for a time."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Who may do what (the matrix is `risks.lifecycle.TABLE`)."""

    ANALYST = "analyst", _("研判员")
    DISPATCHER = "dispatcher", _("交办员")
    HANDLER = "handler", _("承办人")
    VERIFIER = "verifier", _("核查员")
    MANAGER = "manager", _("领导")
    AUDITOR = "auditor", _("审计员")
    ADMIN = "admin", _("管理员")


class Unit(models.Model):
    """责任单位. `path` is the chain of codes from the root, `/a/b/`: a unit sees every unit whose path begins with its own."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    path = models.CharField(max_length=255, unique=True)
    prefecture = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["path"]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person who works here. `username` is the text key that the ledger keeps."""

    display = models.CharField(max_length=60, blank=True)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="people")

    def __str__(self) -> str:
        return self.display or self.username


class Grant(models.Model):
    """One role held by one person; with `until` it ends by itself (delegation)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["user", "role"], name="grant_once")]

    def __str__(self) -> str:
        return f"{self.user_id}:{self.role}"
