"""Growing the second stage's trees with scikit-learn: boosted ones on inputs binned once, and extremely random ones.

Inputs are cut at their quantiles a single time for all outputs and handed over as bin numbers; a split between two bins then is a
split at the edge between them, exactly. (Weighted binning inside scikit-learn took nine tenths of the training time.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingClassifier

from analysis.features import Floats
from analysis.heads.thicket import Thicket, thicket
from analysis.heads.trees import DEPTH, Ensemble, padded

_BINS = 48


@dataclass(frozen=True, slots=True)
class Growth:
    """How the trees grow."""

    trees: int = 80
    learning_rate: float = 0.06
    input_share: float = 0.5
    leaf_rows: int = 10
    leaf_penalty: float = 5.0
    random_trees: int = 100
    random_depth: int = 10
    random_input_share: float = 0.3
    random_leaf_rows: int = 3
    seed: int = 7


def edges(inputs: Floats) -> list[Floats]:
    """For each input the values where its bins end."""
    shares = np.linspace(0, 1, _BINS + 1)[1:-1]
    return [np.unique(np.quantile(column, shares, method="lower")).astype(np.float32) for column in inputs.T]


def binned(inputs: Floats, cuts: list[Floats]) -> NDArray[np.float64]:
    """The number of each value's bin: how many edges lie below it."""
    return np.column_stack([np.searchsorted(cut, column) for cut, column in zip(cuts, inputs.T, strict=True)]).astype(
        float
    )


def grow(
    bins: NDArray[np.float64], cuts: list[Floats], label: NDArray[np.bool_], trust: NDArray[np.float64], growth: Growth
) -> Ensemble:
    """One output's trees; with too few cases to learn from, its share alone."""
    share = float(np.average(label, weights=trust))
    if min(label.sum(), (~label).sum()) < 2 * growth.leaf_rows:
        return Ensemble([], float(np.log((share + 1e-4) / (1 - share + 1e-4))))
    model = HistGradientBoostingClassifier(
        max_iter=growth.trees, learning_rate=growth.learning_rate, max_depth=DEPTH, min_samples_leaf=growth.leaf_rows,
        l2_regularization=growth.leaf_penalty, max_features=growth.input_share, early_stopping=False,
        random_state=growth.seed,
    ).fit(bins, label, sample_weight=trust)  # fmt: skip
    trees = [padded(each[0].nodes, cuts) for each in model._predictors]  # noqa: SLF001 - no public face; parity is tested
    return Ensemble(trees, float(model._baseline_prediction.item()))  # noqa: SLF001


def grow_thicket(inputs: Floats, shares: NDArray[np.float64], trust: NDArray[np.float64], growth: Growth) -> Thicket:
    """Extremely random trees that learn all of `shares` (texts × outputs, 0..1) together."""
    model = ExtraTreesRegressor(
        growth.random_trees, max_depth=growth.random_depth, min_samples_leaf=growth.random_leaf_rows,
        max_features=growth.random_input_share, random_state=growth.seed,
    ).fit(inputs, shares, sample_weight=trust)  # fmt: skip
    return thicket([each.tree_ for each in model.estimators_], shares.shape[1])
