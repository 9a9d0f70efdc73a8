"""Drift: does what comes in, or what the model says of it, differ from what it was? Pure.

The population stability index over bins of the reference's own quantiles. Its value alone misleads when there are few texts: between
two samples of the same source it is (1/n + 1/m) times a chi-squared variable of bins - 1 degrees of freedom, so a drift is called
one only when it is large (the usual .1 and .25) and larger than chance would make it once in a hundred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.metrics import chi_squared

BINS = 10
FEWEST = 100  # texts a side from which the index is worth reading
SOME, MUCH = 0.1, 0.25
_RARE = 0.99
_EMPTY = 0.5  # a bin without any counts as half a text


@dataclass(frozen=True, slots=True)
class Drift:
    """`state` is "few" (too few to tell), "steady", "some" or "much"; `psi` None when few; medians and counts of both sides."""

    name: str
    state: str
    psi: float | None
    now: float | None
    before: float | None
    count_now: int
    count_before: int


def drift(name: str, before: Sequence[float], now: Sequence[float]) -> Drift:
    """Compare the values `now` with those `before`."""
    middle = [float(np.median(side)) if len(side) else None for side in (now, before)]
    counts = len(now), len(before)
    if min(counts) < FEWEST:
        return Drift(name, "few", None, middle[0], middle[1], *counts)
    psi, bins = _psi(np.asarray(before, float), np.asarray(now, float))
    chance = (1 / counts[0] + 1 / counts[1]) * chi_squared(_RARE, max(bins - 1, 1))
    state = "steady" if psi < max(SOME, chance) else "some" if psi < MUCH else "much"
    return Drift(name, state, round(psi, 4), middle[0], middle[1], *counts)


def _psi(before: NDArray[np.float64], now: NDArray[np.float64]) -> tuple[float, int]:
    """(index, bins): bins that hold equal shares of `before`; equal quantiles make one bin."""
    edges = np.unique(np.quantile(before, np.linspace(0, 1, BINS + 1)[1:-1]))
    bins = len(edges) + 1
    shares = [
        np.maximum(np.bincount(np.searchsorted(edges, side, side="left"), minlength=bins), _EMPTY) / len(side)
        for side in (before, now)
    ]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum()), bins
