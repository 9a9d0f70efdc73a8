"""What, outside of the program, stopped it: a full disk, a store that is read-only, busy or gone. For whoever has to say so.

An outage is no defect: nothing was written by half, the same step can be done again, and an operator can do something about it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from enum import Enum

import psycopg
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.utils.translation import gettext as _

_ROOM = 1 << 20  # bytes; with less a store is not opened
RETRY = "30"  # seconds after which a program or a browser may ask again


class Outage(Enum):
    """What is the matter."""

    FULL = "full"
    READ_ONLY = "read-only"
    BUSY = "busy"
    GONE = "gone"


_NUMBERS = {errno.ENOSPC: Outage.FULL, errno.EDQUOT: Outage.FULL, errno.EROFS: Outage.READ_ONLY}
# SQLite tells by words only.
_WORDS = {
    "disk is full": Outage.FULL,
    "readonly database": Outage.READ_ONLY,
    "database is locked": Outage.BUSY,
    "unable to open database file": Outage.GONE,
    "disk i/o error": Outage.GONE,
}
_PSYCOPG: tuple[tuple[type[psycopg.Error], Outage], ...] = (
    (psycopg.errors.DiskFull, Outage.FULL),
    (psycopg.errors.ReadOnlySqlTransaction, Outage.READ_ONLY),
    (psycopg.errors.LockNotAvailable, Outage.BUSY),
    (psycopg.errors.TooManyConnections, Outage.BUSY),
    (psycopg.errors.AdminShutdown, Outage.GONE),
    (psycopg.errors.CrashShutdown, Outage.GONE),
    (psycopg.errors.CannotConnectNow, Outage.GONE),
)


def outage(error: BaseException | None) -> Outage | None:
    """The outage that `error` comes from, itself or by what it was raised from; None for anything else."""
    return next((found for one in _chain(error) if (found := _of(one))), None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _of(error: BaseException) -> Outage | None:
    if isinstance(error, OSError):
        return _NUMBERS.get(error.errno or 0)
    if isinstance(error, psycopg.Error):
        return _of_psycopg(error)
    if isinstance(error, DatabaseError | InterfaceError):
        text = str(error).lower()
        named = next((found for words, found in _WORDS.items() if words in text), None)
        return (_of_disk() or named) if named is Outage.GONE else named
    return None


def _of_disk() -> Outage | None:
    """What is wrong with the disk of the home: SQLite cannot open its store on one that is full or read-only, and says no more than that."""
    try:
        disk = os.statvfs(settings.ENV.home)
    except OSError:
        return None
    if disk.f_flag & os.ST_RDONLY:
        return Outage.READ_ONLY
    return Outage.FULL if disk.f_bavail * disk.f_frsize < _ROOM else None


def _of_psycopg(error: psycopg.Error) -> Outage | None:
    named = next((found for kind, found in _PSYCOPG if isinstance(error, kind)), None)
    # A server that is not there gives no state: the line broke before it could say anything.
    lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and not error.sqlstate
    return named or (Outage.GONE if lost else None)


def sentence(found: Outage) -> str:
    """What the person reads about an outage."""
    return {
        Outage.FULL: _("服务器的磁盘满了，没有写入任何内容。请告诉管理员；腾出空间后再做一次即可。"),
        Outage.READ_ONLY: _("服务器现在只能读不能写，没有写入任何内容。请告诉管理员；恢复后再做一次即可。"),
        Outage.BUSY: _("系统正忙，没有写入任何内容。请过一会儿再做一次。"),
        Outage.GONE: _("数据库暂时连不上，没有写入任何内容。请过几分钟再做一次；一直这样请告诉管理员。"),
    }[found]
