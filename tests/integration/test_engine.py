"""Work on a Dask cluster: a real scheduler and workers as processes of their own, killed or cut off while they work; nothing twice, nothing lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from distributed import Client

from crawlers.api import seal
from tests.crawl.conftest import Crawl
from tests.crawl.little_board import LittleBoard
from tests.fakes.outside import MailServer
from tests.fakes.outside import running as serving
from tests.home import Home
from tests.integration.cluster import ROOT, Cluster, line
from tests.integration.test_intake import post
from tests.integration.test_up import free_port, until
from tracker.env import EnvironmentUnusable
from tracker.jobs.engine import Engine, LocalPool, backend

pytestmark = [
    # Of distributed's own sockets, when a peer is killed.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
# The second half tells of the same places as the first, in other words: whoever takes it in must have the events of the first.
POSTS = [post(n, title=f"青禾路{n % 100}号路面塌陷{'，没人修' * (n // 100)}") for n in range(200)]
BATCH = 25
STATE = ("select * from posts_post order by id", "select * from posts_event order by id", "select source, key, post_id from posts_sighting order by 1, 2")  # fmt: skip


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


def made(path: Path, many: int = len(POSTS)) -> Home:
    """A home with a store and so many of the posts in its spool."""
    home = Home(path, ready=True)
    for first in range(0, many, BATCH):
        seal(POSTS[first : first + BATCH], "a", home.path / "spool")
    return home


@contextmanager
def working(home: Home, **settings: str) -> Iterator[tuple[Cluster, Engine]]:
    """A cluster with one worker, and the engine that hands it work."""
    cluster = Cluster(home, **settings)
    try:
        cluster.worker()
        engine = Engine(cluster.engine)
        try:
            yield cluster, engine
        finally:
            engine.close()
            looking = [client for client in Client._instances if client.status != "closed"]
            assert not looking, "a client that is left open goes on looking for the scheduler"
    finally:
        cluster.close()


def beside(work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """`work` under way in a thread, and where its result will be."""
    done: list[object] = []
    thread = threading.Thread(target=lambda: done.append(work()))
    thread.start()
    return thread, done


def state(home: Home) -> list[list[tuple]]:
    return [home.rows(query) for query in STATE]


def joined(home: Home) -> list[tuple]:
    """Which posts, by the key at their board, are one event: what must not depend on who took them in."""
    return home.rows(
        "select s.key, min(t.key) from posts_sighting s join posts_post p on p.id = s.post_id join posts_post q on q.event_id = p.event_id"
        " join posts_sighting t on t.post_id = q.id group by s.key order by s.key"
    )


@pytest.mark.slow
def test_killed_workers_and_a_lost_scheduler_change_nothing(tmp_path: Path):
    calm, home = made(tmp_path / "calm"), made(tmp_path / "home")
    calm("intake")
    events = calm.one("select count(*) from posts_event")
    assert events < len(POSTS), "some tell of the same"
    with working(home) as (cluster, engine):
        running, done = beside(lambda: engine.run("intake"))
        until(lambda: home.one("select count(*) from posts_post"))
        cluster.workers[0].send_signal(signal.SIGKILL)
        cluster.workers[0].wait()
        assert home.one("select count(*) from posts_post") < len(POSTS), "it was killed in the middle"
        cluster.worker()  # which builds the index of events anew from the store
        running.join(timeout=90)
        # Perhaps the retry found nothing left to do: the store is what counts.
        assert done, "the task came to its end on another worker"
        assert home.one("select count(*) from intake_receipt") == len(POSTS) / BATCH
        assert not list((home.path / "spool").glob("*.jsonl"))
        assert joined(home) == joined(calm)
        assert home.one("select count(*) from posts_event") == events

        # The scheduler is gone, and another takes its place.
        cluster.scheduler.kill()
        cluster.scheduler.wait()
        cluster.scheduler = cluster.schedule()
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
        twice = "select count(*) from (select 1 from posts_sighting group by source, key having count(*) > 1) twice"
        assert home.one(twice) == 0
    assert "entries hold" in home("ledger", "verify")


@pytest.mark.slow
def test_a_cut_line_changes_nothing(tmp_path: Path):
    """A short cut heals unnoticed; after a long one the work is done elsewhere, while the one cut off goes on with it too."""
    home = made(tmp_path / "home", 400)
    home("intake")
    calm = state(home)
    keys = [key for (key,) in home.rows("select id from posts_post order by id")]
    spans = [f"{keys[n]}-{keys[min(n + 4, len(keys) - 1)]}" for n in range(0, len(keys), 5)]
    cluster = Cluster(home, listen="0.0.0.0", DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="2s")
    with line() as ours:
        try:
            cluster.worker(ours)
            engine = Engine(cluster.engine)
            engine.run("rescore", spans[0])  # the model is loaded
            home.rows("update posts_post set model = 'older'")
            running, done = beside(lambda: list(engine.each("rescore", spans)))
            until(lambda: written(home) > 10)
            ours.cut()
            time.sleep(1)
            ours.mend()
            before = written(home)
            until(lambda: written(home) > before + 10)
            ours.cut()
            assert written(home) < len(keys), "the work was done before the line was cut: give it more posts"
            cluster.worker()
            running.join(timeout=90)
            assert done, "what was under way at the cut was done elsewhere"
            engine.close()
        finally:
            cluster.close()
    assert "failed to heartbeat" in (home.path / "scheduler.log").read_text()
    assert state(home) == calm


def written(home: Home) -> int:
    return int(str(home.one("select count(*) from posts_post where model <> 'older'")))


FILL = """
from tracker.cli.sentence import store; store()
from datetime import UTC, datetime
from tests.factories import make_desk, make_risk
from tracker.reports.mail import subscription_set
from tracker.risks.lifecycle import State
desk, long_ago = make_desk(), datetime(2026, 1, 1, tzinfo=UTC)
make_risk(desk, State.HANDLING, now=long_ago, level=3)
subscription_set(kind="weekly", formats=["html", "docx"], address="lead@office.example", actor=desk.actor("manager"), now=long_ago)
"""
PAPERS = "from tracker.jobs.engine import _perform; _perform('papers', '')"


def aside(home: Home, script: str) -> None:
    """Run `script` on the store of `home`, without any cluster."""
    env = home.env | {"DJANGO_SETTINGS_MODULE": "tracker.settings", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", script], env=env, cwd=ROOT, check=True)


@pytest.mark.slow
def test_crawls_papers_and_mail_on_a_cluster(tmp_path: Path):
    home = Home(tmp_path / "home", ready=True)
    aside(home, FILL)
    with LittleBoard() as board, serving(MailServer()) as mail:
        board.add(30)
        slow = {"concurrency": 1, "edit": lambda card: card.replace("delay = 0", "delay = 0.1")}
        Crawl(home.path).source("wz", board.url, **slow)
        said = {
            "YIDAN_MAIL_URL": f"smtp://127.0.0.1:{mail.server_address[1]}",
            "YIDAN_MAIL_FROM": "desk@office.example",
        }
        with working(home, **said) as (cluster, engine):
            running, done = beside(lambda: engine.run("crawl", "wz"))
            until(lambda: board.hits)
            cluster.workers[0].kill()
            cluster.workers[0].wait()
            cluster.worker()
            running.join(timeout=90)
            assert done, "the crawl was handed to another worker"
            list(engine.each("crawl", ["wz"] * 2))
            # The crawl of the killed worker may still be under way, as a process of its own that holds the source: it ends as it should.
            until(lambda: not engine.run("crawl", "wz") and not engine.run("intake") and crawled(home))
            assert crawled(home) == 30

            list(engine.each("papers", [""] * 3))
            papers = home.rows("select kind, period, content from reports_paper order by id")
            aside(home, PAPERS)  # here, from the same facts: no other paper comes of it
            assert home.rows("select kind, period, content from reports_paper order by id") == papers
            list(engine.each("mail", [""] * 3))
            rendered(home, papers, mail)


def crawled(home: Home) -> int:
    return int(str(home.one("select count(*) from posts_sighting where source = 'wz'")))


def rendered(home: Home, papers: list[tuple], mail: MailServer) -> None:
    """The weekly report came by mail, once, and holds against the ledger; on a free day there is none."""
    weekly = [period for kind, period, _content in papers if kind == "weekly"]
    assert len(mail.got) == len(weekly)
    for message in mail.got:
        parts = {str(part.get_filename()): part.get_payload(decode=True) for part in message.iter_attachments()}
        assert {name.rsplit(".", 1)[1] for name in parts} == {"html", "docx"}
        (name,) = (name for name in parts if name.endswith(".docx"))
        (home.path / name).write_bytes(parts[name])
        assert "every figure holds" in home("report", "verify", str(home.path / name))
