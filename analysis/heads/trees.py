"""Small boosted trees as plain arrays: trained by scikit-learn, evaluated by three comparisons and a sum.

Every tree is padded to full depth, so a whole ensemble runs as a few numpy operations without a loop over trees, and no
scikit-learn is needed where texts are assessed. Parity with scikit-learn's own prediction is a test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

DEPTH = 3
INNER, LEAVES = (1 << DEPTH) - 1, 1 << DEPTH
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Forest:
    """`outputs` ensembles over the same inputs: tree `t` adds to output `owner[t]`; `base` is where each starts (log-odds)."""

    feature: NDArray[np.int16]  # trees × INNER
    threshold: NDArray[np.float32]  # trees × INNER: right if value > threshold
    leaf: NDArray[np.float32]  # trees × LEAVES
    owner: NDArray[np.int16]  # trees, ascending
    base: NDArray[np.float32]  # outputs

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Raw scores (log-odds), one line a row."""
        out = np.tile(self.base, (len(inputs), 1))
        if not len(self.owner):
            return out
        first, owners = np.searchsorted(self.owner, np.unique(self.owner)), np.unique(self.owner)
        leaves, own = self.leaf.ravel(), np.arange(0, self.leaf.size, LEAVES, dtype=np.int32)[:, None]
        for start in range(0, len(inputs), _BATCH):
            part = np.ascontiguousarray(inputs[start : start + _BATCH].T)
            # A place of all trees at a time, so that what is compared stays in the cache; rows are copied whole, not walked.
            high = [part.take(self.feature[:, n], axis=0) > self.threshold[:, n, None] for n in range(INNER)]
            one = high[0]
            two = _choose(one, high[1], high[2])
            three = _choose(one, _choose(two, high[3], high[4]), _choose(two, high[5], high[6]))
            reached = (one.view(np.uint8) * 4) | (two.view(np.uint8) * 2) | three.view(np.uint8)
            out[start : start + _BATCH, owners] += np.add.reduceat(leaves.take(reached + own), first, axis=0).T
        return out

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The forest as plain arrays."""
        return {name: getattr(self, name) for name in ("feature", "threshold", "leaf", "owner", "base")}


def _choose(right: NDArray[np.bool_], no: NDArray[np.bool_], yes: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What `np.where(right, yes, no)` gives, without its branches."""
    return (right & yes) | (~right & no)


@dataclass(frozen=True, slots=True)
class Ensemble:
    """One output's trees: (features, thresholds, leaves) of each, and the starting log-odds."""

    trees: list[tuple[NDArray[np.int16], NDArray[np.float32], NDArray[np.float32]]]
    base: float


def plant(ensembles: Sequence[Ensemble]) -> Forest:
    """The ensembles side by side, output by output."""
    trees = [tree for ensemble in ensembles for tree in ensemble.trees]
    owner = [number for number, ensemble in enumerate(ensembles) for _ in ensemble.trees]
    return Forest(
        np.array([t[0] for t in trees], np.int16).reshape(-1, INNER),
        np.array([t[1] for t in trees], np.float32).reshape(-1, INNER),
        np.array([t[2] for t in trees], np.float32).reshape(-1, LEAVES),
        np.array(owner, np.int16),
        np.array([ensemble.base for ensemble in ensembles], np.float32),
    )


def padded(
    nodes: NDArray[Any], cuts: Sequence[NDArray[np.float32]]
) -> tuple[NDArray[np.int16], NDArray[np.float32], NDArray[np.float32]]:
    """A tree of scikit-learn's histogram boosting (its node table) as full-depth arrays; a high leaf repeats downwards.

    It was grown on bin numbers: a split above bin `i` is a split at the edge `cuts[input][i]`.
    """
    feature = np.zeros(INNER, np.int16)
    threshold = np.full(INNER, np.inf, np.float32)
    leaf = np.zeros(LEAVES, np.float32)

    def fill(index: int, place: int) -> None:
        node = nodes[index]
        if place >= INNER:
            leaf[place - INNER] = node["value"]
            return
        if not node["is_leaf"]:
            split = int(node["feature_idx"])
            feature[place], threshold[place] = split, cuts[split][int(node["num_threshold"])]
        fill(index if node["is_leaf"] else int(node["left"]), 2 * place + 1)
        fill(index if node["is_leaf"] else int(node["right"]), 2 * place + 2)

    fill(0, 0)
    return feature, threshold, leaf
