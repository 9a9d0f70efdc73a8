"""The figures a model is judged by, each as its textbook defines it; weights let trusted labels count for more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVELS = 4


def average_precision(wanted: ArrayLike, scores: ArrayLike) -> float:
    """Mean of the precision at each wanted item, ranked by score; ties in the order given."""
    hits = np.asarray(wanted, float)[np.argsort(-np.asarray(scores, float), kind="stable")]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float((precision * hits).sum() / max(hits.sum(), 1))


def precision_at_recall(wanted: ArrayLike, scores: ArrayLike, recall: float) -> float:
    """The best precision of any cut that finds at least `recall` of the wanted items."""
    hits = np.asarray(wanted, float)[np.argsort(-np.asarray(scores, float), kind="stable")]
    found = np.cumsum(hits)
    precision = found / np.arange(1, len(hits) + 1)
    return float(precision[found >= recall * hits.sum()].max(initial=0))


def f1(wanted: ArrayLike, given: ArrayLike) -> float:
    """Harmonic mean of precision and recall of a yes/no decision; 0 where nothing is right."""
    truth, guess = np.asarray(wanted, bool), np.asarray(given, bool)
    return float(2 * (truth & guess).sum() / max(truth.sum() + guess.sum(), 1))


def macro_f1(wanted: Sequence[str], given: Sequence[str]) -> float:
    """Mean F1 over the classes that occur among the wanted ones."""
    classes = sorted(set(wanted))
    return float(np.mean([f1([w == c for w in wanted], [g == c for g in given]) for c in classes]))


def quadratic_kappa(wanted: ArrayLike, given: ArrayLike, weight: ArrayLike | None = None) -> float:
    """Cohen's kappa over levels 0 to 3 with squared distance as the cost of a disagreement."""
    truth, guess = np.asarray(wanted, int), np.asarray(given, int)
    shares = np.zeros((LEVELS, LEVELS))
    np.add.at(shares, (truth, guess), 1.0 if weight is None else np.asarray(weight, float))
    shares /= max(shares.sum(), 1e-12)
    cost = (np.arange(LEVELS)[:, None] - np.arange(LEVELS)[None, :]) ** 2
    chance = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    return float(1 - (cost * shares).sum() / max((cost * chance).sum(), 1e-12))


def interval(
    figure: Callable[[NDArray[np.int64]], float], count: int, draws: int = 500, seed: int = 7
) -> tuple[float, float]:
    """The 95 % bootstrap interval of `figure(indices)` over `count` cases."""
    random = np.random.default_rng(seed)
    values = [figure(random.integers(0, count, count)) for _ in range(draws)]
    return float(np.quantile(values, 0.025)), float(np.quantile(values, 0.975))


def chi_squared(share: float, freedom: float) -> float:
    """The quantile `share` of the chi-squared distribution; the degrees of freedom need not be a whole number."""
    from scipy.special import gammaincinv

    return 2 * float(gammaincinv(freedom / 2, share))
