"""Each bench is a ratio measured in one run against a baseline in the same run; `bench/latest.json` keeps them.

YIDAN_BENCH_SCALE multiplies the sizes; the default is small enough for CI, where these run as smoke tests.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import pytest

LATEST = Path(__file__).resolve().parents[2] / "bench" / "latest.json"


def scaled(size: int) -> int:
    return max(int(size * float(os.environ.get("YIDAN_BENCH_SCALE", "1"))), 1)


def seconds(work: Callable[[], object], rounds: int = 3) -> float:
    """The median of `rounds` runs, in seconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times)


@pytest.fixture(scope="session")
def bench() -> Iterator[Callable[..., None]]:
    """Record a row: its name, the ratio, how far to get, and what limits it."""
    rows: dict[str, dict[str, object]] = {}

    def record(name: str, ratio: float, *, reach: str, limit: str, **figures: float) -> None:
        assert ratio > 0
        rows[name] = {"ratio": round(ratio, 3), "reach": reach, "limit": limit} | {
            key: round(value, 4) for key, value in figures.items()
        }
        print(f"\n{name}: {ratio:.3f} (reach {reach})")

    yield record
    if rows:
        kept = json.loads(LATEST.read_text(encoding="utf-8")) if LATEST.exists() else {}
        LATEST.parent.mkdir(exist_ok=True)
        LATEST.write_text(json.dumps(kept | rows, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
