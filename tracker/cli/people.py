"""Commands about the people who work here and the keys of their programs."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from tracker.cli.sentence import Sentence, store

if TYPE_CHECKING:
    from tracker.accounts.models import Unit

Name = Annotated[str, typer.Argument(metavar="NAME")]
Reason = Annotated[str, typer.Option("--reason", help="Kept in the ledger.")]
Role = Annotated[str, typer.Option("--role", help="analyst, dispatcher, handler, verifier, manager, auditor, admin.")]


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    command: Callable[..., None]
    user = typer.Typer(help="People who work here: add, lend and end roles, move, close accounts.")
    for name, command in (
        ("add", user_add), ("list", user_list), ("lend", user_lend), ("end", user_end), ("move", user_move),
        ("leave", user_leave), ("password", user_password), ("reset-factor", user_reset_factor),
    ):  # fmt: skip
        user.command(name)(command)
    app.add_typer(user, name="user")
    token = typer.Typer(help="Keys with which programs use the API.")
    for name, command in (("add", token_add), ("list", token_list), ("revoke", token_revoke)):
        token.command(name)(command)
    app.add_typer(token, name="token")


def user_add(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    role: Annotated[list[str], typer.Option("--role", help="May be given several times.")],
    unit: Annotated[str, typer.Option("--unit", help="Code of the unit, such as changsha.")] = "",
    display: Annotated[str, typer.Option("--display", help="The name that pages show.")] = "",
) -> None:
    """Add a user; the password is asked for, or read from standard input when that is not a terminal."""
    store()
    from django.utils import timezone

    from tracker.accounts.actors import system_actor
    from tracker.accounts.services import user_create

    at = _unit(unit)
    password = getpass.getpass(f"Password for {name}: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    user = user_create(
        username=name,
        password=password,
        roles=role,
        unit=at,
        display=display,
        by=system_actor("cli"),
        now=timezone.now(),
    )
    print(f"{user.username} added: {' '.join(sorted(set(role)))}{f' at {at.name}' if at else ''}")


def _unit(code: str) -> Unit | None:
    """The unit with `code`, None for no code; a Sentence naming the units when there is none such."""
    from tracker.accounts.models import Unit

    found = Unit.objects.filter(code=code).first() if code else None
    if code and found is None:
        codes = " ".join(Unit.objects.values_list("code", flat=True))
        raise Sentence(f"there is no unit {code!r}; the units are: {codes}")
    return found


def user_list() -> None:
    """Everybody with their unit, roles in force (and until when), and second factor."""
    store()
    from django.utils import timezone

    from tracker.accounts.models import Grant, User
    from tracker.accounts.second_factor import has_factor

    for user in User.objects.select_related("unit").order_by("username"):
        grants = Grant.objects.filter(user=user).exclude(until__lte=timezone.now()).order_by("role")
        roles = ", ".join(f"{g.role} until {g.until:%Y-%m-%d}" if g.until else g.role for g in grants)
        marks = [
            user.unit.code if user.unit else "-", roles or "no role", "second factor" if has_factor(user) else "",
            "" if user.is_active else "left",
        ]  # fmt: skip
        print(f"{user.username:<16}{'  '.join(filter(None, marks))}")


def user_lend(
    name: Name,
    role: Role,
    reason: Reason,
    until: Annotated[str, typer.Option("--until", help="Last day, such as 2026-12-31; without it for good.")] = "",
) -> None:
    """Give a role, or lend it up to the end of a day."""
    store()
    from django.utils import timezone

    from tracker.accounts.actors import system_actor
    from tracker.accounts.roles import role_give
    from tracker.risks.clocks import SHANGHAI

    end = datetime.combine(_day(until), datetime.min.time(), SHANGHAI) + timedelta(days=1) if until else None
    role_give(user=name, role=role, by=system_actor("cli"), now=timezone.now(), reason=reason, until=end)
    print(f"{name} is {role}{f' until the end of {until}' if until else ''}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Sentence(f"{text!r} is not a day: write it as 2026-12-31.") from error


def user_end(name: Name, role: Role, reason: Reason) -> None:
    """Take a role back at once."""
    store()
    from django.utils import timezone

    from tracker.accounts.actors import system_actor
    from tracker.accounts.roles import role_end

    role_end(user=name, role=role, by=system_actor("cli"), now=timezone.now(), reason=reason)
    print(f"{name} is no longer {role}")


def user_move(
    name: Name, unit: Annotated[str, typer.Option("--unit", help="Code of the unit.")], reason: Reason
) -> None:
    """Put somebody into another unit; what they handled in the old one they never verify."""
    store()
    from django.utils import timezone

    from tracker.accounts import roles
    from tracker.accounts.actors import system_actor

    at = _unit(unit)
    if at is None:
        raise Sentence("name the unit with --unit CODE.")
    roles.user_move(user=name, unit=at, by=system_actor("cli"), now=timezone.now(), reason=reason)
    print(f"{name} is at {at.name}")


def user_leave(name: Name, reason: Reason) -> None:
    """Close an account with its sessions and keys; the name stays in the ledger and is never given again."""
    store()
    from django.utils import timezone

    from tracker.accounts import roles
    from tracker.accounts.actors import system_actor

    roles.user_leave(user=name, by=system_actor("cli"), now=timezone.now(), reason=reason)
    print(f"{name} has left")


def user_password(name: Name, reason: Reason) -> None:
    """Set a new password for somebody who lost theirs; printed once, to be changed at the first login."""
    store()
    from django.utils import timezone

    from tracker.accounts.actors import system_actor
    from tracker.accounts.passwords import password_set

    text = password_set(user=name, by=system_actor("cli"), now=timezone.now(), reason=reason)
    print(f"password of {name}, to be changed at the first login: {text}")


def user_reset_factor(name: Name, reason: Reason) -> None:
    """Take somebody's authenticator out of use, because the phone is lost."""
    store()
    from django.utils import timezone

    from tracker.accounts.actors import system_actor
    from tracker.accounts.second_factor import factor_reset

    factor_reset(user=name, by=system_actor("cli"), now=timezone.now(), reason=reason)
    print(f"{name} sets up a new authenticator at the next login")


def token_add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The program it is for.")],
    user: Annotated[str, typer.Option("--user", help="In whose name the program acts.")],
    role: Annotated[list[str], typer.Option("--role", help="Of those the user holds; may be given several times.")],
    unit: Annotated[str, typer.Option("--unit", help="See this unit's subtree only.")] = "",
    days: Annotated[int, typer.Option("--days", min=1, max=365, help="How long it is good.")] = 90,
) -> None:
    """Make a key; it is printed this once and kept only as a hash."""
    store()
    from django.utils import timezone

    from tracker.accounts.actors import system_actor
    from tracker.accounts.tokens import token_make

    now = timezone.now()
    row, text = token_make(
        user=user, name=name, roles=role, unit=_unit(unit), until=now + timedelta(days=days), by=system_actor("cli"), now=now
    )  # fmt: skip
    print(f"key {row.pk} of {user} until {row.expires_at:%Y-%m-%d}: {text}")


def token_list() -> None:
    """Every key in force: number, beginning, whose, which roles, until when, last used."""
    store()
    from django.utils import timezone

    from tracker.accounts.models import Token

    for row in Token.objects.filter(revoked_at=None, expires_at__gt=timezone.now()).select_related("user", "unit"):
        used = f"last used {row.used_at:%Y-%m-%d}" if row.used_at else "never used"
        where = f" at {row.unit.code}" if row.unit else ""
        print(
            f"{row.pk:<5}{row.hint}…  {row.user.username}: {row.roles}{where}  until {row.expires_at:%Y-%m-%d}  {used}  {row.name}"
        )


def token_revoke(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="As `yidan token list` shows it.")],
) -> None:
    """End a key at once."""
    store()
    from django.utils import timezone

    from tracker.accounts import tokens
    from tracker.accounts.actors import system_actor

    tokens.token_revoke(token=number, by=system_actor("cli"), now=timezone.now())
    print(f"key {number} is revoked")
