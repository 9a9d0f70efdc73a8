"""How many workers does a number of posts a day need: a simulation of batches that wait, are computed side by side, and are written in turn.

`python scripts/queueing.py --a-day 10000000 --batch 200 --compute 0.5 --write 0.05 --writers 1 --workers 40`. Needs Python only. Seconds are
those of one batch; measure them with `tests/bench/test_scale_bench.py`. The day has the shape of a message board's: half of the posts
in the six busiest hours.
"""

from __future__ import annotations

import argparse
import heapq
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, quantiles

DAY = 86_400.0
# The share of a day's posts in each hour, from midnight: invented, with the two humps of office hours.
HOURS = (1, 1, 1, 1, 1, 1, 2, 4, 7, 9, 9, 7, 5, 5, 7, 8, 7, 6, 5, 5, 4, 3, 2, 1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Seconds from arrival to the end of each batch's writing, and the share of time in which workers and writers were busy."""

    waits: Sequence[float]
    end: float
    workers_busy: float
    writers_busy: float

    @property
    def mean(self) -> float:
        return mean(self.waits)

    @property
    def p95(self) -> float:
        return quantiles(self.waits, n=20)[-1] if len(self.waits) > 1 else self.waits[0]


def simulate(
    arrivals: Iterable[float], *, compute: Iterable[float], write: Iterable[float], workers: int, writers: int
) -> Outcome:
    """Batches in the order of `arrivals`: a free worker computes one, then holds it until one of `writers` has written it."""
    free, pens = [0.0] * workers, [0.0] * writers
    waits, computing, writing, end = [], 0.0, 0.0, 0.0
    # (time, number, batch's arrival, seconds of its writing) of batches that are ready to be written, the earliest first.
    ready: list[tuple[float, int, float, float]] = []
    held = 0

    def write_one() -> None:
        nonlocal end, held
        at, _number, arrived, seconds = heapq.heappop(ready)
        done = max(at, heapq.heappop(pens)) + seconds
        heapq.heappush(pens, done)
        heapq.heappush(free, done)
        held -= 1
        end = max(end, done)
        waits.append(done - arrived)

    for number, (arrived, seconds, ink) in enumerate(zip(arrivals, compute, write, strict=False)):
        # A worker that holds a batch is free again only when that is written; whoever is ready first is written first.
        while held and (held == workers or ready[0][0] <= max(arrived, free[0])):
            write_one()
        begin = max(arrived, heapq.heappop(free))
        heapq.heappush(ready, (begin + seconds, number, arrived, ink))
        held += 1
        computing += seconds
        writing += ink
    while ready:
        write_one()
    return Outcome(waits, end, (computing + writing) / (end * workers), writing / (end * writers))


def stretched(seconds: Iterable[float], *, busy: float, cores: float) -> Iterable[float]:
    """Service times when `busy` processes share `cores`: as if all of them always had work, so at the worst.

    `cores` need not be whole: measure what this machine gives to two busy processes at once, beside whatever else it does. A
    worker and its store's process take turns, so the two count as one that is busy.
    """
    factor = max(1.0, busy / cores)
    return (factor * one for one in seconds)


def day(batches: float, dice: random.Random) -> list[float]:
    """When the batches of one day arrive: a Poisson stream whose rate follows HOURS."""
    at, peak, found = 0.0, max(HOURS), []
    rate = batches * peak / sum(HOURS) / 3600
    while (at := at + dice.expovariate(rate)) < DAY:
        if dice.random() < HOURS[int(at // 3600)] / peak:
            found.append(at)
    return found


def spread(seconds: float, dice: random.Random) -> Iterable[float]:
    """Service times around `seconds`: between half and one and a half, since batches are of one size."""
    while True:
        yield seconds * dice.uniform(0.5, 1.5)


def main() -> None:
    """Print what the simulation gives for the numbers on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--a-day", type=float, required=True, help="posts a day")
    parser.add_argument("--batch", type=float, default=200, help="posts in a batch")
    for name, what in (("compute", "seconds of computing a batch"), ("write", "seconds of writing a batch")):
        parser.add_argument(f"--{name}", type=float, required=True, help=what)
    for name in ("writers", "workers"):
        parser.add_argument(f"--{name}", type=int, default=1)
    parser.add_argument("--cores", type=float, help="cores that all workers share; without it each has one of its own")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    dice, cores = random.Random(given.seed), given.cores or float(given.workers)
    compute, write = (
        stretched(spread(one, dice), busy=given.workers, cores=cores) for one in (given.compute, given.write)
    )
    found = simulate(
        day(given.a_day / given.batch, dice), compute=compute, write=write, workers=given.workers, writers=given.writers
    )
    print(  # noqa: T201 - a program
        f"{len(found.waits)} batches: mean {found.mean:.1f} s, p95 {found.p95:.1f} s from arrival to store;"
        f" workers busy {found.workers_busy:.0%}, writers {found.writers_busy:.0%}; last done at {found.end / 3600:.2f} h"
    )


if __name__ == "__main__":
    main()
