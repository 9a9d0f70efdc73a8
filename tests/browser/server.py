"""A real server for browser tests and screenshots: an own home, a filled store, gunicorn on a free port of loopback.

Nothing of Django runs in the test's process, so Playwright's event loop and the ORM never meet.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0


@contextmanager
def running(home: Path, *, module: str = "tests.browser.seed", copy: Path | None = None) -> Iterator[str]:
    """The address of a server over a store that `module` has filled; stopped at the end. `copy` keeps `home` as it was then."""
    environment = os.environ | {
        "YIDAN_HOME": str(home),
        "DATABASE_URL": "",
        "YIDAN_SECOND_FACTOR": "optional",
        "PYTHONPATH": str(ROOT),
    }
    home.mkdir(parents=True, exist_ok=True)
    _run(["-m", module], environment)
    if not (home / "static").exists():
        _run(["manage.py", "collectstatic", "--noinput", "-v0"], environment)
    if copy:
        shutil.copytree(home, copy)
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "tracker.wsgi",
        "-b",
        f"127.0.0.1:{port}",
        "--threads",
        "4",
        "--log-level",
        "warning",
    ]
    server = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield _answering(f"http://127.0.0.1:{port}", server)
    finally:
        server.terminate()
        server.wait(20)


def _run(arguments: list[str], environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, check=True, timeout=120)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answering(url: str, server: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(f"{url}/login/", timeout=5):
                return url
        except OSError:  # refused, or too busy to answer yet
            time.sleep(0.1)
    raise RuntimeError(f"the server at {url} did not answer within {PATIENCE:.0f} s")
