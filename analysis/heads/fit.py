"""Training the suite from labelled texts, deterministic for a seed; scikit-learn at work here and nowhere at run time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from analysis import cues
from analysis.datasets import Labelled
from analysis.features import Document, Floats, Vocabulary, learn_vocabulary, vectorise
from analysis.heads import ridge
from analysis.heads.choose import Costs, choose
from analysis.heads.suite import BINARY, OUTPUTS, Suite, Thresholds, TREE_OUTPUTS, Probabilities
from analysis.heads.trees import DEPTH, Ensemble, Forest, padded, plant
from analysis.records import NEEDS, SIGNALS, TOPICS


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the suite is trained; every value was chosen by the grouped cross-validation that docs/model-card.md reports."""

    block_weights: tuple[float, ...] = (0.4, 0.2, 1.0, 0.3, 0.25, 0.5)
    least_documents: int = 5
    penalty: float = 0.5
    inner_folds: int = 8
    trees: int = 80
    learning_rate: float = 0.06
    input_share: float = 0.5
    leaf_rows: int = 10
    leaf_penalty: float = 5.0
    topic_strength: float = 0.03
    seed: int = 7


RECIPE = Recipe()


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


def fit(rows: Sequence[Labelled], documents: Sequence[Document], groups: Sequence[int], recipe: Recipe = RECIPE,
        costs: Costs = Costs()) -> Suite:  # fmt: skip
    """The suite learned from `rows` (their texts read as `documents`); `groups` are near-duplicate groups."""
    vocabulary = learn_vocabulary(documents, recipe.block_weights, recipe.least_documents)
    matrix = ridge.sparse(vectorise(vocabulary, documents)[0], len(vocabulary))
    gram = np.asarray((matrix @ matrix.T).todense(), np.float64)
    wanted, trust = targets(rows), np.array([row.weight for row in rows])
    unseen = ridge.unseen_scores(gram, wanted, trust, recipe.penalty, groups, recipe.inner_folds)
    dual, bias = ridge.solve(gram, wanted, trust, recipe.penalty)
    inputs = np.hstack([unseen, cues.counts(documents)]).astype(np.float32)
    second = _Second(rows, wanted, trust, recipe)
    thresholds = choose(rows, second.unseen(inputs, groups), costs)
    forest, (topic_weights, topic_bias) = second.forest(inputs), second.topics(inputs)
    weights = ridge.primal(matrix, dual)
    return Suite(vocabulary, weights, bias.astype(np.float32), forest, topic_weights, topic_bias, thresholds)


class _Second:
    """The second stage over rows of inputs; `only` picks the rows to learn from."""

    def __init__(self, rows: Sequence[Labelled], wanted: NDArray[np.float64], trust: NDArray[np.float64], recipe: Recipe):
        self.wanted, self.trust, self.recipe = wanted, trust, recipe
        self.topic = np.array([TOPICS.index(row.topics[0]) if row.topics[0] in TOPICS else -1 for row in rows])
        self.need = np.array([NEEDS.index(row.needs[0]) for row in rows])

    def forest(self, inputs: Floats, only: NDArray[np.int64] | None = None) -> Forest:
        only = np.arange(len(inputs)) if only is None else only
        return plant([self._ensemble(inputs[only], self._label(name)[only], self.trust[only]) for name in TREE_OUTPUTS])

    def _label(self, name: str) -> NDArray[np.bool_]:
        if name in NEEDS:
            return np.asarray(self.need == NEEDS.index(name))
        return np.asarray(self.wanted[:, OUTPUTS.index(name)] > 0)

    def _ensemble(self, inputs: Floats, label: NDArray[np.bool_], trust: NDArray[np.float64]) -> Ensemble:
        recipe, share = self.recipe, float(np.average(label, weights=trust))
        base = float(np.log((share + 1e-4) / (1 - share + 1e-4)))
        if label.sum() < 2 * recipe.leaf_rows:
            return Ensemble([], base)  # too few cases to learn from: the share itself is the best guess
        model = HistGradientBoostingClassifier(
            max_iter=recipe.trees, learning_rate=recipe.learning_rate, max_depth=DEPTH, min_samples_leaf=recipe.leaf_rows,
            l2_regularization=recipe.leaf_penalty, max_features=recipe.input_share, early_stopping=False,
            random_state=recipe.seed,
        ).fit(inputs, label, sample_weight=trust)  # fmt: skip
        trees = [padded(predictors[0].nodes) for predictors in model._predictors]  # noqa: SLF001 - no public face; parity is tested
        return Ensemble(trees, float(model._baseline_prediction.item()))  # noqa: SLF001

    def topics(self, inputs: Floats, only: NDArray[np.int64] | None = None) -> tuple[Floats, Floats]:
        only = np.arange(len(inputs)) if only is None else only
        only = only[self.topic[only] >= 0]
        scaler = StandardScaler().fit(inputs[only])
        model = LogisticRegression(C=self.recipe.topic_strength, max_iter=3000)
        model.fit(scaler.transform(inputs[only]), self.topic[only], sample_weight=self.trust[only])
        weights = np.zeros((inputs.shape[1], len(TOPICS)), np.float32)
        bias = np.full(len(TOPICS), -30, np.float32)  # a topic never seen in training is never given
        weights[:, model.classes_] = (model.coef_ / scaler.scale_).T
        bias[model.classes_] = model.intercept_ - (model.coef_ / scaler.scale_) @ scaler.mean_
        return weights, bias

    def unseen(self, inputs: Floats, groups: Sequence[int]) -> Probabilities:
        """Second-stage probabilities of texts it did not see, to choose thresholds on."""
        out = Probabilities(*(np.zeros((len(inputs), width), np.float32) for width in (len(BINARY), len(NEEDS), len(TOPICS))))
        for seen, held in GroupKFold(4).split(inputs, groups=groups):
            judged = _judge(self.forest(inputs, seen), self.topics(inputs, seen), inputs[held])
            out.binary[held], out.needs[held], out.topics[held] = judged.binary, judged.needs, judged.topics
        return out


def _judge(forest: Forest, topics: tuple[Floats, Floats], inputs: Floats) -> Probabilities:
    nothing = np.zeros(0, np.float32)
    empty = Vocabulary({}, np.zeros(0, np.uint16), np.zeros(0, np.uint64), nothing, nothing)
    blank = Thresholds(0.5, (0.5, 0.5, 0.5), (0.5,) * len(SIGNALS))
    return Suite(empty, nothing, nothing, forest, *topics, blank).judge(inputs)
