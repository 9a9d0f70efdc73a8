"""Training the suite from labelled texts, deterministic for a seed; scikit-learn at work here and nowhere at run time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from analysis import cues
from analysis.datasets import Labelled
from analysis.features import Floats, Vocabulary, learn_vocabulary, vectorise
from analysis.heads import ridge
from analysis.heads.choose import COSTS, Costs, choose
from analysis.heads.grow import Growth, binned, edges, grow, grow_thicket
from analysis.heads.suite import BINARY, BOOSTED_OUTPUTS, OUTPUTS, THICKET_OUTPUTS, Probabilities, Suite, Thresholds
from analysis.heads.thicket import Thicket
from analysis.heads.trees import Forest, plant
from analysis.layout import Document
from analysis.records import NEEDS, SIGNALS, TOPICS


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the suite is trained; every value was chosen by the grouped cross-validation that docs/model-card.md reports."""

    block_weights: tuple[float, ...] = (0.7, 1.0, 0.5, 1.2)
    least_documents: int = 3
    vector_weights: tuple[float, float] = (0.5, 2.0)  # title, body
    penalty: float = 0.4
    inner_folds: int = 5
    growth: Growth = field(default_factory=Growth)
    linear_strength: float = 0.01
    own_strength: float = 0.1  # of the lines that read only their own scores
    alike: float = 0.5  # rows trusted less come from elsewhere: words are learned from them, thresholds are not


RECIPE = Recipe()
# First-stage scores are learned from at this grid: a processor's last bits then cannot turn a split, and with it whole trees.
_DIGITS = 4


def targets(rows: Sequence[Labelled]) -> NDArray[np.float64]:
    """What the first stage learns, texts × OUTPUTS in -1..1; where two readings are accepted each counts half."""
    out = np.zeros((len(rows), len(OUTPUTS)))
    at = {name: number for number, name in enumerate(OUTPUTS)}
    for line, row in zip(out, rows, strict=True):
        line[at["transport"]], line[at["risk"]] = row.transport, row.risk
        for level in (1, 2, 3):
            line[at[f"level {level}"]] = row.level >= level
        for name in row.signals:
            line[at[name]] = 1
        for names in (row.needs, row.topics):
            for name in names:
                if name != "-":
                    line[at[name]] = 1 / len(names)
    return 2 * out - 1


def fit(rows: Sequence[Labelled], documents: Sequence[Document], groups: Sequence[int], vectors: dict[str, Floats],
        recipe: Recipe = RECIPE, costs: Costs = COSTS) -> Suite:  # fmt: skip
    """The suite learned from `rows` (their texts read as `documents`); `groups` are near-duplicate groups, `vectors` words'."""
    with threadpool_limits(1):  # the matrices are small: threads would only wait for each other
        return _fit(rows, documents, groups, vectors, recipe, costs)


def _fit(rows: Sequence[Labelled], documents: Sequence[Document], groups: Sequence[int], vectors: dict[str, Floats],
         recipe: Recipe, costs: Costs) -> Suite:  # fmt: skip
    vocabulary = learn_vocabulary(documents, recipe.block_weights, recipe.least_documents)
    matrix = ridge.sparse(vectorise(vocabulary, documents)[0], len(vocabulary))
    prior = ridge.Prior.of(vocabulary, matrix, vectors, recipe.vector_weights)
    gram = np.asarray((matrix @ matrix.T).todense(), np.float64) + prior.gram
    wanted, trust = targets(rows), np.array([row.weight for row in rows])
    first = ridge.unseen_scores(gram, wanted, trust, recipe.penalty, groups, recipe.inner_folds).round(_DIGITS)
    dual, bias = ridge.solve(gram, wanted, trust, recipe.penalty)
    inputs = np.hstack([first, cues.counts(documents)]).astype(np.float32)
    second = _Second(rows, wanted, trust, recipe)
    unseen, alike = second.unseen(inputs, groups), np.flatnonzero(trust >= recipe.alike)
    thresholds = choose([rows[n] for n in alike.tolist()], unseen.only(alike), costs)
    weights = ridge.primal(matrix, dual) + prior.weights(dual)
    return Suite(
        vocabulary, weights, bias.astype(np.float32), second.thicket(inputs), second.forest(inputs),
        *second.linear(inputs), thresholds,
    )  # fmt: skip


class _Second:
    """The second stage over rows of inputs; `only` picks the rows to learn from."""

    def __init__(
        self, rows: Sequence[Labelled], wanted: NDArray[np.float64], trust: NDArray[np.float64], recipe: Recipe
    ) -> None:
        self.wanted, self.trust, self.recipe = wanted, trust, recipe
        self.topic = np.array([TOPICS.index(row.topics[0]) if row.topics[0] in TOPICS else -1 for row in rows])
        self.need = np.array([NEEDS.index(row.needs[0]) for row in rows])

    def forest(self, inputs: Floats, only: NDArray[np.int64] | None = None) -> Forest:
        only = np.arange(len(inputs)) if only is None else only
        cuts = edges(inputs[only])
        bins, trust = binned(inputs[only], cuts), self.trust[only]
        return plant([grow(bins, cuts, self._label(name)[only], trust, self.recipe.growth) for name in BOOSTED_OUTPUTS])

    def thicket(self, inputs: Floats, only: NDArray[np.int64] | None = None) -> Thicket:
        only = np.arange(len(inputs)) if only is None else only
        at = [OUTPUTS.index(name) for name in THICKET_OUTPUTS]
        shares = (self.wanted[only][:, at] + 1) / 2
        return grow_thicket(inputs[only], shares, self.trust[only], self.recipe.growth)

    def _label(self, name: str) -> NDArray[np.bool_]:
        return np.asarray(self.wanted[:, OUTPUTS.index(name)] > 0)

    def linear(self, inputs: Floats, only: NDArray[np.int64] | None = None) -> tuple[Floats, Floats]:
        """Weights and bias of the linear outputs: transport, NEEDS, TOPICS. Sector and topic read only their own scores."""
        only = np.arange(len(inputs)) if only is None else only
        told = only[self.topic[only] >= 0]
        own, topics = self._only(inputs, ("transport",)), self._only(inputs, TOPICS)
        sector = self._label("transport").astype(int)
        weights, bias = self._softmax(own, only, sector, 2, 10.0)
        parts = [
            (weights[:, 1:] - weights[:, :1], bias[1:] - bias[:1]),
            self._softmax(inputs, only, self.need, len(NEEDS), self.recipe.linear_strength),
            self._softmax(topics, told, self.topic, len(TOPICS), self.recipe.own_strength),
        ]
        joined, edge = (np.concatenate(arrays, axis=-1) for arrays in zip(*parts, strict=True))
        return joined.astype(np.float32), edge.astype(np.float32)

    @staticmethod
    def _only(inputs: Floats, names: Sequence[str]) -> Floats:
        """The inputs with everything but the first stage's scores of `names` at zero."""
        mask = np.zeros(inputs.shape[1], np.float32)
        mask[[OUTPUTS.index(name) for name in names]] = 1
        return inputs * mask

    def _softmax(
        self, inputs: Floats, only: NDArray[np.int64], label: NDArray[np.int64], width: int, strength: float
    ) -> tuple[Any, Any]:
        scaler = StandardScaler().fit(inputs[only])
        model = LogisticRegression(C=strength, max_iter=3000)
        model.fit(scaler.transform(inputs[only]), label[only], sample_weight=self.trust[only])
        weights, bias = np.zeros((inputs.shape[1], width)), np.full(width, -30.0)  # a class never seen is never given
        coefficients, intercept = model.coef_, model.intercept_
        if len(coefficients) == 1:  # two classes are one line
            coefficients, intercept = np.vstack([0 * coefficients, coefficients]), np.array([0.0, intercept[0]])
        weights[:, model.classes_] = (coefficients / scaler.scale_).T
        bias[model.classes_] = intercept - (coefficients / scaler.scale_) @ scaler.mean_
        return weights, bias

    def unseen(self, inputs: Floats, groups: Sequence[int]) -> Probabilities:
        """Second-stage probabilities of texts it did not see, to choose thresholds on."""
        out = Probabilities(
            *(np.zeros((len(inputs), width), np.float32) for width in (len(BINARY), len(NEEDS), len(TOPICS)))
        )
        for seen, held in GroupKFold(3).split(inputs, groups=groups):
            judged = _judge(
                self.thicket(inputs, seen), self.forest(inputs, seen), self.linear(inputs, seen), inputs[held]
            )
            out.binary[held], out.needs[held], out.topics[held] = judged.binary, judged.needs, judged.topics
        return out


def _judge(thicket: Thicket, forest: Forest, linear: tuple[Floats, Floats], inputs: Floats) -> Probabilities:
    nothing = np.zeros(0, np.float32)
    empty = Vocabulary({}, np.zeros(0, np.uint16), np.zeros(0, np.uint64), nothing, nothing)
    blank = Thresholds(0.5, (0.5, 0.5, 0.5), (0.5,) * len(SIGNALS))
    return Suite(empty, nothing, nothing, thicket, forest, *linear, blank).judge(inputs)
