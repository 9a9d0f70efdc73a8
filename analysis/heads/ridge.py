"""The first stage's training: one ridge regression for all outputs at once, in the space of texts.

With some thousand texts and some hundred thousand features, the texts' Gram matrix is small and one Cholesky factor solves
every output together; scores of left-out groups come from refits on the same matrix. So a whole cross-validation takes
seconds and every choice can be checked by it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix
from sklearn.model_selection import GroupKFold

from analysis.features import Floats, Rows

Matrix = NDArray[np.float64]


def sparse(rows: Rows, width: int) -> csr_matrix:
    """Our rows as scipy's matrix, for training."""
    return csr_matrix((rows.values, rows.columns, rows.starts), shape=(len(rows), width))


def solve(gram: Matrix, targets: Matrix, trust: Matrix, penalty: float) -> tuple[Matrix, Matrix]:
    """(dual coefficients texts × outputs, bias) of the weighted ridge: `trust` is each text's weight."""
    bias = np.average(targets, axis=0, weights=trust)
    factor = cho_factor(gram + np.diag(penalty / trust))
    return cho_solve(factor, targets - bias), bias


def unseen_scores(
    gram: Matrix, targets: Matrix, trust: Matrix, penalty: float, groups: Sequence[int], folds: int
) -> Matrix:
    """Each text's scores from a fit that saw nothing of its group."""
    out = np.zeros_like(targets)
    for fit, held in GroupKFold(folds).split(gram, groups=groups):
        dual, bias = solve(gram[np.ix_(fit, fit)], targets[fit], trust[fit], penalty)
        out[held] = gram[np.ix_(held, fit)] @ dual + bias
    return out


def primal(matrix: csr_matrix, dual: Matrix) -> Floats:
    """Weights of the features (features × outputs) from the dual coefficients."""
    return np.asarray(matrix.T @ dual, dtype=np.float32)
