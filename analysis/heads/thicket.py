"""Extremely random trees as plain arrays: one forest whose leaves hold every output, so a text walks it once for all of them.

Trained by scikit-learn, walked by numpy: all trees and all texts of a batch go down one level at a time. Children stand side by
side, so a step is one comparison and one addition. Parity with scikit-learn's own prediction is a test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BATCH = 256
_LEAF = -1


@dataclass(frozen=True, slots=True)
class Thicket:
    """Trees laid one behind the other: node `i` asks whether input `feature[i]` > `threshold[i]`.

    No: go to `child[i]`; yes: to the node after it. A leaf is its own child and gives `values[leaf[i]]`, one share an output.
    `roots` says where each tree begins, `depth` how many steps reach every leaf.
    """

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    child: NDArray[np.int32]
    leaf: NDArray[np.int32]
    values: NDArray[np.floating[Any]]  # leaves × outputs
    roots: NDArray[np.int32]
    depth: int

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """The mean of the leaves reached: texts × outputs, in 0..1 where the targets were."""
        out = np.zeros((len(inputs), self.values.shape[1]), np.float32)
        for start in range(0, len(inputs), _BATCH):
            part = inputs[start : start + _BATCH]
            node = np.tile(self.roots, (len(part), 1))
            width = part.shape[1]
            flat = part.ravel()
            base = (np.arange(len(part)) * width)[:, None]
            for _ in range(self.depth):
                asked = flat.take(base + self.feature.take(node))
                node = self.child.take(node) + (asked > self.threshold.take(node))
            out[start : start + _BATCH] = self.values.take(self.leaf.take(node), axis=0).mean(axis=1, dtype=np.float32)
        return out

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The thicket as plain arrays."""
        return {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> Thicket:
        """The reverse of `arrays`."""
        node = {name: array for name, array in arrays.items() if name not in ("depth", "values")}
        values = arrays["values"].astype(
            np.float32
        )  # kept small in the file; a mean of half floats takes twice as long
        return cls(depth=int(arrays["depth"]), values=values, **node)


def thicket(trees: Sequence[Any], outputs: int) -> Thicket:
    """The trees of a fitted scikit-learn ensemble (their `tree_` structures) as arrays."""
    feature: list[int] = []
    threshold: list[float] = []
    child: list[int] = []
    leaf: list[int] = []
    roots: list[int] = []
    values: list[NDArray[Any]] = []
    for tree in trees:
        roots.append(len(feature))
        _lay(tree, feature, threshold, child, leaf, values)
    return Thicket(
        np.array(feature, np.int16), _below(threshold), np.array(child, np.int32), np.array(leaf, np.int32),
        np.array(values, np.float16).reshape(-1, outputs), np.array(roots, np.int32),
        max((int(tree.max_depth) for tree in trees), default=0),
    )  # fmt: skip


def _lay(
    tree: Any, feature: list[int], threshold: list[float], child: list[int], leaf: list[int], values: list[NDArray[Any]]
) -> None:
    """One tree behind the others, breadth first, the children of a node side by side."""
    base, waiting, given = len(feature), [0], 1
    while waiting:
        node = waiting.pop(0)
        place, left, right = len(feature), int(tree.children_left[node]), int(tree.children_right[node])
        if left < 0:
            feature.append(0)
            threshold.append(np.inf)
            child.append(place)
            leaf.append(len(values))
            values.append(tree.value[node, :, 0])
            continue
        feature.append(int(tree.feature[node]))
        threshold.append(float(tree.threshold[node]))
        child.append(base + given)
        leaf.append(_LEAF)
        waiting += [left, right]
        given += 2


def _below(threshold: Sequence[float]) -> NDArray[np.float32]:
    """The thresholds in single precision, never rounded up: a value equal to one goes the way it went in training."""
    exact = np.array(threshold, np.float64)
    rounded = exact.astype(np.float32)
    return np.where(rounded > exact, np.nextafter(rounded, np.float32(-np.inf)), rounded).astype(np.float32)
