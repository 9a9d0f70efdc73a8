"""The heads of a risk assessment at work: words → linear scores → small trees and rules → labels. numpy only.

First stage: one linear score an output from the sparse rows. Second stage: those scores beside the hand-written cues, read by
extremely random trees (all outputs but topics), small boosted trees (risk, levels, signals) and lines (transport, needs,
topics), which are averaged. The second stage is trained on first-stage scores of texts the first stage had not seen, so
it knows how far they can be trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis import cues
from analysis.features import Floats, Hits, Pushes, Rows, Vocabulary, pushes, scores, vectorise_laid
from analysis.heads.thicket import Thicket
from analysis.heads.trees import Forest
from analysis.layout import Document, Layout, lay
from analysis.records import NEEDS, SIGNALS, TOPICS

BINARY = ("transport", "risk", "level 1", "level 2", "level 3", *SIGNALS)
OUTPUTS = (*BINARY, *NEEDS, *TOPICS)  # what the first stage scores, in this order
THICKET_OUTPUTS = (*BINARY, *NEEDS)
BOOSTED_OUTPUTS = BINARY[1:]  # the sector is a matter of words alone, where small trees only add noise
_EDGE = 1e-3  # shares of trees are shares of few cases: never quite 0 or 1


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

    def only(self, rows: NDArray[np.int64]) -> Probabilities:
        """Those of some texts."""
        return Probabilities(self.binary[rows], self.needs[rows], self.topics[rows])


@dataclass(frozen=True, slots=True)
class Suite:
    """Everything learned, as arrays: see the module for the two stages."""

    vocabulary: Vocabulary
    weights: Floats  # features × OUTPUTS
    bias: Floats
    thicket: Thicket  # inputs: first-stage scores and cues; outputs: THICKET_OUTPUTS
    forest: Forest  # the same inputs; outputs: BOOSTED_OUTPUTS
    linear: Floats  # inputs × (transport, NEEDS, TOPICS)
    linear_bias: Floats
    thresholds: Thresholds

    def read(self, documents: Sequence[Document], laid: Layout | None = None) -> tuple[Probabilities, Rows, Hits]:
        """Probabilities of a batch, with its rows and hits for the explanation; `laid` is the batch's layout where it is made already."""
        rows, hits = vectorise_laid(self.vocabulary, laid or lay(documents))
        inputs = np.hstack([scores(rows, self.weights) + self.bias, cues.counts(documents)])
        return self.judge(inputs), rows, hits

    def pushes(self, documents: Sequence[Document], rows: Rows, hits: Hits) -> Pushes:  # noqa: ARG002 — a correction reads them
        """What pushed the risk of a batch that `read` gave `rows` and `hits` of, in units of the first stage's score."""
        return pushes(rows, hits, self.weights[:, OUTPUTS.index("risk")])

    def judge(self, inputs: Floats) -> Probabilities:
        """The second stage alone."""
        edge, last = len(BINARY), 1 + len(NEEDS)
        shares = self.thicket(inputs)
        odds = log_odds(shares[:, :edge])
        line = inputs @ self.linear + self.linear_bias
        odds[:, 1:] = (odds[:, 1:] + self.forest(inputs)) / 2
        binary = sigmoid(odds)
        binary[:, 0] = (shares[:, 0] + sigmoid(line[:, 0])) / 2  # not of log-odds: trees say 0 and 1 too easily
        voted = shares[:, edge:] / np.maximum(shares[:, edge:].sum(axis=1, keepdims=True), _EDGE)
        needs = (voted + softmax(line[:, 1:last])) / 2
        return Probabilities(binary, needs, softmax(line[:, last:]))


def log_odds(shares: Floats) -> Floats:
    """Shares to log-odds, held off the edges."""
    inside = np.clip(shares, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(inside / (1 - inside)), np.float32)


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
