"""P8: every post of a store read again on a Dask cluster with one worker and with two, and what the simulation expected of the two.

On PostgreSQL, where there is one: SQLite has one writer, and most of the work here is writing.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from itertools import repeat
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from crawlers.api import seal
from crawlers.records import Post
from scripts.queueing import simulate
from tests import postgres
from tests.bench.conftest import scaled
from tests.home import Home
from tests.integration.cluster import ROOT, Cluster
from tests.integration.test_intake import post
from tracker.demo.posts import load_posts
from tracker.jobs.engine import Engine

SPAN = 100


class OnPostgres(Home):
    """A home whose store is at `url`."""

    url = ""

    @property
    def env(self) -> dict[str, str]:
        return super().env | {"DATABASE_URL": self.url, "DJANGO_SETTINGS_MODULE": "tracker.settings"}

    def ask(self, statement: str) -> list[tuple]:
        folder = unquote(urlsplit(self.url).netloc.split("@")[1])
        with psycopg.connect(host=folder, user="postgres", autocommit=True) as db:
            done = db.execute(statement)
            return done.fetchall() if done.description else []


def unlike(size: int) -> list[Post]:
    """Invented posts with words of no meaning among them: as on a board, few tell of the same, so spans share few events."""
    dice, invented = random.Random(20261126), load_posts()
    letters = [chr(code) for code in range(0x4E00, 0x9FA5)]
    texts = (invented[n % len(invented)] for n in range(size))
    return [
        post(n, title=f"{text.title}{''.join(dice.choices(letters, k=12))}", body=f"{text.body}{''.join(dice.choices(letters, k=200))}")
        for n, text in enumerate(texts)
    ]  # fmt: skip


def forget(home: OnPostgres) -> None:
    """Let every post have been assessed by another model, so that each has to be written."""
    home.ask("UPDATE posts_post SET model = 'older'")


def rescored(cluster: Cluster, home: OnPostgres, spans: list[str]) -> float:
    """Seconds for all of them, by workers that have the model in memory already."""
    engine = Engine(f"dask://127.0.0.1:{cluster.port}")
    try:
        for _warm in range(3):
            list(engine.each("rescore", spans[: 4 * len(cluster.workers)]))
        forget(home)
        start = time.perf_counter()
        assert all(engine.each("rescore", spans))
        return time.perf_counter() - start
    finally:
        engine.close()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_second_worker(bench, tmp_path: Path):
    if "YIDAN_BENCH_SCALE" not in os.environ:
        pytest.skip("by hand, with YIDAN_BENCH_SCALE: it takes over a minute, and needs both cores for itself")
    with postgres.server() as url:
        home = OnPostgres(tmp_path / "home")
        home.url = url
        measure(bench, home, scaled(600))


def measure(bench, home: OnPostgres, size: int) -> None:
    home("intake")  # makes the store
    seal(unlike(size), "a", home.path / "spool")
    home("intake")
    keys = [key for (key,) in home.ask("select id from posts_post order by id")]
    spans = [f"{part[0]}-{part[-1]}" for part in (keys[n : n + SPAN] for n in range(0, len(keys), SPAN))]

    forget(home)
    command = [sys.executable, "-m", "tests.bench.rescoring", *spans]
    alone = json.loads(subprocess.run(command, env=home.env, cwd=ROOT, check=True, capture_output=True).stdout)

    cluster = Cluster(home)
    try:
        cluster.worker()
        one = rescored(cluster, home, spans)
        cluster.worker()
        two = rescored(cluster, home, spans)
    finally:
        cluster.close()
    expected = simulate(
        [0.0] * len(spans), compute=repeat(alone["compute"]), write=repeat(alone["write"]), workers=2, writers=2
    ).end  # fmt: skip
    events = home.ask("select count(*) from posts_event")[0][0]
    print(f"\n{size} posts in {events} events: one {one:.2f} s, two {two:.2f} s, simulated {expected:.2f} s")
    bench("P8 rescore, two Dask workers over one", one / two, reach="≥ 1.8", limit="two cores, shared by the workers, PostgreSQL and the scheduler",
          posts_a_second=size / two, compute_a_span=alone["compute"], write_a_span=alone["write"])  # fmt: skip
    bench("two workers, measured over simulated", two / expected, reach="1", limit="what the simulation does not know: the scheduler, cores that are shared, memory bandwidth")  # fmt: skip
