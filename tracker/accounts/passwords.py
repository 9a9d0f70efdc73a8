"""Passwords and sessions: changed by the person, or set for somebody by an administrator and then to be changed at once.

Every change ends all other sessions of the person, and is one ledger entry without the password.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from tracker.accounts.actors import SYSTEM, Actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Role, User
from tracker.accounts.services import AccountRefused, strong


@transaction.atomic
def password_change(*, user: User, old: str, new: str, actor: Actor, now: datetime) -> User:
    """The person's own change; the old password proves that it is they who sit there."""
    if not user.check_password(old):
        raise AccountRefused(_("当前密码不对"))
    if old == new:
        raise AccountRefused(_("新密码不能与现在的相同"))
    return _set(user, new, actor, now, must_change=False)


@transaction.atomic
def password_set(*, user: str, by: Actor, now: datetime, reason: str, password: str | None = None) -> str:
    """A password for somebody who has lost theirs, to be changed at the first login; returns it, shown once."""
    if not by.has(Role.ADMIN, SYSTEM) or by.username == user:
        raise AccountRefused(_("忘了密码由另一位管理员重设；改自己的密码请到“我的账号”"))
    if not reason.strip():
        raise AccountRefused(_("请写明理由"))
    row = User.objects.select_for_update().filter(username=user, is_active=True).first()
    if row is None:
        raise AccountRefused(_("没有“{name}”这个用户，或已停用").format(name=user))
    text = password or secrets.token_urlsafe(12)
    _set(row, text, by, now, must_change=True, reason=reason)
    return text


@transaction.atomic
def sessions_end(*, user: User, actor: Actor, now: datetime) -> User:
    """End every session of a person, wherever it is open; their own doing, or an administrator's."""
    if actor.username != user.username and not actor.has(Role.ADMIN, SYSTEM):
        raise AccountRefused(_("只能退出自己的登录"))
    User.objects.filter(pk=user.pk).update(epoch=F("epoch") + 1)
    entry_append(act="sessions.end", subject=f"user:{user.username}", actor=actor, now=now)
    user.refresh_from_db()
    return user


def _set(user: User, password: str, actor: Actor, now: datetime, *, must_change: bool, reason: str = "") -> User:
    strong(password, user)
    user.set_password(password)
    user.must_change = must_change
    user.save(update_fields=["password", "must_change"])
    entry_append(act="password.set", subject=f"user:{user.username}", actor=actor, now=now, reason=reason)
    return user
