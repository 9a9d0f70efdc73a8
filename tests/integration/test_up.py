"""`yidan up --demo` as a newcomer starts it: posts arrive, kill -9 leaves nothing behind, a restart goes on."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.home import Home


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Callable[[], object], seconds: float = 90) -> object:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, IndexError):
            if found := true():
                return found
        time.sleep(0.3)
    raise AssertionError(f"not true within {seconds} s")


class Running:
    def __init__(self, home: Home) -> None:
        self.home, self.port = home, free_port()
        self.process = home.start("up", "--demo", "--port", str(self.port))

    def answers(self) -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/login/", timeout=5) as page:
            return page.status == 200

    def posts(self) -> int:
        with contextlib.suppress(Exception):
            return int(str(self.home.one("select count(*) from posts_post where model <> ''")))
        return 0

    def port_is_free(self) -> bool:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", self.port))
                return True
        return False


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path / "home")
    home.path.mkdir(exist_ok=True)
    yield home
    for process in home.started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.slow
def test_the_demo_comes_up_survives_a_kill_and_goes_on(home):
    first = Running(home)
    until(first.answers)
    before = until(lambda: first.posts() > 100 and first.posts())

    refused = home.run("up", "--port", str(free_port()))
    assert refused.returncode != 0
    assert "already runs" in refused.stderr

    os.kill(first.process.pid, signal.SIGKILL)  # the parent alone: its children must notice
    first.process.wait()
    until(first.port_is_free, 20)

    second = Running(home)
    until(second.answers)
    until(lambda: second.posts() > before)
    assert (
        home.one("select count(*) from (select 1 from posts_sighting group by source, key having count(*) > 1) twice")
        == 0
    )
    second.process.send_signal(signal.SIGTERM)
    assert second.process.wait(timeout=40) == 0
    until(second.port_is_free, 5)
    assert "entries hold" in home("ledger", "verify")
