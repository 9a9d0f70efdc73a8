"""One YIDAN_HOME and the program `yidan` run on it as a user runs it; on PostgreSQL (DATABASE_URL of the tests) with a database of its own.

Making a store takes seconds, so that of a home that is `ready` is made once a run, by the program's first command, and then copied.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from urllib.parse import unquote, urlsplit

import psycopg

from tests.crawl.conftest import Crawl, Site

MODEL = "home_model"  # the folder and the database of the home that others are copied from


class Home:
    """One YIDAN_HOME and the program run on it as a user runs it; with `ready` there is the store that a first command makes."""

    def __init__(self, path: Path, *, ready: bool = False) -> None:
        self.path = path
        self.catalogue = Crawl(path / "given")
        self.catalogue.home.mkdir(parents=True)
        self.server = os.environ.get("DATABASE_URL", "")
        self.url, self.started = "", list[subprocess.Popen[bytes]]()
        model = self._model() if ready else None
        if self.server.startswith("postgres"):
            self.url = self.database(like=MODEL if ready else "template1")
        elif model:
            assert not (model / "yidan.sqlite3-wal").exists(), "all of it is in the one file"
            shutil.copy(model / "yidan.sqlite3", self.path)

    def _model(self) -> Path:
        """The home that has only seen its first command; several workers of a run make one."""
        (run,) = (folder for folder in self.path.parents if re.fullmatch(r"pytest-\d+", folder.name))
        with (run / f"{MODEL}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not self._modelled(run):
                url = {"DATABASE_URL": self.database(MODEL)} if self.server.startswith("postgres") else {}
                command = [sys.executable, "-m", "tracker.cli", "intake"]
                env = self.env | {"YIDAN_HOME": str(run / MODEL)} | url
                made = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
                assert made.returncode == 0, made.stderr
        return run / MODEL

    def _modelled(self, run: Path) -> bool:
        if not self.server.startswith("postgres"):
            return (run / MODEL / "yidan.sqlite3").exists()
        with _connected(self.server) as db:
            return bool(db.execute("SELECT 1 FROM pg_database WHERE datname = %s", (MODEL,)).fetchone())

    def add(self, name: str, board: Site) -> None:
        self.catalogue.source(name, board.url)

    def __call__(self, *arguments: str) -> str:
        """What a command that succeeds prints."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; what it says is also kept in the home, where a search for leaks finds it."""
        done = subprocess.run(
            [sys.executable, "-m", "tracker.cli", *arguments],
            env=self.env | env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        with (self.path / "terminal.log").open("a", encoding="utf-8") as log:
            log.write(done.stdout + done.stderr)
        return done

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """The program in a process group of its own, to be killed with its children."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tracker.cli", *arguments],
            env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self.started.append(process)
        return process

    def crawl(self) -> str:
        return self(*self.crawling)

    @property
    def crawling(self) -> tuple[str, ...]:
        return ("crawl", "--catalogue", str(self.catalogue.home / "catalogue"))

    @property
    def env(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
        return {**kept, **({"DATABASE_URL": self.url} if self.url else {}), "YIDAN_HOME": str(self.path)}

    def database(self, name: str = "", *, like: str = "template1") -> str:
        """The address of a new database on the tests' PostgreSQL, empty or a copy."""
        name = name or f"home_{token_hex(6)}"
        with _connected(self.server) as db:
            db.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return f"{self.server.rpartition('/')[0]}/{name}"

    def rows(self, query: str) -> list[tuple]:
        """What the store answers; a change is there for everybody."""
        if self.url:
            with _connected(self.url) as db:
                done = db.execute(query)
                return done.fetchall() if done.description else []
        with sqlite3.connect(self.path / "yidan.sqlite3") as store:
            found = store.execute(query).fetchall()
        store.close()
        return found

    def one(self, query: str) -> object:
        return self.rows(query)[0][0]

    def files(self) -> Iterator[tuple[Path, bytes]]:
        for path in self.path.rglob("*"):
            if path.is_file():
                yield path, path.read_bytes()


def _connected(url: str) -> psycopg.Connection[tuple]:
    parts = urlsplit(url)
    return psycopg.connect(
        host=unquote(parts.netloc.split("@")[1]), user="postgres", dbname=parts.path[1:], autocommit=True
    )
