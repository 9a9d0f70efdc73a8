"""Keys for programs: made with some of one's own roles, hashed at rest, ending by themselves, revocable at once.

A person makes keys for themselves only: an administrator who could make one for a manager could act under the manager's name.
A key never gives more than the person has at the moment of its use: roles that have ended, ended for the key too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from tracker.accounts.actors import SYSTEM, Actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Role, Token, Unit, User
from tracker.accounts.selectors import actor_of, roles_of
from tracker.accounts.services import AccountRefused

PREFIX: Final = "yd_"
LONGEST: Final = timedelta(days=366)
# A key in use writes its last use once an hour, not at every request.
NOTED_EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Which key, and who it speaks for."""

    token: int
    actor: Actor


@transaction.atomic
def token_make(
    *, user: str, name: str, roles: Iterable[str], until: datetime, by: Actor, now: datetime, unit: Unit | None = None
) -> tuple[Token, str]:
    """A key for `user` with `roles`, all of which they hold, seeing no more than `unit`; returns it and its text, shown once."""
    person = User.objects.select_related("unit").filter(username=user, is_active=True).first()
    if person is None:
        raise AccountRefused(_("没有“{name}”这个用户，或已停用").format(name=user))
    if by.username != user and not by.has(SYSTEM):
        raise AccountRefused(_("密钥只能由本人建立：用别人的密钥，就是以别人的名义办事"))
    wanted = sorted(set(roles))
    if not wanted or not roles_of(person, now).issuperset(wanted):
        raise AccountRefused(_("密钥的角色须是本人现有的角色，至少一个"))
    held = roles_of(person, now)
    own = person.unit.path if person.unit else ""
    if unit and held == {Role.HANDLER} and not unit.path.startswith(own or "?"):
        raise AccountRefused(_("密钥的单位须在本人单位之内"))
    return _make(Token(user=person, roles=",".join(wanted), unit=unit), name, until, by, now)


def _make(token: Token, name: str, until: datetime, by: Actor, now: datetime) -> tuple[Token, str]:
    if not name.strip() or len(name) > 80 or "\x00" in name:  # noqa: PLR2004 - the column's length
        raise AccountRefused(_("请给密钥起一个名字，说明给哪个程序用（80 字以内）"))
    if not now < until <= now + LONGEST:
        raise AccountRefused(_("密钥的截止时间须在今后一年之内"))
    text = PREFIX + token_urlsafe(32)
    token.name, token.digest, token.hint = name.strip(), _digest(text), text[:8]
    token.made_by, token.made_at, token.expires_at = by.username, now, until
    token.save()
    data = {"name": token.name, "roles": token.roles, "until": until.isoformat()}
    data["unit"] = token.unit.code if token.unit else ""
    entry_append(act="token.make", subject=f"token:{token.pk}", actor=by, now=now, data=data)
    return token, text


@transaction.atomic
def token_revoke(*, token: int, by: Actor, now: datetime) -> Token:
    """End a key at once: its person, or an administrator."""
    row = Token.objects.select_for_update(of=("self",)).select_related("user").filter(pk=token).first()
    if row is None or not (row.user.username == by.username or by.has(Role.ADMIN, SYSTEM)):
        raise AccountRefused(_("没有这个密钥"))
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        entry_append(act="token.revoke", subject=f"token:{row.pk}", actor=by, now=now, data={"name": row.name})
    return row


def bearer(text: str, now: datetime) -> Bearer | None:
    """Who the key `text` speaks for now; None when it is unknown, over, revoked, or its person has left."""
    row = (
        Token.objects.select_related("user__unit", "unit")
        .filter(digest=_digest(text), revoked_at=None, expires_at__gt=now, user__is_active=True)
        .first()
    )
    if row is None:
        return None
    if row.used_at is None or now - row.used_at > NOTED_EVERY:
        Token.objects.filter(pk=row.pk).update(used_at=now)
    scope = row.unit.path if row.unit else ""
    return Bearer(row.pk, actor_of(row.user, now, only=row.roles.split(","), scope=scope))


def _digest(text: str) -> str:
    """No salt: the text has 256 random bits, so there is nothing to guess."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()
