"""Where work runs: a `concurrent.futures` executor, whichever it is.

Embedded (`YIDAN_ENGINE=local`) that is a pool of processes on this machine; `dask://HOST:PORT` is a Dask cluster through the same
face. Tasks go in by name and text. Whatever fails below a task (a worker killed, a scheduler restarted, the line cut) the task is
done again, perhaps twice at once: every task is written so that this changes nothing.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, Protocol

from tracker.env import EnvironmentUnusable
from tracker.jobs.lifeline import follow_parent

if TYPE_CHECKING:
    from distributed import Client

log = logging.getLogger("yidan.jobs")
# So many units of work wait at the executor for each that is worked on: enough to keep workers busy, little to lose.
_AHEAD = 4


def _prepare_worker() -> None:
    """Runs first in each local worker: Django, and Ctrl-C left to the parent, which stops workers in order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    follow_parent()
    _ready()


def _ready() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()


def _perform(task: str, argument: str) -> bool:
    _ready()
    from tracker.jobs.tasks import perform

    return perform(task, argument)


class Backend(Protocol):
    """A way to get an executor, and what it raises when not the task but what is below it has failed."""

    lost: tuple[type[Exception], ...]
    workers: int

    def open(self) -> Executor:
        """A new executor."""

    def close(self, pool: Executor, *, wait: bool) -> None:
        """Give up `pool` and all that was opened for it; with `wait`, where that can be had, the running task ends first."""


class LocalPool:
    """Processes of this machine, started fresh (spawn): each holds the model, and the one that takes in the index of events."""

    lost: tuple[type[Exception], ...] = (BrokenProcessPool,)

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers

    def open(self) -> Executor:
        """A pool whose workers end when this process does."""
        return ProcessPoolExecutor(self.workers, mp_context=get_context("spawn"), initializer=_prepare_worker)

    def close(self, pool: Executor, *, wait: bool) -> None:
        """What waits is dropped."""
        pool.shutdown(wait=wait, cancel_futures=True)


class DaskCluster:
    """A Dask scheduler at `address` and its workers, which have this program, its home and its store: see docs/scale.md."""

    PATIENCE = 10.0  # seconds until a scheduler that does not answer counts as absent

    def __init__(self, address: str) -> None:
        try:
            from distributed import KilledWorker
            from distributed.comm.core import CommClosedError
        except ImportError as error:
            raise EnvironmentUnusable(
                "YIDAN_ENGINE names a Dask cluster, but Dask is not installed: install yidan[scale], or set it to local"
            ) from error
        self.lost: tuple[type[Exception], ...] = (CancelledError, KilledWorker, CommClosedError)
        self.workers = 1
        self._address = address
        self._client: Client | None = None

    def open(self) -> Executor:
        """The cluster's executor; EnvironmentUnusable when no scheduler answers."""
        from distributed import Client

        try:
            client = Client(f"tcp://{self._address}", timeout=self.PATIENCE, set_as_default=False)
        except (OSError, ValueError) as error:
            raise EnvironmentUnusable(
                f"no Dask scheduler answers at {self._address}: start it, or set YIDAN_ENGINE to local"
            ) from error
        self.workers = max(1, sum(client.nthreads().values()))
        # Not pure: the same task with the same argument is to be done every time, not to be remembered.
        executor: Executor = client.get_executor(pure=False)
        self._client = client
        return executor

    def close(self, pool: Executor, *, wait: bool) -> None:  # noqa: ARG002 - a cluster ends what runs by itself
        """The executor does not close the client below it, which would go on looking for a scheduler that is gone."""
        pool.shutdown(wait=False)
        if self._client is not None:
            self._client.close(timeout=self.PATIENCE)
            self._client = None


def backend(name: str, workers: int = 1) -> Backend:
    """The backend that `YIDAN_ENGINE` names; EnvironmentUnusable with a sentence for anything else."""
    if name == "local":
        return LocalPool(workers)
    scheme, _, address = name.partition("://")
    host, _, port = address.rpartition(":")
    if scheme != "dask" or not host or not port.isdecimal():
        raise EnvironmentUnusable(f"YIDAN_ENGINE is {name!r}: write local or dask://HOST:PORT")
    return DaskCluster(address)


class Engine:
    """Runs tasks and survives what is below them: the executor is opened anew and the task tried once more."""

    def __init__(self, name: str, workers: int = 1) -> None:
        self._backend = backend(name, workers)
        self._lock = threading.Lock()
        self._pool = self._backend.open()
        self.local = name == "local"

    def run(self, task: str, argument: str = "") -> bool:
        """Do `task` in a worker and wait for it; returns whether there was work. Raises what the task raised."""
        return self._result(*self._submit(task, argument), task, argument)

    def each(self, task: str, arguments: Iterable[str]) -> Iterator[bool]:
        """Do `task` for each argument, as many at once as there are workers, and yield what each returned, in order."""
        rest = iter(arguments)
        waiting = deque(
            (argument, *self._submit(task, argument)) for argument in islice(rest, self._backend.workers * _AHEAD)
        )
        while waiting:
            argument, future, pool = waiting.popleft()
            yield self._result(future, pool, task, argument)
            waiting.extend((argument, *self._submit(task, argument)) for argument in islice(rest, 1))

    def _submit(self, task: str, argument: str) -> tuple[Future[bool], Executor]:
        pool = self._pool
        try:
            return self._handed(task, argument)
        except self._backend.lost:
            self._renew(pool)
            return self._handed(task, argument)

    def _handed(self, task: str, argument: str) -> tuple[Future[bool], Executor]:
        with self._lock:  # nobody gives the executor up between the look at it and the handing over
            return self._pool.submit(_perform, task, argument), self._pool

    def _result(self, future: Future[bool], pool: Executor, task: str, argument: str) -> bool:
        try:
            return future.result()
        except self._backend.lost as error:
            log.warning("what ran %s was lost (%s); it is run again", task, type(error).__name__)
            self._renew(pool)
            return self._handed(task, argument)[0].result()

    def _renew(self, broken: Executor) -> None:
        """A new executor instead of `broken`, opened by the first that finds it so."""
        with self._lock:
            if self._pool is broken:
                self._backend.close(broken, wait=False)
                self._pool = self._backend.open()

    def close(self) -> None:
        """Let the running task end, drop the waiting ones."""
        self._backend.close(self._pool, wait=True)
