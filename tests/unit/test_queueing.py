"""The simulation behind docs/scale.md, held against what theory knows exactly."""

from __future__ import annotations

import random
from itertools import accumulate, islice, repeat
from math import factorial

import pytest

from scripts.queueing import DAY, HOURS, day, simulate, spread, stretched

SERVICE = 1.0


def stream(rate: float, many: int, dice: random.Random) -> list[float]:
    return list(accumulate(dice.expovariate(rate) for _ in range(many)))


def exponential(dice: random.Random):
    while True:
        yield dice.expovariate(1 / SERVICE)


def erlang_c(load: float, servers: int) -> float:
    """The chance that a customer of M/M/c has to wait."""
    top = load**servers / factorial(servers) * servers / (servers - load)
    return top / (sum(load**n / factorial(n) for n in range(servers)) + top)


@pytest.mark.parametrize(("workers", "load"), [(1, 0.5), (1, 0.7), (2, 1.2), (8, 6.0)])
def test_waiting_for_a_worker_is_that_of_theory(workers: int, load: float):
    dice = random.Random(20261126)
    found = simulate(
        stream(load / SERVICE, 100_000, dice), compute=exponential(dice), write=repeat(0.0), workers=workers, writers=workers
    )  # fmt: skip
    expected = SERVICE + erlang_c(load, workers) * SERVICE / (workers - load)
    assert found.mean == pytest.approx(expected, rel=0.05)
    assert found.workers_busy == pytest.approx(load / workers, rel=0.03)


def test_everything_at_once_is_shared_out():
    found = simulate([0.0] * 10, compute=repeat(2.0), write=repeat(0.0), workers=2, writers=1)
    assert found.end == 10.0


def test_one_writer_is_what_breaks_first():
    """Four workers, one writer: however many workers, ten batches of one second's writing take ten seconds."""
    alone = simulate([0.0] * 10, compute=repeat(0.5), write=repeat(1.0), workers=1, writers=1)
    many = simulate([0.0] * 10, compute=repeat(0.5), write=repeat(1.0), workers=4, writers=1)
    assert alone.end == 15.0
    assert many.end == 10.5
    assert many.writers_busy > 0.95


@pytest.mark.parametrize(("workers", "cores", "end"), [(1, 2.0, 10.0), (2, 2.0, 5.0), (2, 1.25, 8.0), (4, 2.0, 5.0)])
def test_workers_that_share_cores_are_no_quicker_than_the_cores(workers: int, cores: float, end: float):
    """Twenty seconds of work, half computing and half writing, on so many cores."""
    half = [stretched([0.5] * 10, busy=workers, cores=cores) for _part in range(2)]
    found = simulate([0.0] * 10, compute=half[0], write=half[1], workers=workers, writers=workers)
    assert found.end == pytest.approx(end, rel=0.25 if workers == 4 else 0.001)


def test_a_day_has_its_posts_and_its_shape():
    found = day(50_000, random.Random(7))
    assert len(found) == pytest.approx(50_000, rel=0.02)
    assert 0 < found[0] < found[-1] < DAY
    busiest = sum(9.0 * 3600 <= at < 11.0 * 3600 for at in found) / len(found)
    assert busiest == pytest.approx(sum(HOURS[9:11]) / sum(HOURS), rel=0.05)


def test_batches_are_of_about_one_size():
    times = list(islice(spread(2.0, random.Random(3)), 1000))
    assert min(times) >= 1.0
    assert max(times) <= 3.0
    assert sum(times) / 1000 == pytest.approx(2.0, rel=0.03)
