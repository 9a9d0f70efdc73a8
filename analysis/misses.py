"""How much the machine misses, from a blind sample of what it did not flag: the Horvitz-Thompson estimate and its interval. Pure.

Each sampled text stands for the 1/p texts it was drawn from, p being its chance to be drawn (D. G. Horvitz, D. J. Thompson, 1952);
those drawn and not yet judged are made up for within their stratum. Confirmed ones are few, so their weighted sum is bounded by the
gamma interval for weighted Poisson counts (M. P. Fay, E. J. Feuer, 1997), which holds with none found too: it is not 0 ± 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.metrics import chi_squared

ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Drawn:
    """One sampled event: the stratum it was drawn from, its chance, and (None: not judged yet) whether it was one to find."""

    stratum: str
    chance: float
    found: bool | None


@dataclass(frozen=True, slots=True)
class Recall:
    """`value`, `low`, `high` of the share found; `missed` the estimate of those missed, with its bounds; what it rests on.

    `value` is None where nothing was judged or there is nothing to find.
    """

    value: float | None
    low: float
    high: float
    missed: float
    missed_low: float
    missed_high: float
    caught: int
    judged: int
    drawn: int
    misses_seen: int


def recall(caught: int, sample: Iterable[Drawn], alpha: float = ALPHA) -> Recall:
    """The share of what was to be found that the machine flagged: `caught` flagged and confirmed, the misses by `sample`."""
    rows = list(sample)
    judged = [row for row in rows if row.found is not None]
    weights = _weights(rows)
    hits = [weights[row.stratum] / row.chance for row in judged if row.found]
    most = max((weights[row.stratum] / row.chance for row in judged), default=0.0)
    missed = sum(hits)
    low, high = _interval(hits, most, alpha)
    if not judged:
        return Recall(None, 0.0, 1.0, 0.0, 0.0, float("inf"), caught, 0, len(rows), 0)
    total = caught + missed
    value = caught / total if total else None
    bounds = (_ratio(caught, high), _ratio(caught, low))
    return Recall(value, *bounds, missed, low, high, caught, len(judged), len(rows), len(hits))


def _ratio(caught: int, missed: float) -> float:
    return caught / (caught + missed) if caught + missed else 1.0


def _weights(rows: Iterable[Drawn]) -> dict[str, float]:
    """Stratum → by how much its judged ones must stand for those not judged."""
    whole: dict[str, float] = defaultdict(float)
    told: dict[str, float] = defaultdict(float)
    for row in rows:
        whole[row.stratum] += 1 / row.chance
        told[row.stratum] += 1 / row.chance if row.found is not None else 0.0
    return {name: whole[name] / told[name] if told[name] else 0.0 for name in whole}


def _interval(hits: list[float], most: float, alpha: float) -> tuple[float, float]:
    """Fay and Feuer's bounds of the expected weighted sum."""
    total, spread = sum(hits), sum(w * w for w in hits)
    low = spread / (2 * total) * chi_squared(alpha / 2, 2 * total**2 / spread) if total else 0.0
    wide = spread + most**2
    if not wide:
        return low, 0.0
    high = wide / (2 * (total + most)) * chi_squared(1 - alpha / 2, 2 * (total + most) ** 2 / wide)
    return low, high
