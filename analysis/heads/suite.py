"""The heads of a risk assessment at work: words → linear scores → small trees and rules → labels. numpy only.

First stage: one linear score an output from the sparse rows. Second stage: those scores beside the hand-written cues, read by
small boosted trees (transport, risk, levels, signals, needs) and a linear softmax (topics). The second stage is trained on
first-stage scores of texts the first stage had not seen, so it knows how far they can be trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis import cues
from analysis.features import Document, Floats, Hits, Rows, Vocabulary, scores, vectorise
from analysis.heads.trees import Forest
from analysis.records import NEEDS, SIGNALS, TOPICS

BINARY = ("transport", "risk", "level 1", "level 2", "level 3", *SIGNALS)
OUTPUTS = (*BINARY, *NEEDS, *TOPICS)  # what the first stage scores, in this order
TREE_OUTPUTS = (*BINARY, *NEEDS)
# How much of the second stage's log-odds is linear. The sector is a matter of words alone, where trees only add noise; levels and
# signals live on combinations, where a line is blind; risk gains from both (docs/model-card.md, ablation).
LINEAR_SHARE = np.array([1.0, 0.5, *(0.0,) * (len(BINARY) - 2)], np.float32)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a probability becomes a decision; chosen by `choose` from a cost statement, never by hand."""

    flag: float
    level: tuple[float, float, float]
    signals: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Probabilities:
    """Calibrated outputs for a batch, one line a text: `binary` by BINARY, `needs` by NEEDS, `topics` by TOPICS."""

    binary: Floats
    needs: Floats
    topics: Floats


@dataclass(frozen=True, slots=True)
class Suite:
    """Everything learned, as arrays: see the module for the two stages."""

    vocabulary: Vocabulary
    weights: Floats  # features × OUTPUTS
    bias: Floats
    forest: Forest  # inputs: first-stage scores and cues; outputs: TREE_OUTPUTS
    linear: Floats  # inputs × (BINARY, NEEDS, TOPICS)
    linear_bias: Floats
    thresholds: Thresholds

    def read(self, documents: Sequence[Document]) -> tuple[Probabilities, Rows, Hits]:
        """Probabilities of a batch, with its rows and hits for the explanation."""
        rows, hits = vectorise(self.vocabulary, documents)
        inputs = np.hstack([scores(rows, self.weights) + self.bias, cues.counts(documents)])
        return self.judge(inputs), rows, hits

    def judge(self, inputs: Floats) -> Probabilities:
        """The second stage alone."""
        line, edge = inputs @ self.linear + self.linear_bias, len(BINARY)
        trees, last = self.forest(inputs), edge + len(NEEDS)
        binary = sigmoid((1 - LINEAR_SHARE) * trees[:, :edge] + LINEAR_SHARE * line[:, :edge])
        voted = sigmoid(trees[:, edge:])
        needs = (voted / voted.sum(axis=1, keepdims=True) + softmax(line[:, edge:last])) / 2
        return Probabilities(binary, needs, softmax(line[:, last:]))


def sigmoid(values: Floats) -> Floats:
    """Log-odds to probabilities, without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * values)), np.float32)


def softmax(values: Floats) -> Floats:
    """Each line to probabilities that add up to one."""
    raised = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)


def levels(probabilities: Probabilities, cuts: tuple[float, float, float]) -> NDArray[np.int64]:
    """Level 0 to 3 of each text: the highest whose probability of "at least this" reaches its cut."""
    first = BINARY.index("level 1")
    reached = probabilities.binary[:, first : first + 3] >= np.array(cuts, np.float32)
    numbered = reached * np.array([1, 2, 3])
    top: NDArray[np.int64] = numbered.max(axis=1, initial=0).astype(np.int64)
    return top
