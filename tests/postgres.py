"""A throw-away PostgreSQL for tests: `python -m tests.postgres -- COMMAND …` runs COMMAND with DATABASE_URL pointing to it.

The cluster lives in a temporary folder, listens on a Unix socket in there and nowhere else, and is gone afterwards. As root
it runs as the user `postgres`, which initdb insists on. Where no PostgreSQL is installed: exit 0 with a loud sentence, or
exit 1 in CI. `YIDAN_TEST_POSTGRES` names the folder of its programs when it is not Debian's; with `YIDAN_TEST_POSTGRES_DURABLE=1` each
commit waits for the disk, as it does where yidan is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

_SETTINGS = ("listen_addresses=", "max_connections=60")
# Nothing here outlives the run, so nothing waits for the disk, but for what is measured.
_HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def programs() -> Path | None:
    """The folder with initdb and pg_ctl, newest first; None when there is none."""
    given = os.environ.get("YIDAN_TEST_POSTGRES")
    found = [Path(given)] if given else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if not found and (initdb := shutil.which("initdb")):
        found = [Path(initdb).parent]
    return next((folder for folder in found if (folder / "initdb").exists()), None)


def _as_postgres(command: Sequence[str | Path]) -> None:
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*prefix, *map(str, command)], capture_output=True, text=True, cwd="/", check=False)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stderr.strip() or done.stdout.strip()}")


@contextmanager
def cluster(binaries: Path) -> Iterator[str]:
    """A running cluster; gives its DATABASE_URL and removes everything afterwards."""
    root = Path(tempfile.mkdtemp(prefix="yidan-pg-"))
    if os.geteuid() == 0:
        shutil.chown(root, "postgres", "postgres")
    data = root / "data"
    hasty = () if os.environ.get("YIDAN_TEST_POSTGRES_DURABLE") else _HASTY
    options = " ".join(f"-c {setting}" for setting in (*_SETTINGS, *hasty, f"unix_socket_directories={root}"))
    try:
        # A linguistic collation on purpose: it orders text otherwise than bytes, as most servers do.
        _as_postgres([binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                      "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=zh-Hans-CN"])  # fmt: skip
        _as_postgres([binaries / "pg_ctl", "-D", data, "-w", "-o", options, "-l", root / "log", "start"])
        try:
            yield f"postgresql://postgres@{quote(str(root), safe='')}/postgres"
        finally:
            _as_postgres([binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(root)


@contextmanager
def stopped(binaries: Path, url: str) -> Iterator[None]:
    """The cluster of `url` is down inside the block, as after a pulled plug, and up again behind it."""
    data = Path(unquote(urlsplit(url).netloc.split("@")[1])) / "data"
    _as_postgres([binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"])
    try:
        yield
    finally:
        # The options of its first start are kept in the folder.
        _as_postgres([binaries / "pg_ctl", "-D", data, "-w", "-l", data.parent / "log", "restart"])


@contextmanager
def server() -> Iterator[str]:
    """The DATABASE_URL of a cluster for one test, which is skipped where there is no PostgreSQL and fails in CI."""
    import pytest

    binaries = programs()
    if binaries is None:
        assert not os.environ.get("CI"), "no PostgreSQL: in CI it must be there"
        pytest.skip("no PostgreSQL found")
    with cluster(binaries) as url:
        yield url


def main(arguments: Sequence[str]) -> int:
    """Run the command after `--` against a fresh cluster; its exit code is ours."""
    command = list(arguments[1:] if arguments[:1] == ["--"] else arguments)
    if not command:
        print("usage: python -m tests.postgres -- COMMAND ...", file=sys.stderr)
        return 2
    binaries = programs()
    if binaries is None:
        print("NOT RUN: no PostgreSQL found; install it or set YIDAN_TEST_POSTGRES to its bin folder", file=sys.stderr)
        return 1 if os.environ.get("CI") else 0
    with cluster(binaries) as url:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
