"""One leader: of all processes that could start jobs, exactly one does, and another takes over when it is gone.

On PostgreSQL whoever holds an advisory lock on a connection of its own leads; the server frees it when that connection ends, within a
moment of a kill -9 and within seconds of a machine that falls silent. A lock alone does not stop a leader that was only asleep:
so every term has a number, each start of a job names the number of its term to the store, and an old one is refused there. On SQLite
there is one machine, and `yidan up` holds a file lock; the terms are counted all the same.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import psycopg
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import F

from tracker.jobs.models import Term

log = logging.getLogger("yidan.jobs")
# The key of the lock: "yidan" and a number, so that no other program of this database means it.
KEY = 0x796964616E_01
LOOK_EVERY = 1.0  # seconds between two looks of a standby at the lock, and of the leader at its own connection
# A machine that fell silent is given up by the server after 2 + 3 × 1 seconds.
_SILENCE = "-c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3"


class Deposed(Exception):
    """A later term has begun: what it was about to start is started by another."""


def term_begin(*, now: datetime) -> int:
    """The number of a new term, higher than every earlier one."""
    with transaction.atomic():
        Term.objects.get_or_create(pk=1, defaults={"number": 0, "since": now, "seen_at": now})
        Term.objects.filter(pk=1).update(number=F("number") + 1, since=now, seen_at=now)
        return Term.objects.values_list("number", flat=True).get(pk=1)


def term_hold(*, number: int, now: datetime) -> None:
    """Say to the store that the term `number` acts now; Deposed when a later one has begun."""
    if not Term.objects.filter(pk=1, number=number).update(seen_at=now):
        raise Deposed(f"term {number} is over: another process leads")


class _Lock:
    """The advisory lock on a connection that does nothing else."""

    def __init__(self) -> None:
        self._db: psycopg.Connection | None = None

    def take(self) -> bool:
        """True when the lock is ours now."""
        with suppress(psycopg.Error):
            if self._db is None:
                given = connection.get_connection_params()
                kept = {key: given[key] for key in ("host", "port", "user", "password", "dbname") if given.get(key)}
                self._db = psycopg.connect(**kept, autocommit=True, connect_timeout=3, options=_SILENCE)
            row = self._db.execute("SELECT pg_try_advisory_lock(%s)", (KEY,)).fetchone()
            return bool(row and row[0])
        self.drop()
        return False

    def held(self) -> bool:
        """True while the connection that holds the lock lives."""
        with suppress(psycopg.Error):
            if self._db is not None:
                self._db.execute("SELECT 1")
                return True
        return False

    def drop(self) -> None:
        """Close the connection, and with it free the lock."""
        if self._db is not None:
            with suppress(psycopg.Error):
                self._db.close()
            self._db = None


class Leadership:
    """Waits in a thread of its own to lead; then calls `begin` with the number of the term, and `end` when the term is over."""

    def __init__(self, begin: Callable[[int], None], end: Callable[[], None]) -> None:
        self._begin, self._end = begin, end
        self._lock = _Lock() if connection.vendor == "postgresql" else None
        self._leading = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="leader", daemon=True)

    def start(self) -> None:
        """Begin to wait; alone on its store, a process leads before this returns."""
        if self._lock is None or self._lock.take():
            self._lead()
        if self._lock is not None:
            self._thread.start()

    def close(self) -> None:
        """End the term, if this process leads, and let the next one begin at once."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self._give_up()

    def _lead(self) -> None:
        number = term_begin(now=datetime.now(UTC))
        log.info("this process leads: term %d", number)
        self._begin(number)
        self._leading = True

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            try:
                self._look()
            except DatabaseError:
                log.warning("the store does not answer: nobody is known to lead", exc_info=True)
                self._give_up()
            finally:
                close_old_connections()

    def _look(self) -> None:
        if self._lock is None:
            return
        if self._leading and not self._lock.held():
            self._give_up()
        if not self._leading and self._lock.take():
            self._lead()

    def _give_up(self) -> None:
        if self._leading:
            log.info("this process leads no longer")
            self._leading = False
            self._end()
        if self._lock is not None:
            self._lock.drop()
