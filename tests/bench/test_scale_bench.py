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
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import psycopg
import pytest

from crawlers.api import seal
from crawlers.records import Post
from scripts.queueing import simulate, stretched
from tests import postgres
from tests.bench.conftest import scaled
from tests.bench.processors import server, share, used
from tests.home import Home
from tests.integration.cluster import ROOT, Cluster
from tests.integration.test_intake import post
from tracker.intake.rescoring import SPAN
from tracker.jobs.engine import Engine

WORDS = ROOT / "analysis" / "data" / "userdict.txt"


def unlike(size: int) -> list[Post]:
    """Invented posts of the sector's words in no order, each about a place of its own: as on a board, few tell of the same."""
    dice = random.Random(20261126)
    every = (line.split()[0] for line in WORDS.read_text(encoding="utf-8").splitlines())
    words = [word for word in every if word[-1] not in "镇乡道"]  # a post names one place or two, not a dozen towns
    letters = [chr(code) for code in range(0x4E00, 0x9FA5)]

    def said(n: int) -> Post:
        place = "".join(dice.choices(letters, k=4))
        clauses = ("".join((dice.choice(words), *dice.choices(letters, k=6))) for _clause in range(16))
        return post(
            n,
            title=f"{place}{dice.choice(words)}{''.join(dice.choices(letters, k=6))}",
            body=f"{place}，{'，'.join(clauses)}。",
        )

    return [said(n) for n in range(size)]


def forget(home: Home) -> None:
    """Let every post have been assessed by another model, so that each has to be written."""
    home.rows("UPDATE posts_post SET model = 'older'")


def handed(cluster: Cluster) -> float:
    """Seconds for handing a task to a worker and back, of a task that does nothing here."""
    engine = Engine(cluster.engine)
    try:
        list(engine.each("statistics", [""] * 20))
        start = time.perf_counter()
        list(engine.each("statistics", [""] * 100))
        return (time.perf_counter() - start) / 100
    finally:
        engine.close()


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds of the clock; seconds of a processor of workers and server (`chain`: they take turns), and of scheduler and engine beside them."""

    wall: float
    chain: float
    beside: float


def rescored(cluster: Cluster, home: Home, spans: list[str]) -> Run:
    """All of them, by workers that have the model in memory already, on tables without the dead rows of the runs before."""
    engine = Engine(cluster.engine)
    try:
        list(engine.each("rescore", spans[: 2 * len(cluster.workers)]))
        forget(home)
        tidy(home)
        workers = [*(worker.pid for worker in cluster.workers), *server(home.url)]
        start, chain, beside = time.perf_counter(), used(workers), used([cluster.scheduler.pid, os.getpid()])
        assert all(engine.each("rescore", spans))
        return Run(
            time.perf_counter() - start, used(workers) - chain, used([cluster.scheduler.pid, os.getpid()]) - beside
        )
    finally:
        engine.close()


def tidy(home: Home) -> None:
    with psycopg.connect(home.url, autocommit=True) as db:
        db.execute("VACUUM ANALYZE")


def alone(home: Home, spans: list[str]) -> dict[str, float]:
    """Seconds of a processor that a span takes without a cluster: `compute`, and `write` with the server's part in it."""
    command, before = [sys.executable, "-m", "tests.bench.rescoring", *spans], used(server(home.url))
    env = home.env | {"DJANGO_SETTINGS_MODULE": "tracker.settings"}
    said: dict[str, float] = json.loads(
        subprocess.run(command, env=env, cwd=ROOT, check=True, capture_output=True).stdout
    )
    return said | {"write": said["write"] + (used(server(home.url)) - before) / len(spans)}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_second_worker(bench, tmp_path: Path, monkeypatch):
    if "YIDAN_BENCH_SCALE" not in os.environ:
        pytest.skip("by hand, with YIDAN_BENCH_SCALE: it takes over a minute, and needs both cores for itself")
    with postgres.server() as url:
        monkeypatch.setenv("DATABASE_URL", url)
        home = Home(tmp_path / "home")
        measure(bench, home, scaled(6000))


def measure(bench, home: Home, size: int) -> None:
    home("intake")  # makes the store
    seal(unlike(size), "a", home.path / "spool")
    home("intake")
    keys = [key for (key,) in home.rows("select id from posts_post order by id")]
    spans = [f"{part[0]}-{part[-1]}" for part in (keys[n : n + SPAN] for n in range(0, len(keys), SPAN))]

    forget(home)
    tidy(home)
    single = alone(home, spans)

    cluster, shares = Cluster(home), [share(1)]
    try:
        cluster.worker()
        way = handed(cluster)
        one = rescored(cluster, home, spans)
        shares += [share(1), share(2)]
        cluster.worker()
        two = rescored(cluster, home, spans)
        shares.append(share(2))
    finally:
        cluster.close()

    def expected(workers: int) -> float:
        """From one process alone, from what ran beside one worker, and from what the machine gave; nothing of two workers is in it."""
        busy, got = workers * (1 + one.beside / one.chain), sum(shares[2 * workers - 2 : 2 * workers]) / 2
        parts = [
            stretched(repeat(part / got), busy=busy if workers > 1 else 1, cores=os.cpu_count() or 1)
            for part in (single["compute"] + way, single["write"])
        ]
        return simulate([0.0] * len(spans), compute=parts[0], write=parts[1], workers=workers, writers=workers).end

    events = home.rows("select count(*) from posts_event")[0][0]
    for name, run, workers in (("one worker", one, 1), ("two", two, 2)):
        print(
            f"\n{name}: {run.wall:.2f} s (simulated {expected(workers):.2f}), of a processor {run.chain:.2f} + {run.beside:.2f} s",
            end="",
        )
    print(
        f"\n{size} posts in {events} events; alone {len(spans) * (single['compute'] + single['write']):.2f} s of a processor;"
        f" of a processor each busy process got {' '.join(f'{part:.2f}' for part in shares)}; handing over {1000 * way:.1f} ms"
    )
    bench("P8 rescore, two Dask workers over one", one.wall / two.wall, reach="≥ 1.8", limit="two cores, shared by the workers, PostgreSQL, the scheduler and the engine",
          posts_a_second=size / two.wall, compute_a_span=single["compute"], write_a_span=single["write"],
          at_most=2 * (one.chain / (two.chain + two.beside)))  # fmt: skip
    bench("two workers, measured over simulated", two.wall / expected(2), reach="1", limit="rows of events that two spans share, memory bandwidth")  # fmt: skip
