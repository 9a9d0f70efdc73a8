"""Thresholds from a statement of costs: what may be missed and how much may be read in vain, never a bare number.

The statement is the department's to edit; the numbers follow from it on texts the model had not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import Labelled
from analysis.heads.suite import BINARY, Probabilities, Thresholds
from analysis.metrics import quadratic_kappa
from analysis.records import SERIOUS, SIGNALS

Values = NDArray[np.float64]
_FEWEST = 20
_AS_GOOD = 0.97  # a lesser difference of F1 is noise with this few cases


@dataclass(frozen=True, slots=True)
class Costs:
    """The statement: of what must be found, which share at least; of what is called serious, which share must be.

    `find_risks`: share of all risks that the flag must catch. `find_serious`: share of level ≥ 2 that it must catch.
    `trust_serious`: of the texts given level ≥ 2, the share that must truly be so.
    """

    find_risks: float = 0.93
    find_serious: float = 0.98
    trust_serious: float = 0.70

    def to_dict(self) -> dict[str, float]:
        """For the card."""
        return asdict(self)


COSTS = Costs()


def choose(rows: Sequence[Labelled], unseen: Probabilities, costs: Costs) -> Thresholds:
    """The thresholds that meet `costs` on `rows`, as seen by a model that did not know them."""
    weight = np.array([row.weight for row in rows])
    actual = np.array([row.level for row in rows])
    risk = unseen.binary[:, BINARY.index("risk")].astype(float)
    flag = min(
        _highest_catching(risk, actual >= 1, weight, costs.find_risks),
        _highest_catching(risk, actual >= SERIOUS, weight, costs.find_serious),
    )
    signals = tuple(
        _best_f1(
            unseen.binary[:, BINARY.index(name)].astype(float), np.array([name in r.signals for r in rows]), weight
        )
        for name in SIGNALS
    )
    return Thresholds(flag, _level_cuts(unseen, actual, weight, costs.trust_serious), signals)


def _highest_catching(scores: Values, wanted: NDArray[np.bool_], weight: Values, share: float) -> float:
    """The highest threshold that still catches `share` of the wanted rows."""
    order = np.argsort(-scores[wanted])
    caught = np.cumsum(weight[wanted][order])
    if not len(caught):
        return 0.5
    return float(scores[wanted][order][np.searchsorted(caught, share * caught[-1] - 1e-9)])


def _best_f1(scores: Values, wanted: NDArray[np.bool_], weight: Values) -> float:
    """The middle of the thresholds, from .15 on, whose F1 is as good as the best; one half where there is nothing to learn from.

    The single best one hangs on a text or two: two machines that round differently would choose apart.
    """
    if wanted.sum() < _FEWEST:
        return 0.5
    tried = np.arange(0.15, 0.7, 0.02)
    total = weight[wanted].sum()
    found = np.array([2 * weight[wanted & (scores >= t)].sum() / (weight[scores >= t].sum() + total) for t in tried])
    return float(tried[found >= _AS_GOOD * found.max()].mean())


def _level_cuts(
    unseen: Probabilities, actual: NDArray[np.int64], weight: Values, trust: float
) -> tuple[float, float, float]:
    """Where each level begins.

    Level 2: the lowest cut that keeps the promise on precision. Level 1: the best agreement given that. Level 3: one half, because
    learned cases are few and the rules of `severity` carry it.
    """
    first = BINARY.index("level 1")
    one, two = (unseen.binary[:, first + k].astype(float) for k in (0, 1))
    tried = np.arange(0.1, 0.75, 0.01)
    serious = actual >= SERIOUS
    kept = [t for t in tried if weight[serious & (two >= t)].sum() >= trust * weight[two >= t].sum()]
    second = float(kept[0]) if kept else 0.5

    def agreement(cut: float) -> float:
        given = np.where(two >= second, 2, (one >= cut).astype(int))
        return quadratic_kappa(actual, given, weight)

    return float(max(tried, key=agreement)), second, 0.5
