"""Making units and users; each is one ledger entry, and a password never reaches it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tracker.accounts.actors import SYSTEM, Actor, system_actor
from tracker.accounts.entries import entry_append
from tracker.accounts.models import Grant, Role, Unit, User
from tracker.ledger.services import ledger_hold

SHIPPED_UNITS = Path(__file__).with_name("data") / "units.toml"
MAX_USERNAME = 150


class AccountRefused(ValueError):
    """A unit or user cannot be made; the message is the sentence."""


@transaction.atomic
def unit_create(
    *, code: str, name: str, by: Actor, now: datetime, parent: Unit | None = None, prefecture: str = ""
) -> Unit:
    """A unit under `parent` (None: a root).

    AccountRefused on a code that is taken or is no plain word: codes are the steps of the path that scoping compares, so a slash
    or another case of a code in use would open a foreign subtree.
    """
    _administer(by)
    try:
        validate_slug(code)
    except ValidationError as error:
        raise AccountRefused(_("单位代码“{code}”只能用英文字母、数字、- 和 _").format(code=code)) from error
    taken = AccountRefused(_("单位代码 {code} 已存在，请换一个代码").format(code=code))
    ledger_hold()  # the store's constraint knows the same code, but not another case of it
    if Unit.objects.filter(code__iexact=code).exists():
        raise taken
    path = f"{parent.path if parent else '/'}{code}/"
    if not name.strip() or len(name) > 80 or len(path) > 255:  # noqa: PLR2004 - the columns' lengths
        raise AccountRefused(_("请写单位名称（80 字以内），层级也不能太深"))
    with _first(taken):
        unit = Unit.objects.create(code=code, name=name, parent=parent, path=path, prefecture=prefecture)
    _record("unit.create", f"unit:{code}", by, now, {"name": name, "path": path})
    return unit


@transaction.atomic
def user_create(
    *,
    username: str,
    password: str | None,
    roles: Iterable[str],
    by: Actor,
    now: datetime,
    unit: Unit | None = None,
    display: str = "",
) -> User:
    """A user with `roles`; AccountRefused on an unknown role, a taken name, a weak password or a handler without a unit.

    Without a password the user cannot log in until one is set.
    """
    _administer(by)
    _username(username)
    roles = sorted(set(roles))
    if unknown := [role for role in roles if role not in Role.values]:
        raise AccountRefused(_("没有“{role}”这个角色，可选：{all}").format(role=unknown[0], all=" ".join(Role.values)))
    if Role.HANDLER in roles and unit is None:
        raise AccountRefused(_("承办人必须属于一个责任单位，请指定单位"))
    taken = AccountRefused(_("用户名 {name} 已存在，请换一个用户名").format(name=username))
    ledger_hold()
    if User.objects.filter(username__iexact=username).exists():
        raise taken
    user = User(username=username, unit=unit, display=display or username)
    if password is not None:
        strong(password, user)
    user.set_password(password)
    with _first(taken):
        user.save()
    Grant.objects.bulk_create(Grant(user=user, role=role) for role in roles)
    _record("user.create", f"user:{username}", by, now, {"roles": roles, "unit": unit.code if unit else ""})
    return user


def strong(password: str, user: User) -> None:
    """AccountRefused, with the rules it breaks, unless `password` will do for `user`."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise AccountRefused(" ".join(error.messages)) from error


def units_load(*, now: datetime, path: Path = SHIPPED_UNITS) -> int:
    """The shipped tree of units into a store that has none; returns how many were made."""
    if Unit.objects.exists():
        return 0
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["unit"]
    made: dict[str, Unit] = {}
    with transaction.atomic():
        for row in rows:
            made[row["code"]] = unit_create(
                code=row["code"],
                name=row["name"],
                parent=made.get(row.get("parent", "")),
                prefecture=row.get("prefecture", ""),
                by=system_actor("setup"),
                now=now,
            )
    return len(made)


@contextmanager
def _first(taken: AccountRefused) -> Iterator[None]:
    """Raise `taken` when another connection was faster by a moment: the store's own constraint has the last word."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise taken from error


def _administer(by: Actor) -> None:
    if not by.has(Role.ADMIN, SYSTEM):
        raise AccountRefused(_("单位和用户由管理员设置，您没有这个角色"))


def _username(username: str) -> None:
    """The ledger knows people by this text for ever: no white space, no sign that the machine's own names have."""
    try:
        User.username_validator(username)
    except ValidationError as error:
        raise AccountRefused(_("用户名“{name}”只能用文字、数字和 @ . + - _").format(name=username)) from error
    if username.casefold() == SYSTEM or len(username) > MAX_USERNAME:
        raise AccountRefused(_("用户名“{name}”不能使用，请换一个用户名").format(name=username[:40]))


def _record(act: str, subject: str, by: Actor, now: datetime, data: dict[str, object]) -> None:
    entry_append(act=act, subject=subject, actor=by, now=now, data=data)
