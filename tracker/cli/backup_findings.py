"""What `yidan doctor` says about backups: can they be made, when was the last one, would it hold everything."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.cli.finding import Finding

if TYPE_CHECKING:
    from tracker.env import Env

# A day's work may be lost with a nightly backup; a day more is the weekend of whoever runs it.
OLDEST = timedelta(days=2)


def backup_findings(env: Env) -> Iterator[Finding]:
    """Programs, age of the last backup, room for the snapshot of the store, the key that is not in it, the means to encrypt."""
    from tracker.backup.sealing import TOOLS
    from tracker.backup.stores import missing_program

    if sentence := missing_program(env.database):
        yield Finding(well=False, sentence=sentence)
    yield _age(env, datetime.now(UTC))
    yield from _room(env)
    if os.environ.get("YIDAN_SECRET_KEY"):
        yield Finding(well=True, sentence="YIDAN_SECRET_KEY is in no backup: keep it where the backups are not")
    able = [tool for tool in TOOLS.values() if shutil.which(tool)]
    yield Finding(well=True, sentence=f"backups can be encrypted with {' or '.join(able)}" if able else "neither age nor gpg is installed: backups cannot be encrypted here")  # fmt: skip


def _age(env: Env, now: datetime) -> Finding:
    """A store younger than that needs none yet; of an older one, none or an old one is something to mend."""
    from tracker.backup.services import last_backup
    from tracker.ledger.models import Entry

    first = Entry.objects.filter(seq=1).values_list("at", flat=True).first()
    young = first is None or now - datetime.fromisoformat(first) < OLDEST
    last = last_backup(env.home)
    if last is None:
        return Finding(young, "no backup has been made from here yet: run `yidan backup FILE` every night")
    age = now - datetime.fromisoformat(last["at"])
    return Finding(age < OLDEST, f"the last backup is {last['file']}, {age.days} days and {age.seconds // 3600} hours old" + ("" if age < OLDEST else ": run `yidan backup FILE` every night"))  # fmt: skip


def _room(env: Env) -> Iterator[Finding]:
    from tracker.backup.stores import SQLITE, kind

    if kind(env.database) != SQLITE:
        return
    size = Path(str(env.database["NAME"])).stat().st_size
    if shutil.disk_usage(env.home).free < size:
        yield Finding(
            well=False, sentence=f"a backup needs {size >> 20} MB free in {env.home} while it is made: make room"
        )
