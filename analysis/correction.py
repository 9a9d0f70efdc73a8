"""What verdicts teach: a small shift of the champion's answers, learned from the words of decided posts and from nothing else.

An installation has verdicts but not the texts its model was trained on, and most verdicts are on posts that were flagged: a model
fitted to them alone would forget everything else. So the champion's own log-odds stand as the offset of a logistic regression
on word presence, whose penalty pulls every shift to zero. Where verdicts say nothing the champion's answer stands, to the digit.
Only hashes of single words are kept.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import DataError, read_rows
from analysis.features import Floats, Hits, Pushes, Rows
from analysis.heads.suite import BINARY, Probabilities, Suite
from analysis.layout import Document, Layout
from analysis.records import LEVELS as ALL_LEVELS
from analysis.records import NEEDS, TOPICS

Matrix = NDArray[np.float64]
Places = NDArray[np.intp]
LEVELS = ("level 1", "level 2", "level 3")
LEARNED = ("transport", "risk", *LEVELS)
_EDGE = 1e-5
_BIAS = 0.3  # how much cheaper a shift of words is than a shift of everything
_NEED_PENALTY = (
    4.0  # needs are told of confirmed posts only, which are not like the others: there verdicts count for less
)
_MOST = 4000  # words that a correction may know
_PER_SCORE = 3.3  # log-odds of risk that go with one unit of the first stage's score: the slope over 1,020 posts (correlation .95)


@dataclass(frozen=True, slots=True)
class Decided:
    """One text that a person decided on. None: the decision says nothing about it. `weight` is how far it is trusted."""

    title: str
    body: str
    risk: bool
    transport: bool | None = None
    level: int | None = None
    topic: str | None = None
    need: str | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Correction:
    """Shifts of log-odds: sorted `words` (hashes), `weights` (words × (LEARNED, NEEDS, TOPICS)) and `bias`."""

    words: NDArray[np.uint32]
    weights: Floats
    bias: Floats

    def shifts(self, documents: Sequence[Document]) -> Matrix:
        """Texts × outputs."""
        return _rows(documents, self.words) @ self.weights + self.bias

    def pushes(self, documents: Sequence[Document]) -> Pushes:
        """What each word moved the risk by, in units of the first stage's score, shared among the places where it stands."""
        told = self.weights[:, LEARNED.index("risk")] / _PER_SCORE
        parts = [_placed(line, document, self.words, told) for line, document in enumerate(documents)]
        joined = np.concatenate(parts) if parts else np.zeros((0, 4))
        rows, starts, ends = joined[:, :3].astype(np.int64).T
        return Pushes(rows, starts, ends, joined[:, 3])

    def apply(self, found: Probabilities, documents: Sequence[Document]) -> Probabilities:
        """`found` shifted; a level stays no more likely than the one below it."""
        shift, edge = self.shifts(documents), len(LEARNED)
        binary = found.binary.copy()
        at = [BINARY.index(name) for name in LEARNED]
        binary[:, at] = _sigmoid(_logit(found.binary[:, at]) + shift[:, :edge])
        for lower, upper in pairwise(LEVELS):
            below = binary[:, BINARY.index(lower)]
            binary[:, BINARY.index(upper)] = np.minimum(binary[:, BINARY.index(upper)], below)
        last = edge + len(NEEDS)
        return Probabilities(
            binary.astype(np.float32),
            _softmax(np.log(np.maximum(found.needs, _EDGE)) + shift[:, edge:last]).astype(np.float32),
            _softmax(np.log(np.maximum(found.topics, _EDGE)) + shift[:, last:]).astype(np.float32),
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """For the model's file."""
        return {f"correction.{name.name}": getattr(self, name.name) for name in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> Correction | None:
        """The correction in a model's arrays; None where it has none."""
        if "correction.words" not in arrays:
            return None
        return cls(*(arrays[f"correction.{name.name}"] for name in fields(cls)))


@dataclass(frozen=True)
class Corrected(Suite):
    """A suite with a correction on top: the face is the suite's."""

    correction: Correction

    @classmethod
    def of(cls, suite: Suite, correction: Correction) -> Corrected:
        """`suite` as it is, corrected."""
        return cls(**{f.name: getattr(suite, f.name) for f in fields(Suite)}, correction=correction)

    def read(self, documents: Sequence[Document], laid: Layout | None = None) -> tuple[Probabilities, Rows, Hits]:
        """As the suite's, with the probabilities shifted."""
        found, rows, hits = Suite.read(self, documents, laid)
        return self.correction.apply(found, documents), rows, hits

    def pushes(self, documents: Sequence[Document], rows: Rows, hits: Hits) -> Pushes:
        """The suite's and the correction's: what verdicts taught is a reason like any other."""
        return Suite.pushes(self, documents, rows, hits).and_also(self.correction.pushes(documents))


def read_decided(path: Path) -> list[Decided]:
    """Labelled texts of a .jsonl or .tsv file (title, body, risk; also transport, level, topic, need); `DataError` names the line."""
    return [_decided(path, number, row) for number, row in read_rows(path)]


def _decided(path: Path, number: int, row: dict[str, Any]) -> Decided:
    try:
        level = int(row["level"]) if row.get("level") not in (None, "") else None
        transport = bool(int(row["transport"])) if row.get("transport") not in (None, "") else None
        said = Decided(
            str(row["title"]), str(row["body"]), bool(int(row["risk"])), transport, level,
            row.get("topic") or None, row.get("need") or None,
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} line {number}: {error} cannot be read; give title, body, risk (0 or 1).") from error
    unknown = {said.topic, said.need} - {None, "-", *TOPICS, *NEEDS}
    if unknown or level not in (None, *ALL_LEVELS):
        raise DataError(f"{path} line {number} has an unknown label; see the labelling guideline.")
    return replace(said, topic=None if said.topic == "-" else said.topic)


def hashed(word: str) -> int:
    """32 bits of a word, the same on every machine."""
    return zlib.crc32(word.encode("utf-8", "replace"))


def _words(document: Document) -> set[int]:
    return {hashed(w) for w in (*document.title_words, *document.body_words) if any(c.isalnum() for c in w)}


def _cells(documents: Sequence[Document], words: NDArray[np.uint32]) -> tuple[Places, Places, Matrix]:
    """(line, column, value) of every word of `words` that a text holds; each line has length one."""
    lines, columns, values = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)], [np.zeros(0)]
    for line, document in enumerate(documents):
        own = np.fromiter(_words(document), np.uint32)
        place = np.minimum(np.searchsorted(words, own), max(len(words) - 1, 0))
        held = place[words[place] == own] if len(words) else np.zeros(0, np.intp)
        lines.append(np.full(len(held), line))
        columns.append(np.sort(held))
        values.append(np.full(len(held), 1 / math.sqrt(max(len(held), 1))))
    return np.concatenate(lines), np.concatenate(columns), np.concatenate(values)


def _placed(line: int, document: Document, words: NDArray[np.uint32], told: Floats) -> Matrix:
    """(line, start, end, amount) of every place where a word of `words` stands, as `_cells` weighs it."""
    own = [*document.title_words, "\n", *document.body_words]
    ends = np.cumsum([len(word) for word in own])
    keys = np.fromiter(map(hashed, own), np.uint32, len(own))
    at = np.minimum(np.searchsorted(words, keys), max(len(words) - 1, 0))
    told_of = np.array([any(c.isalnum() for c in word) for word in own])
    known = np.flatnonzero((words[at] == keys) & told_of) if len(words) else np.zeros(0, np.intp)
    distinct, first, counts = np.unique(at[known], return_inverse=True, return_counts=True)
    amounts = told[distinct] / counts / math.sqrt(max(len(distinct), 1))
    starts = ends[known] - np.array([len(own[n]) for n in known.tolist()], np.int64)
    return np.stack([np.full(len(known), line), starts, ends[known], amounts[first]], axis=1)


def _rows(documents: Sequence[Document], words: NDArray[np.uint32]) -> Matrix:
    out = np.zeros((len(documents), len(words)))
    lines, columns, values = _cells(documents, words)
    out[lines, columns] = values
    return out


def learn(
    rows: Sequence[Decided],
    documents: Sequence[Document],
    found: Probabilities,
    *,
    penalty: float = 1.0,
    least: int = 2,
) -> Correction:
    """The correction that `rows` ask for, of a champion that said `found` of them; words of at least `least` texts count."""
    from scipy.sparse import csr_matrix, hstack

    counts = Counter(word for document in documents for word in _words(document))
    words = np.array(sorted(word for word, count in counts.most_common(_MOST) if count >= least), np.uint32)
    lines, columns, values = _cells(documents, words)
    held = csr_matrix((values, (lines, columns)), shape=(len(rows), len(words)))
    # What every text says tells nothing apart, and a shift of everything is what verdicts can least ask for: both cost more.
    rarity = np.array([math.log((1 + len(rows)) / (1 + counts[int(w)])) / math.log(1 + len(rows)) for w in words])
    scale = np.append(np.clip(2 * rarity, 0, 1), _BIAS)
    inputs = hstack([held, np.ones((len(rows), 1))], format="csr").multiply(scale).tocsr()
    trust = np.array([row.weight for row in rows])
    parts = [
        _binary(
            inputs, _logit(found.binary[:, BINARY.index(name)]), [_label(row, name) for row in rows], trust, penalty
        )
        for name in LEARNED
    ]
    parts.append(_many(inputs, found.needs, [row.need for row in rows], NEEDS, trust, _NEED_PENALTY * penalty))
    parts.append(_many(inputs, found.topics, [row.topic for row in rows], TOPICS, trust, penalty))
    weights = (np.hstack(parts) * scale[:, None]).astype(np.float32)
    return Correction(words, weights[:-1], weights[-1])


def _label(row: Decided, name: str) -> bool | None:
    if name in LEVELS:
        return None if row.level is None else row.level >= int(name[-1])
    value: bool | None = getattr(row, name)
    return value


def _binary(inputs: Any, offset: Matrix, labels: Sequence[bool | None], trust: Matrix, penalty: float) -> Matrix:
    """Shifts (inputs × 1) by penalised logistic regression with an offset, on the rows that have a label."""
    told = np.array([label is not None for label in labels])
    if not told.any():
        return np.zeros((inputs.shape[1], 1))
    x, base, weight = inputs[told], offset[told], trust[told]
    y = np.array([bool(label) for label in labels])[told].astype(float)

    def cost(shift: Matrix) -> tuple[float, Matrix]:
        odds = base + x @ shift
        loss = weight @ (np.logaddexp(0, odds) - y * odds) + penalty / 2 * shift @ shift
        return float(loss), x.T @ (weight * (_sigmoid(odds) - y)) + penalty * shift

    return _least(cost, x.shape[1])[:, None]


def _many(
    inputs: Any, found: Floats, labels: Sequence[str | None], names: Sequence[str], trust: Matrix, penalty: float
) -> Matrix:
    """The same for one of several classes (softmax)."""
    told = np.array([label in names for label in labels])
    width = len(names)
    if not told.any():
        return np.zeros((inputs.shape[1], width))
    x, base, weight = inputs[told], np.log(np.maximum(found[told], _EDGE)).astype(float), trust[told]
    y = np.zeros((int(told.sum()), width))
    y[np.arange(len(y)), [names.index(label) for label in labels if label in names]] = 1

    def cost(flat: Matrix) -> tuple[float, Matrix]:
        shift = flat.reshape(-1, width)
        chance = _softmax(base + x @ shift)
        loss = -(weight @ (y * np.log(np.maximum(chance, 1e-12))).sum(axis=1)) + penalty / 2 * flat @ flat
        return float(loss), ((x.T @ (weight[:, None] * (chance - y))) + penalty * shift).ravel()

    return _least(cost, x.shape[1] * width).reshape(-1, width)


def _least(cost: Any, size: int) -> Matrix:
    """Where the convex `cost` is least, from zero."""
    from scipy.optimize import minimize

    found: Matrix = minimize(cost, np.zeros(size), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return found


def _logit(chance: Any) -> Matrix:
    clipped = np.clip(np.asarray(chance, float), _EDGE, 1 - _EDGE)
    out: Matrix = np.log(clipped) - np.log1p(-clipped)
    return out


def _sigmoid(odds: Matrix) -> Matrix:
    out: Matrix = 0.5 * (1 + np.tanh(0.5 * odds))
    return out


def _softmax(values: Matrix) -> Matrix:
    raised = np.exp(values - values.max(axis=1, keepdims=True))
    out: Matrix = raised / raised.sum(axis=1, keepdims=True)
    return out
