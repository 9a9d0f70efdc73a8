"""The demo's people and sources: one account for every role, a handler for every unit, two sources on the embedded board."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import transaction

from tracker.accounts.actors import system_actor
from tracker.accounts.models import Role, Unit, User
from tracker.accounts.services import user_create

PASSWORD = "yidan-demo-1"  # noqa: S105 - the demo listens on loopback only and prints it
CATALOGUE = Path(__file__).with_name("catalogue")


@dataclass(frozen=True, slots=True)
class Account:
    """One demo account: name to log in with, what the page calls it, its role and its unit's code."""

    username: str
    display: str
    role: Role
    unit: str


ACCOUNTS = (
    Account("analyst", "研判员小周（演示）", Role.ANALYST, "hn"),
    Account("dispatcher", "交办员老秦（演示）", Role.DISPATCHER, "hn"),
    Account("handler", "承办人小谭（演示，长沙）", Role.HANDLER, "changsha"),
    Account("verifier", "核查员老彭（演示）", Role.VERIFIER, "hn"),
    Account("manager", "领导（演示）", Role.MANAGER, "hn"),
    Account("auditor", "审计员（演示）", Role.AUDITOR, "hn"),
    Account("admin", "管理员（演示）", Role.ADMIN, "hn"),
)


@transaction.atomic
def accounts_seed(now: datetime) -> None:
    """Make the demo's accounts that do not exist yet, and one handler for each unit that has none."""
    units = {unit.code: unit for unit in Unit.objects.all()}
    others = [
        Account(f"handler-{code}", f"{unit.name}承办人（演示）", Role.HANDLER, code)
        for code, unit in units.items()
        if code not in ("hn", "changsha")
    ]
    there = set(User.objects.values_list("username", flat=True))
    missing = [account for account in (*ACCOUNTS, *others) if account.username not in there]
    for account in missing:
        user_create(
            username=account.username,
            password=None,
            roles=[account.role],
            unit=units[account.unit],
            display=account.display,
            by=system_actor("demo"),
            now=now,
        )
    # Hashed once: it is one password for all, and a hash is slow on purpose.
    User.objects.filter(username__in=[a.username for a in missing]).update(password=make_password(PASSWORD))


def catalogue_write(folder: Path, url: str) -> None:
    """Put the demo's sources into `folder`, pointing at the board's `url`; each file whole or not at all."""
    for template in sorted(CATALOGUE.glob("*.toml")):
        part = folder / f"{template.name}.part"
        part.write_text(template.read_text(encoding="utf-8").replace("http://127.0.0.1:0", url), encoding="utf-8")
        part.replace(folder / template.name)


def beginning(home: Path, now: datetime) -> datetime:
    """When this demo was first started: kept, so that the same posts have the same times after a restart."""
    path = home / "demo.json"
    try:
        return datetime.fromisoformat(json.loads(path.read_text(encoding="ascii"))["start"])
    except (FileNotFoundError, ValueError, KeyError):
        part = path.with_suffix(".part")
        part.write_text(json.dumps({"start": now.astimezone(UTC).isoformat()}), encoding="ascii")
        os.replace(part, path)  # noqa: PTH105 - the pair of names reads better so
        return now
