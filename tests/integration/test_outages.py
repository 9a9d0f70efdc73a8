"""What stops the program from outside is said in one sentence, costs nothing that was answered for, and is over when it is over."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test import Client

from crawlers.api import seal
from tests import postgres
from tests.crawl.conftest import Crawl
from tests.crawl.little_board import LittleBoard
from tests.factories import make_risk
from tests.home import Home
from tests.integration.test_intake import post
from tests.integration.test_up import free_port, until
from tracker.ledger.outage import Outage, outage, sentence
from tracker.risks.lifecycle import State

POSTS = 20  # on the board that is crawled when the database goes
HELD = 120  # seconds for which the board lets the crawl wait at most
# Seconds for which the database is away; a minute by hand (docs/operations.md).
OUT = float(os.environ.get("YIDAN_OUTAGE", "2"))
YIDAN = f"{shlex.quote(sys.executable)} -m tracker.cli"
PAGE = f"{shlex.quote(sys.executable)} -m tests.integration.log_in_once"


def on_a_disk(home: Home, megabytes: int, script: str) -> list[str]:
    """What `script` says, its home being a file system of that size in a mount namespace of its own."""
    setting = f"mount -t tmpfs -o size={megabytes}m tmpfs {shlex.quote(str(home.path))}"
    for namespace in (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"]):
        if subprocess.run([*namespace, "sh", "-c", setting], capture_output=True, check=False).returncode == 0:
            done = subprocess.run(
                [*namespace, "sh", "-c", f"{setting}\n{script}"],
                env=home.env,
                capture_output=True,
                text=True,
                check=False,
            )
            return (done.stdout + done.stderr).splitlines()
    return pytest.skip("no file system may be mounted here")


def test_a_full_and_a_read_only_disk(tmp_path: Path):
    home = Home(tmp_path / "home")
    waiting = tmp_path / "waiting"
    seal([post(n, title=f"青禾路{n}号路面塌陷") for n in range(200)], "a", waiting)
    home.path.mkdir(exist_ok=True)
    said = on_a_disk(home, 24, f"""
        cd {shlex.quote(str(Path(__file__).resolve().parents[2]))}
        {YIDAN} ledger verify >/dev/null
        cp {waiting}/* $YIDAN_HOME/spool/
        head -c 40M /dev/zero > $YIDAN_HOME/filler 2>/dev/null
        {YIDAN} intake 2>&1; echo "exit $?"
        {PAGE} 2>/dev/null
        rm $YIDAN_HOME/filler
        {YIDAN} intake 2>&1
        mount -o remount,ro $YIDAN_HOME
        {YIDAN} ledger verify 2>&1; echo "exit $?"
        {PAGE} 2>/dev/null
        mount -o remount,rw $YIDAN_HOME
        {YIDAN} ledger verify 2>&1
    """)  # fmt: skip
    assert said[0].startswith("yidan: the disk of YIDAN_HOME"), said
    assert "is full: make room" in said[0]
    assert said[1] == "exit 1"
    # On PostgreSQL the store is on another disk: people go on.
    page = "page 200 " if home.url else "page 503 "
    assert said[2].startswith(page), said
    assert home.url or "服务器的磁盘满了，没有写入任何内容" in said[2]
    assert "1 batches, 200 posts: 200 new" in said[3], "it waited in the spool"
    assert "Read-only file system" in said[4], said
    assert said[5] == "exit 1"
    assert said[6].startswith(page), said
    assert home.url or "服务器现在只能读不能写，没有写入任何内容" in said[6]
    assert "entries hold" in said[7]


@pytest.mark.embedded
@pytest.mark.django_db(transaction=True)
def test_a_store_that_another_holds_is_busy_and_nothing_is_written(desk, person, web):
    risk = make_risk(desk, State.ASSIGNED)
    handler = person("handler")
    handler.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        answer = handler.post(f"/sheet/{risk.number}/do/sign/", {"version": risk.version})
        keyed = handler.post(
            f"/api/v1/risks/{risk.number}/acts/sign", {"version": risk.version}, "application/json",
            headers={"Idempotency-Key": "1"},
        )  # fmt: skip
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert answer.status_code == 503
    assert "系统正忙，没有写入任何内容" in answer.content.decode()
    assert answer["Retry-After"] == "30"
    risk.refresh_from_db()
    assert risk.state == State.ASSIGNED
    assert keyed.status_code == 503
    assert keyed["Content-Type"] == "application/problem+json"
    assert keyed["Retry-After"] == "30"
    assert "系统正忙，没有写入任何内容" in keyed.json()["detail"]


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (OSError(28, "No space left on device"), Outage.FULL),
        (OSError(30, "Read-only file system"), Outage.READ_ONLY),
        (OSError(2, "No such file or directory"), None),
        (OperationalError("database or disk is full"), Outage.FULL),
        (OperationalError("attempt to write a readonly database"), Outage.READ_ONLY),
        (OperationalError("database is locked"), Outage.BUSY),
        (OperationalError("unable to open database file"), Outage.GONE),
        (OperationalError("no such table: x"), None),
        (psycopg.errors.DiskFull("could not extend file"), Outage.FULL),
        (psycopg.errors.AdminShutdown("terminating connection"), Outage.GONE),
        (psycopg.OperationalError("connection failed"), Outage.GONE),
        (psycopg.errors.UniqueViolation("duplicate key"), None),
        (ValueError("database is locked"), None),
    ],
)
def test_an_outage_is_told_from_a_defect(error, found):
    assert outage(error) is found
    wrapped = DatabaseError("wrapped")
    wrapped.__cause__ = error
    assert outage(wrapped) is found


@pytest.mark.parametrize("found", Outage)
def test_the_api_says_the_same(found, rf):
    from tracker.api.problems import unforeseen

    words = {Outage.FULL: "disk is full", Outage.READ_ONLY: "readonly database", Outage.BUSY: "database is locked", Outage.GONE: "disk I/O error"}  # fmt: skip
    answer = unforeseen(rf.get("/api/v1/queue"), OperationalError(words[found]))
    assert answer.status_code == 503
    assert json.loads(answer.content)["detail"] == sentence(found)


def test_an_error_of_ours_stays_an_error_of_ours(monkeypatch, web, db):
    client = Client(raise_request_exception=False)
    monkeypatch.setattr("tracker.web.views.account.Login.get", lambda *_: 1 / 0)
    answer = client.get("/login/")
    assert answer.status_code == 500
    assert "Retry-After" not in answer


# A session that nobody began: every page asks the store for it.
SESSION = {"Cookie": "sessionid=" + "x" * 32}


class Served(Home):
    """`yidan up` on a home of its own and the server at `url`."""

    def __init__(self, path: Path, url: str, board: str) -> None:
        super().__init__(path)
        self.url, self.port = url, free_port()
        Crawl(path).source("wz", board, concurrency=1, timeout=HELD + 10)
        self.process = self.start("up", "--port", str(self.port))

    @property
    def env(self) -> dict[str, str]:
        return super().env | {"DATABASE_URL": self.url}

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
        """Status and text."""
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers or {})
        try:
            with urllib.request.urlopen(asked, timeout=20) as page:
                return page.status, page.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def count(self, rows: str) -> int:
        with psycopg.connect(self.url) as db:
            row = db.execute(f"SELECT count(*) FROM {rows}").fetchone()
        return row[0] if row else 0

    def term(self) -> int:
        with psycopg.connect(self.url) as db:
            row = db.execute("SELECT number FROM jobs_term").fetchone()
        return row[0] if row else 0


@pytest.mark.slow
@pytest.mark.postgres
def test_the_database_goes_and_comes_back_under_a_running_service(tmp_path: Path):
    with postgres.server() as url, LittleBoard() as board:
        board.add(POSTS)
        away = threading.Event()
        board.trouble["/wz/front/msg/detail"] = lambda: away.wait(HELD) and None
        served = Served(tmp_path / "home", url, board.url)
        try:
            until(lambda: served.get("/login/", SESSION)[0] == 200)
            until(lambda: served.get("/readyz")[0] == 200)
            until(lambda: board.hits["/wz/front/msg/detail"])
            term = served.term()
            with postgres.stopped(postgres.programs(), url):
                away.set()  # the crawl, which has waited for this, goes on without a store
                status, page = served.get("/login/", SESSION)
                assert status == 503, page
                assert "数据库暂时连不上，没有写入任何内容" in page
                status, said = served.get("/api/v1/ledger/head", {"Authorization": "Bearer " + "x" * 40})
                assert status == 503, said
                assert "数据库暂时连不上，没有写入任何内容" in json.loads(said)["detail"]
                assert served.get("/readyz")[0] == 503
                assert served.get("/healthz")[0] == 200, "the process itself is alive"
                time.sleep(OUT)
                assert served.process.poll() is None
            until(lambda: served.get("/login/", SESSION)[0] == 200, 30)
            until(lambda: served.term() > term, 30)
            until(lambda: served.get("/readyz")[0] == 200)
            until(lambda: served.count("posts_sighting") == POSTS, 90)
            until(lambda: not served.count("jobs_jobrun WHERE outcome NOT IN ('', 'ok', 'not due yet')"), 90)
            assert served.count("posts_post") == POSTS
        finally:
            os.killpg(served.process.pid, signal.SIGKILL)
            served.process.wait()
        assert "entries hold" in served("ledger", "verify")
