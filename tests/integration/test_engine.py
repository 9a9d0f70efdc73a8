"""Work on a Dask cluster: a real scheduler and workers as processes of their own, killed while they work; nothing twice, nothing lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawlers.api import seal
from tests.home import Home
from tests.integration.test_intake import post
from tests.integration.test_up import free_port, until
from tracker.env import EnvironmentUnusable
from tracker.jobs.engine import Engine, LocalPool, backend

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["", "dask", "dask://", "dask://host", "dask://host:x", "tcp://host:8786", "celery"])
def test_an_engine_that_is_none_is_said(name):
    with pytest.raises(EnvironmentUnusable, match="write local or dask://HOST:PORT"):
        backend(name)


def test_a_cluster_that_is_not_there_is_said(monkeypatch):
    there = backend(f"dask://127.0.0.1:{free_port()}")
    monkeypatch.setattr(type(there), "PATIENCE", 0.3)
    with pytest.raises(EnvironmentUnusable, match="no Dask scheduler answers"):
        there.open()


def test_local_is_a_pool_of_processes():
    assert isinstance(backend("local", 3), LocalPool)
    assert backend("local", 3).workers == 3


class Cluster:
    """A scheduler and two workers on this machine, on the store and in the home of `home`."""

    def __init__(self, home: Home) -> None:
        self.home, self.port = home, free_port()
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard")
        self.workers: list[subprocess.Popen[bytes]] = []

    def worker(self) -> subprocess.Popen[bytes]:
        """One more worker; without a nanny, so that nobody starts it again."""
        self.workers.append(
            self._start("worker", f"tcp://127.0.0.1:{self.port}", "--nthreads", "1", "--no-nanny", "--no-dashboard")
        )
        return self.workers[-1]

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        log = (self.home.path / f"{arguments[0]}.log").open("ab")
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]],
                env=self.home.env | {"DJANGO_SETTINGS_MODULE": "tracker.settings", "PYTHONPATH": str(ROOT)},
                cwd=ROOT, stdout=log, stderr=log,
            )  # fmt: skip

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    home = Home(tmp_path / "home")
    home("intake")  # makes the store
    cluster = Cluster(home)
    yield cluster
    cluster.close()


POSTS = [post(n, title=f"青禾路{n}号路面塌陷") for n in range(1200)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # of distributed's own sockets, when a peer is killed
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_killed_workers_and_a_lost_scheduler_change_nothing(cluster: Cluster):
    home, first = cluster.home, cluster.worker()
    seal(POSTS, "a", home.path / "spool")
    engine = Engine(f"dask://127.0.0.1:{cluster.port}")
    try:
        done: list[bool] = []
        running = threading.Thread(target=lambda: done.append(engine.run("intake")))
        running.start()
        until(lambda: home.one("select count(*) from posts_post"))
        first.send_signal(signal.SIGKILL)
        first.wait()
        there = int(home.one("select count(*) from posts_post"))
        assert there < len(POSTS), "it was killed in the middle"
        cluster.worker()
        running.join(timeout=90)
        # Perhaps the retry found nothing left to do: the store is what counts.
        assert done, "the task came to its end on another worker"
        whole(home)

        # The scheduler is gone, and another takes its place.
        cluster.scheduler.kill()
        cluster.scheduler.wait()
        cluster.scheduler = cluster._start("scheduler", "--host", "127.0.0.1", "--port", str(cluster.port), "--no-dashboard")  # fmt: skip
        cluster.worker()
        seal([post(5000, title="二号桥栏杆断了")], "a", home.path / "spool")
        assert engine.run("intake")
        assert home.one("select count(*) from posts_post") == len(POSTS) + 1

        # The same work handed over many times, at once.
        (batch,) = seal([post(6000, title="三号桥栏杆断了")], "a", home.path / "spool")
        content = batch.read_bytes()
        list(engine.each("intake", [""] * 6))
        batch.write_bytes(content)  # and again a batch that is in the store already
        list(engine.each("intake", [""] * 3))
        assert home.one("select count(*) from posts_post") == len(POSTS) + 2
        assert not batch.exists()
        assert (
            home.one("select count(*) from (select 1 from posts_sighting group by source, key having count(*) > 1)")
            == 0
        )
    finally:
        engine.close()
    assert "entries hold" in home("ledger", "verify")


def whole(home: Home) -> None:
    assert home.one("select count(*) from posts_post") == len(POSTS)
    assert home.one("select count(*) from posts_sighting") == len(POSTS)
    assert home.one("select count(*) from intake_receipt") == len(POSTS) / 200
    assert not list((home.path / "spool").glob("*.jsonl"))
