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

import pytest

from crawlers.api import seal
from crawlers.records import Post
from scripts.queueing import simulate, stretched
from tests import postgres
from tests.bench.conftest import scaled
from tests.home import Home
from tests.integration.cluster import ROOT, Cluster
from tests.integration.test_intake import post
from tracker.jobs.engine import Engine

SPAN = 100


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


SPIN = "import time\nend, n = time.perf_counter() + 2, 0\nwhile time.perf_counter() < end: n += 1\nprint(n)"


def cores_there() -> float:
    """How many cores two busy processes get here and now, beside whatever else this machine does: 2 on two that are free."""

    def spun(many: int) -> int:
        spinning = [subprocess.Popen([sys.executable, "-c", SPIN], stdout=subprocess.PIPE) for _one in range(many)]
        return sum(int(one.communicate()[0]) for one in spinning)

    alone = [spun(1), spun(1)]
    # What else runs may fall into the one spin and not the other: no machine has more than its cores.
    return min(2.0 * spun(2) / sum(alone), float(os.cpu_count() or 1))


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


def rescored(cluster: Cluster, home: Home, spans: list[str]) -> float:
    """Seconds for all of them, by workers that have the model in memory already."""
    engine = Engine(cluster.engine)
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
def test_a_second_worker(bench, tmp_path: Path, monkeypatch):
    if "YIDAN_BENCH_SCALE" not in os.environ:
        pytest.skip("by hand, with YIDAN_BENCH_SCALE: it takes over a minute, and needs both cores for itself")
    with postgres.server() as url:
        monkeypatch.setenv("DATABASE_URL", url)
        home = Home(tmp_path / "home")
        measure(bench, home, scaled(600))


def measure(bench, home: Home, size: int) -> None:
    home("intake")  # makes the store
    seal(unlike(size), "a", home.path / "spool")
    home("intake")
    keys = [key for (key,) in home.rows("select id from posts_post order by id")]
    spans = [f"{part[0]}-{part[-1]}" for part in (keys[n : n + SPAN] for n in range(0, len(keys), SPAN))]

    forget(home)
    command = [sys.executable, "-m", "tests.bench.rescoring", *spans]
    alone = json.loads(
        subprocess.run(
            command,
            env=home.env | {"DJANGO_SETTINGS_MODULE": "tracker.settings"},
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout
    )

    cluster, cores = Cluster(home), [cores_there()]
    try:
        cluster.worker()
        way = handed(cluster)
        one = rescored(cluster, home, spans)
        cluster.worker()
        two = rescored(cluster, home, spans)
    finally:
        cluster.close()
    cores.append(cores_there())

    def expected(workers: int) -> float:
        parts = [
            stretched(repeat(part), busy=workers, cores=sum(cores) / 2)
            for part in (alone["compute"] + way, alone["write"])
        ]
        return simulate([0.0] * len(spans), compute=parts[0], write=parts[1], workers=workers, writers=workers).end

    events = home.rows("select count(*) from posts_event")[0][0]
    print(
        f"\n{size} posts in {events} events; {cores[0]:.2f} and {cores[1]:.2f} cores for two; alone {len(spans) * (alone['compute'] + alone['write']):.2f} s,"
        f" one worker {one:.2f} s (simulated {expected(1):.2f}), two {two:.2f} s (simulated {expected(2):.2f}); handing over {1000 * way:.1f} ms"
    )
    bench("P8 rescore, two Dask workers over one", one / two, reach="≥ 1.8", limit="two cores, shared by the workers, PostgreSQL and the scheduler",
          posts_a_second=size / two, compute_a_span=alone["compute"], write_a_span=alone["write"], cores=cores[0])  # fmt: skip
    bench("two workers, measured over simulated", two / expected(2), reach="1", limit="rows of events that two spans share, memory bandwidth")  # fmt: skip
