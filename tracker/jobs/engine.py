"""Where work runs: a `concurrent.futures` executor. Embedded, that is a pool of processes on this machine.

Tasks go in by name and text, so any executor of that face can take the pool's place.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from tracker.env import EnvironmentUnusable
from tracker.jobs.lifeline import follow_parent

log = logging.getLogger("yidan.jobs")


def _prepare_worker() -> None:
    """Runs first in each worker: Django, and Ctrl-C left to the parent, which stops workers in order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    follow_parent()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    import django

    django.setup()


def _perform(task: str, argument: str) -> bool:
    from tracker.jobs.tasks import perform

    return perform(task, argument)


def local_pool() -> Executor:
    """One worker, started fresh (spawn): it holds the model and the index of events."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_prepare_worker)


class Engine:
    """Runs tasks and survives the death of a worker: the pool is made anew and the task is tried once more."""

    def __init__(self, name: str) -> None:
        if name != "local":
            raise EnvironmentUnusable(
                f"YIDAN_ENGINE is {name!r}; this version runs work on `local` only: set it to local"
            )
        self._lock = threading.Lock()
        self._pool = local_pool()

    def run(self, task: str, argument: str = "") -> bool:
        """Do `task` in a worker and wait for it; returns whether there was work. Raises what the task raised."""
        pool = self._pool
        try:
            return pool.submit(_perform, task, argument).result()
        except BrokenProcessPool:
            log.warning("a worker died during %s; it is started again", task)
            return self._renew(pool).submit(_perform, task, argument).result()

    def _renew(self, broken: Executor) -> Executor:
        with self._lock:
            if self._pool is broken:
                broken.shutdown(wait=False, cancel_futures=True)
                self._pool = local_pool()
            return self._pool

    def close(self) -> None:
        """Let the running task end, drop the waiting ones."""
        self._pool.shutdown(wait=True, cancel_futures=True)
