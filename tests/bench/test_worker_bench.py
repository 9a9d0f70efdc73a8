"""What one assessing worker holds and takes to load, and what a second one beside it gives; on fresh processes, as the product has them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

from tests.bench.conftest import scaled

ROOT = Path(__file__).resolve().parents[2]
MOST_MEMORY = 400  # MB
LONGEST_LOAD = 0.5  # seconds of a processor
ROUNDS = 15 if "YIDAN_BENCH_SCALE" in os.environ else 1


def together(workers: int, source: Path, count: int) -> list[dict[str, float]]:
    """What `workers` processes say that assessed the same messages at the same time."""
    command = [sys.executable, "-m", "tests.bench.worker", str(source), str(count)]
    env = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    running = [
        subprocess.Popen(command, env=env, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(workers)
    ]
    try:
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in running:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return [json.loads(process.communicate(timeout=300)[0]) for process in running]
    finally:
        for process in running:
            process.kill()
            process.wait()


def test_a_worker_is_small_and_loads_at_once(shared: Path, bench):
    (said,) = together(1, shared / "data" / "messages.jsonl.gz", scaled(500))
    bench(
        "P1 memory of an assessing worker, MB", said["memory"], reach="< 400", texts=said["texts"], load_seconds=said["load"],
        limit="numpy and Python 26 MB, the port's dictionary 32, the model 60; the rest is one batch of 256 texts",
    )  # fmt: skip
    assert said["memory"] < MOST_MEMORY
    if "YIDAN_BENCH_SCALE" in os.environ:  # by hand, on a machine that is known to be quiet
        assert said["load"] < LONGEST_LOAD


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="two processes need two cores")
def test_two_workers_do_twice_the_work(shared: Path, bench):
    """Processor time a message is what a second process may raise (caches, memory); wall time also holds what else the machine does."""
    source, count = shared / "data" / "messages.jsonl.gz", scaled(200)
    walls, works = [], []
    for _ in range(ROUNDS):  # pairs, one right after the other: the machine itself is faster and slower by the minute
        one, two = together(1, source, count)[0], together(2, source, count)
        walls.append(2 * one["wall"] / max(said["wall"] for said in two))
        works.append(2 * one["cpu"] / max(said["cpu"] for said in two))
    wall, work = median(walls), median(works)
    bench(
        "P1 two assessing processes over one", wall, reach="near 2", by_processor_time=work, texts=count,
        lowest=min(walls), highest=max(walls),
        limit="nothing is shared: what is missing from 2 is memory bandwidth and what else the two cores do",
    )  # fmt: skip
    assert work > 1.2, "two processes hinder each other"
