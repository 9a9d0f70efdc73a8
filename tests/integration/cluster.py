"""A Dask cluster of real processes on this machine; a worker may live in a network namespace of its own, whose line can be cut."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from tests.home import Home
from tests.integration.test_up import free_port

ROOT = Path(__file__).resolve().parents[2]
_LINES = count(1)


class Cluster:
    """A scheduler and the workers that were asked for, on the store and in the home of `home`; `settings` are Dask's own."""

    def __init__(self, home: Home, *, listen: str = "127.0.0.1", **settings: str) -> None:
        self.home, self.port, self.listen, self.settings = home, free_port(), listen, settings
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler = self.schedule()

    @property
    def engine(self) -> str:
        """The value of YIDAN_ENGINE that names it."""
        return f"dask://127.0.0.1:{self.port}"

    def schedule(self) -> subprocess.Popen[bytes]:
        """A scheduler, also one that takes the place of another."""
        return self._start([], "scheduler", "--host", self.listen, "--port", str(self.port), "--no-dashboard")

    def worker(self, line: Line | None = None) -> subprocess.Popen[bytes]:
        """One more worker, at the end of `line` if there is one; without a nanny, so that nobody starts it again."""
        host, inside = (line.outside, line.enter) if line else ("127.0.0.1", [])
        self.workers.append(
            self._start(
                inside, "worker", f"tcp://{host}:{self.port}", "--nthreads", "1", "--no-nanny", "--no-dashboard"
            )
        )
        return self.workers[-1]

    def _start(self, inside: list[str], *arguments: str) -> subprocess.Popen[bytes]:
        log = (self.home.path / f"{arguments[0]}.log").open("ab")
        with log:
            return subprocess.Popen(
                [*inside, sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]],
                env=self.home.env | self.settings | {"DJANGO_SETTINGS_MODULE": "tracker.settings", "PYTHONPATH": str(ROOT)},
                cwd=ROOT, stdout=log, stderr=log,
            )  # fmt: skip

    def close(self) -> None:
        """Everything gone, without a goodbye."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


class Line:
    """A network namespace and the pair of devices that ties it to this machine."""

    def __init__(self) -> None:
        number = os.getpid() % 8000 * 2 + next(_LINES) % 2
        self.name = f"yd{number}"
        self.outside, self.inside = (f"10.{77 + number // 8192}.{number // 32 % 256}.{number % 32 * 4 + end}" for end in (1, 2))  # fmt: skip
        _ip("netns", "add", self.name)
        try:
            _ip("link", "add", f"{self.name}o", "type", "veth", "peer", "name", "i", "netns", self.name)
            _ip("addr", "add", f"{self.outside}/30", "dev", f"{self.name}o")
            _ip("link", "set", f"{self.name}o", "up")
            for inner in (["addr", "add", f"{self.inside}/30", "dev", "i"], ["link", "set", "i", "up"], ["link", "set", "lo", "up"]):  # fmt: skip
                _ip("-n", self.name, *inner)
        except BaseException:
            self.close()
            raise

    @property
    def enter(self) -> list[str]:
        """What stands before a command that runs inside."""
        return ["ip", "netns", "exec", self.name]

    def cut(self) -> None:
        """From now on nothing passes, and nobody is told."""
        _ip("-n", self.name, "link", "set", "i", "down")

    def mend(self) -> None:
        """It passes again."""
        _ip("-n", self.name, "link", "set", "i", "up")

    def close(self) -> None:
        """The namespace and its devices are gone."""
        subprocess.run(["ip", "netns", "del", self.name], check=False)


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise PermissionError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


@contextmanager
def line() -> Iterator[Line]:
    """A line for one test, which is skipped, with the reason, where this machine lets nobody make one."""
    try:
        made = Line()
    except (PermissionError, FileNotFoundError) as error:
        pytest.skip(f"NO NETWORK NAMESPACE can be made here, so no line was cut: {error}")
    try:
        yield made
    finally:
        made.close()
