"""The first stage's training: one ridge regression for all outputs at once, in the space of texts.

With some thousand texts and some hundred thousand features, the texts' Gram matrix is small and one Cholesky factor solves
every output together; scores of left-out groups come from refits on the same matrix. So a whole cross-validation takes
seconds and every choice can be checked by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix
from sklearn.model_selection import GroupKFold

from analysis.features import BODY_WORD, TITLE_WORD, Floats, Rows, Vocabulary

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


@dataclass(frozen=True, slots=True)
class Prior:
    """What word vectors say about word weights: words that mean alike should weigh alike.

    It adds a second kernel between texts; as that kernel is linear in the word features, its share of the solution folds into
    the word weights and costs nothing at run time.
    """

    gram: Matrix
    maps: tuple[tuple[NDArray[np.int64], Matrix, Matrix], ...]  # columns, their vectors (scaled), texts × vector
    width: int

    @classmethod
    def of(
        cls, vocabulary: Vocabulary, matrix: csr_matrix, vectors: dict[str, Floats], weights: Sequence[float]
    ) -> Prior:
        """The prior for the words of the title and the body, each kernel scaled to `weights` on average."""
        gram = np.zeros((matrix.shape[0],) * 2)
        maps = []
        for block, weight in zip((TITLE_WORD, BODY_WORD), weights, strict=True):
            columns, table = _vectors_of(vocabulary, vectors, block)
            if not weight or not len(columns):
                continue
            dense = np.asarray(matrix[:, columns] @ table)
            scale = np.sqrt(weight / max(float(np.mean((dense**2).sum(axis=1))), 1e-12))
            gram += scale**2 * (dense @ dense.T)
            maps.append((columns, scale * table, scale * dense))
        return cls(gram, tuple(maps), len(vocabulary))

    def weights(self, dual: Matrix) -> Floats:
        """The prior's share of the feature weights."""
        out = np.zeros((self.width, dual.shape[1]), np.float32)
        for columns, table, dense in self.maps:
            out[columns] = table @ (dense.T @ dual)
        return out


def _vectors_of(vocabulary: Vocabulary, vectors: dict[str, Floats], block: int) -> tuple[NDArray[np.int64], Matrix]:
    low = np.uint64((1 << 20) - 1)
    at = np.flatnonzero((vocabulary.keys >> np.uint64(60)) == np.uint64(block))
    words = list(vocabulary.words)
    named = [(int(column), words[int(vocabulary.keys[column] & low) - 1]) for column in at]
    kept = [(column, vectors[word]) for column, word in named if word in vectors]
    if not kept:
        return np.zeros(0, np.int64), np.zeros((0, 1))
    return np.array([column for column, _ in kept]), np.array([vector for _, vector in kept], np.float64)
