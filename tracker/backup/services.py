"""Take a backup, look at one, restore one.

The order of what is read makes it consistent without stopping anything: first what each source has shown, then the spool, then the
store, then the files. A post sealed meanwhile is in a later part, or is fetched again; a batch taken in meanwhile is in two parts,
and intake takes it once; a file is written before the row that names it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tracker.backup import stores
from tracker.backup.archive import Writer, unpack
from tracker.backup.errors import BackupRefused
from tracker.backup.sealing import opened, sealed
from tracker.env import Env

_BEFORE = ("state", "spool")
_AFTER = ("files", "papers", "models", "catalogue", "templates")
_SINGLE = ("secret.key", "demo.json")
_NEVER = "state/voices/"  # keys that are destroyed after their week must not live on in a backup
_PASSING = (".part", ".lock", "-wal", "-shm", "-journal")
LAST = "last-backup.json"
_STAGING = ".restoring"
_READ = "read-whole.json"
_SNAPSHOTS = ".backup.part"

OnProgress = Callable[[int], None]
Record = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A backup: how many members and bytes, the sha256 of the file, and where the ledger stood in it."""

    members: int
    size: int
    sha256: str
    seq: int
    head: str


def backup_make(
    *,
    env: Env,
    path: Path,
    now: datetime,
    to: str = "",
    key: Path | None = None,
    on_progress: OnProgress = lambda _done: None,
    record: Record = lambda _members: None,
) -> Made:
    """Everything that `env` is, into a new file at `path` (mode 0600): whole or not at all, while the installation works.

    `to` and `key` say for whom it is encrypted, see `sealing`. `record` is told how many members it has before it gets its name,
    so that none is there which was not written down. BackupRefused when `path` exists or something cannot be read.
    """
    if path.exists():
        raise BackupRefused(f"{path} exists: choose another name, a backup never overwrites one.")
    part = path.with_name(path.name + ".part")
    with _alone(env.home) as snapshots:
        part.unlink(missing_ok=True)
        try:
            with sealed(path, part, to, key) as out, Writer(out, on_progress) as writer:
                seq, head = _write(env, writer, snapshots, now)
            record(len(writer.members))
            _durable(part, path)
        finally:
            part.unlink(missing_ok=True)
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    _remember(env.home, {"at": now.isoformat(), "file": str(path.resolve()), "sha256": digest, "seq": seq})
    return Made(len(writer.members), path.stat().st_size, digest, seq, head)


def _write(env: Env, writer: Writer, snapshots: Path, now: datetime) -> tuple[int, str]:
    for folder in _BEFORE:
        _add_folder(writer, env.home, folder, snapshots)
    store = snapshots / stores.kind(env.database)
    seq, head = stores.snapshot(env.database, store)
    writer.add(store.name, store)
    store.unlink()
    for folder in _AFTER:
        _add_folder(writer, env.home, folder, snapshots)
    for name in _SINGLE:
        writer.add(name, env.home / name)
    writer.close(
        {
            "yidan": version("yidan"),
            "made_at": now.isoformat(),
            "store": store.name,
            "ledger": {"seq": seq, "hash": head},
        }
    )
    return seq, head


def _add_folder(writer: Writer, home: Path, folder: str, snapshots: Path) -> None:
    for path in sorted((home / folder).rglob("*")):
        if path.name.endswith(_PASSING) or path.is_symlink() or not path.is_file():
            continue
        name = path.relative_to(home).as_posix()
        if name.startswith(_NEVER):
            continue
        if path.suffix == ".sqlite3":
            copy = snapshots / path.name
            stores.copy_database(path, copy)
            writer.add(name, copy)
            copy.unlink()
        else:
            writer.add(name, path)


@contextmanager
def _alone(home: Path) -> Iterator[Path]:
    """One backup of a home at a time, with a folder of its own for snapshots; what a killed one left there goes first."""
    with (home / "backup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupRefused(f"a backup of {home} is being made already: wait for it.") from error
        snapshots = home / _SNAPSHOTS
        shutil.rmtree(snapshots, ignore_errors=True)
        snapshots.mkdir(mode=0o700)
        try:
            yield snapshots
        finally:
            shutil.rmtree(snapshots, ignore_errors=True)


def _durable(part: Path, path: Path) -> None:
    for place, flags in ((part, os.O_RDWR), (path.parent, os.O_RDONLY)):
        if place is not part:
            part.rename(path)
        handle = os.open(place, flags)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remember(home: Path, what: Mapping[str, object]) -> None:
    part = home / f"{LAST}.part"
    part.write_text(json.dumps(what), encoding="utf-8")
    part.replace(home / LAST)


def last_backup(home: Path) -> dict[str, Any] | None:
    """What the last backup made here was, or None when there was none."""
    try:
        found: dict[str, Any] = json.loads((home / LAST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def backup_check(
    *, path: Path, key: Path | None = None, on_progress: OnProgress = lambda _done: None
) -> dict[str, Any]:
    """Read the whole backup and hold it against its manifest, which is returned; writes nothing."""
    with opened(path, key) as source:
        return unpack(source, None, on_progress)


def backup_restore(
    *, env: Env, path: Path, key: Path | None = None, on_progress: OnProgress = lambda _done: None
) -> dict[str, Any]:
    """Put the backup into the empty home and store of `env`; returns its manifest.

    Refused where there is anything already. Nothing is in its place before the whole backup has been read and agrees with its
    manifest; one that was interrupted is begun anew. Whoever calls verifies the ledger next.
    """
    staging = env.home / _STAGING
    if (staging / _READ).exists():
        manifest = _same(staging / _READ, backup_check(path=path, key=key, on_progress=on_progress))
    else:
        _refuse_filled(env, staging)
        manifest = _unpacked(env, staging, path, key, on_progress)
    _settle(env, staging)
    return manifest


def _unpacked(env: Env, staging: Path, path: Path, key: Path | None, on_progress: OnProgress) -> dict[str, Any]:
    """The whole backup in `staging`, and the store of PostgreSQL loaded; a mark there says that all of it was read and agrees."""
    staging.mkdir(parents=True, mode=0o700)
    try:
        with opened(path, key) as source:
            manifest = unpack(source, staging, on_progress)
        wanted = _fits(env, manifest)
        stores.load(env.database, staging / wanted)
        (staging / _READ).write_text(json.dumps(manifest), encoding="utf-8")
    except BaseException:
        shutil.rmtree(staging)
        raise
    return manifest


def _fits(env: Env, manifest: Mapping[str, Any]) -> str:
    wanted = stores.kind(env.database)
    if manifest.get("store") != wanted:
        raise BackupRefused(
            f"the backup holds {manifest.get('store')}, but DATABASE_URL needs {wanted}: name a store of the same kind."
        )
    return wanted


def _same(mark: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    if json.loads(mark.read_text(encoding="utf-8")) != manifest:
        raise BackupRefused(
            f"the restore of another backup was interrupted here: remove {mark.parent.parent} and begin anew."
        )
    return manifest


def _settle(env: Env, staging: Path) -> None:
    """Everything from `staging` to its place, the store last; what was moved before an interruption is not there any more."""
    store = staging / stores.SQLITE
    for child in staging.iterdir():
        if child.name not in (_READ, store.name):
            child.rename(env.home / child.name)
    if store.exists():
        shutil.move(store, Path(str(env.database["NAME"])))
    os.sync()
    (staging / _READ).unlink()
    staging.rmdir()


def _refuse_filled(env: Env, staging: Path) -> None:
    # What the command line leaves of an earlier failure is no data.
    passed = {staging.name, "last-error.txt"}
    if env.home.is_dir() and (there := sorted(p.name for p in env.home.iterdir() if p.name not in passed)):
        raise BackupRefused(f"{env.home} is not empty (it has {there[0]}): restore into a new YIDAN_HOME.")
    stores.refuse_filled(env.database)
    if staging.exists():
        shutil.rmtree(staging)
