"""What a reply is like as a whole: its words in thirty latent dimensions, and a machine with a radial kernel over them and the marks.

Forwarding slips, thanks and promises share their vocabulary whatever they are about; rules that count marks miss those they have no
word for. The dimensions come from an archive of replies (LSA); only single words and numbers are kept, and numpy is enough here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.text.document import read

FILE = Path(__file__).parents[1] / "data" / "reply_verdict.npz"
LATENT_WEIGHT = 3.0  # how much the dimensions count beside the marks, before both are scaled
_PAIRS = ((0, 1), (0, 2), (1, 2))


@dataclass(frozen=True, slots=True)
class Latent:
    """`words` → line of `idf` (words) and `axes` (words × dimensions)."""

    words: dict[str, int]
    idf: NDArray[np.float32]
    axes: NDArray[np.float32]

    def of(self, words: Sequence[str]) -> NDArray[np.float64]:
        """The place of a reply by its words: dampened counts times idf, at length one, projected."""
        counts = Counter(self.words[word] for word in words if word in self.words)
        lines = np.array(list(counts), np.int64)
        values = (1 + np.log(np.array(list(counts.values()), np.float64))) * self.idf[lines]
        length = float(np.sqrt((values**2).sum())) or 1.0
        return np.asarray(values @ self.axes[lines] / length, np.float64)


@dataclass(frozen=True, slots=True)
class Machine:
    """A support vector machine for three classes: inputs scaled by `mean` and `scale`, `pull` of each vector on each pair of classes."""

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    vectors: NDArray[np.float32]
    pull: NDArray[np.float32]  # pairs × vectors
    bias: NDArray[np.float32]  # pairs
    gamma: NDArray[np.float32]

    def verdict(self, inputs: NDArray[Any]) -> int:
        """The class that wins most pairs, the first of those that win as many."""
        point = (np.asarray(inputs, np.float64) - self.mean) / self.scale
        near = np.exp(-float(self.gamma) * ((self.vectors - point) ** 2).sum(axis=1))
        votes = [0, 0, 0]
        for (one, other), margin in zip(_PAIRS, (self.pull @ near + self.bias).tolist(), strict=True):
            votes[one if margin > 0 else other] += 1
        return votes.index(max(votes))

    @classmethod
    def of(cls, fitted: Any, scaler: Any) -> Machine:
        """The arrays of a fitted scikit-learn SVC and StandardScaler."""
        first = np.cumsum([0, *fitted.n_support_])
        pull = np.zeros((len(_PAIRS), len(fitted.support_vectors_)))
        for line, (one, other) in zip(pull, _PAIRS, strict=True):
            mine, theirs = slice(first[one], first[one + 1]), slice(first[other], first[other + 1])
            line[mine], line[theirs] = fitted.dual_coef_[other - 1, mine], fitted.dual_coef_[one, theirs]
        parts = (scaler.mean_, scaler.scale_, fitted.support_vectors_, pull, fitted.intercept_, np.array(fitted._gamma))  # noqa: SLF001 - no public face; parity is tested
        return cls(*(np.asarray(part, np.float32) for part in parts))


def words_of(reply: str) -> list[str]:
    """The words of a reply."""
    return [word for word in read("", reply).document.body_words if word.strip()]


def save(latent: Latent, machine: Machine, path: Path = FILE) -> None:
    """Write both as plain arrays."""
    words = np.frombuffer("\n".join(latent.words).encode(), np.uint8)
    arrays = {field.name: getattr(machine, field.name) for field in fields(machine)}
    np.savez_compressed(
        path, words=words, idf=latent.idf.astype(np.float16), axes=latent.axes.astype(np.float16), **arrays
    )


@lru_cache(maxsize=1)
def load(path: Path = FILE) -> tuple[Latent, Machine]:
    """What is shipped; the file holds no objects."""
    with np.load(path, allow_pickle=False) as stored:
        words = bytes(stored["words"].tobytes()).decode().split("\n")
        latent = Latent(
            {word: line for line, word in enumerate(words)},
            stored["idf"].astype(np.float32),
            stored["axes"].astype(np.float32),
        )
        return latent, Machine(*(stored[field.name] for field in fields(Machine)))
