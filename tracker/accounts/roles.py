"""Who holds which role, for how long and in which unit: given and ended by an administrator, one ledger entry each.

Nobody gives roles to themselves, so an administrator does not become the manager of what they administer; a role that is lent
has an end and ends by itself.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from tracker.accounts.actors import SYSTEM, Actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Grant, Role, Unit, User
from tracker.accounts.services import AccountRefused


@transaction.atomic
def role_give(*, user: str, role: str, by: Actor, now: datetime, reason: str, until: datetime | None = None) -> Grant:
    """Give or lend a role; with `until` it ends by itself at that moment. A role already held gets the new end."""
    row = _person(user, by, reason)
    if role not in Role.values:
        raise AccountRefused(_("没有“{role}”这个角色，可选：{all}").format(role=role, all=" ".join(Role.values)))
    if role == Role.HANDLER and row.unit is None:
        raise AccountRefused(_("承办人必须属于一个责任单位，请指定单位"))
    if until is not None and until <= now:
        raise AccountRefused(_("代理的截止时间已经过去，请另选一个"))
    if until is not None and role == Role.ADMIN:
        _another_administrator(row)
    grant, _made = Grant.objects.update_or_create(user=row, role=role, defaults={"until": until})
    _record("role.give", user, by, now, reason, role=role, until=until.isoformat() if until else "")
    return grant


@transaction.atomic
def role_end(*, user: str, role: str, by: Actor, now: datetime, reason: str) -> None:
    """Take a role back at once. The last administrator for good stays: a store nobody can administer is lost."""
    row = _person(user, by, reason)
    grant = Grant.objects.filter(user=row, role=role).first()
    if grant is None:
        raise AccountRefused(_("{name} 没有这个角色").format(name=user))
    if role == Role.ADMIN:
        _another_administrator(row)
    grant.delete()
    _record("role.end", user, by, now, reason, role=role)


@transaction.atomic
def user_move(*, user: str, unit: Unit, by: Actor, now: datetime, reason: str) -> User:
    """Put a person into another unit. What they handled in the old one stays theirs in the ledger: they never verify it."""
    row = _person(user, by, reason)
    was = row.unit.code if row.unit else ""
    row.unit = unit
    row.save(update_fields=["unit"])
    _record("user.move", user, by, now, reason, unit=unit.code, was=was)
    return row


@transaction.atomic
def user_leave(*, user: str, by: Actor, now: datetime, reason: str) -> User:
    """Close an account for good, with its sessions and keys: the name stays in the ledger and is never given to anybody else."""
    row = _person(user, by, reason)
    _another_administrator(row)
    row.is_active = False
    row.epoch += 1
    row.save(update_fields=["is_active", "epoch"])
    row.tokens.filter(revoked_at=None).update(revoked_at=now)
    _record("user.leave", user, by, now, reason)
    return row


def _person(user: str, by: Actor, reason: str) -> User:
    if not by.has(Role.ADMIN, SYSTEM):
        raise AccountRefused(_("角色和人员由管理员设置，您没有这个角色"))
    if by.username == user:
        raise AccountRefused(_("不能设置自己的角色和单位，请另一位管理员办理"))
    if not reason.strip():
        raise AccountRefused(_("请写明理由"))
    row = User.objects.select_for_update().filter(username=user, is_active=True).first()
    if row is None:
        raise AccountRefused(_("没有“{name}”这个用户，或已停用").format(name=user))
    return row


def _another_administrator(row: User) -> None:
    # Who administers for a time does not count: when that time is over, nobody would be left.
    # Every one of them is locked first and read afterwards: two administrators who remove each other at once would leave none,
    # and the statement that waited for the lock still sees the other as active.
    held = Grant.objects.filter(role=Role.ADMIN)
    list(held.select_for_update().order_by("pk").values_list("pk", flat=True))
    held = held.select_related("user")
    admins = {grant.user_id for grant in held if grant.user.is_active and grant.until is None}
    if admins == {row.pk}:
        raise AccountRefused(_("这是最后一位管理员，请先指定另一位"))


def _record(act: str, user: str, by: Actor, now: datetime, reason: str, **data: object) -> None:
    entry_append(
        act=act,
        subject=f"user:{user}",
        actor=by,
        now=now,
        reason=reason,
        data=data,
    )
