"""Units in a tree, people in units, and the roles they hold for a time."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac
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
    """A person who works here. `username` is the text key that the ledger keeps.

    `epoch` counts how often all sessions were ended at once; `must_change` marks a password that somebody else has set.
    """

    display = models.CharField(max_length=60, blank=True)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="people")
    epoch = models.PositiveIntegerField(default=0)
    must_change = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.display or self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's, with the epoch: a session from before it holds no longer."""
        key_salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        told = f"{self.password}{self.epoch or ''}"
        return salted_hmac(key_salt, told, secret=secret, algorithm="sha256").hexdigest()


class Grant(models.Model):
    """One role held by one person; with `until` it ends by itself (delegation)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[Any]] = [models.UniqueConstraint(fields=["user", "role"], name="grant_once")]

    def __str__(self) -> str:
        return f"{self.user_id}:{self.role}"


class Token(models.Model):
    """A key for a person's programs, with some of their roles; `unit` narrows what is seen with it.

    The key itself is shown once and never stored; `hint` is its beginning, to tell keys apart.
    """

    name = models.CharField(max_length=80)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    roles = models.CharField(max_length=120)
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+")
    hint = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.hint}… {self.name}"


class SecondFactor(models.Model):
    """The authenticator of one person. `secret` is encrypted with a key made of SECRET_KEY; `last_step` bars a code's second use."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="factor")
    secret = models.TextField()
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=-1)
    failures = models.PositiveSmallIntegerField(default=0)
    failed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user_id}: {'in use' if self.confirmed_at else 'not confirmed'}"


class RecoveryCode(models.Model):
    """One way in without the authenticator, good once; hashed, because whoever reads the store must not get in."""

    factor = models.ForeignKey(SecondFactor, on_delete=models.CASCADE, related_name="codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.factor_id}: {'used' if self.used_at else 'unused'}"
