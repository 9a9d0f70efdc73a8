"""Trees against scikit-learn, thresholds against their promise, figures against hand-made cases, folders against tampering."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingClassifier

from analysis import registry
from analysis.datasets import Labelled
from analysis.heads.choose import Costs, choose
from analysis.heads.grow import Growth, binned, edges, grow, grow_thicket
from analysis.heads.suite import BINARY, Probabilities, levels
from analysis.heads.thicket import Thicket
from analysis.heads.trees import plant
from analysis.metrics import average_precision, f1, precision_at_recall, quadratic_kappa
from analysis.records import NEEDS, TOPICS, ModelCard


def test_trees_predict_what_scikit_learn_predicts() -> None:
    random = np.random.default_rng(3)
    inputs = random.normal(size=(300, 6)).astype(np.float32)
    label = inputs[:, 0] + inputs[:, 1] ** 2 > 0.8
    trust, growth = np.ones(300), Growth(trees=20)
    cuts = edges(inputs)
    bins = binned(inputs, cuts)
    ours = plant([grow(bins, cuts, label, trust, growth)])(inputs)[:, 0]
    theirs = HistGradientBoostingClassifier(
        max_iter=20, learning_rate=growth.learning_rate, max_depth=3, min_samples_leaf=growth.leaf_rows,
        l2_regularization=growth.leaf_penalty, max_features=growth.input_share, early_stopping=False, random_state=growth.seed,
    ).fit(bins, label, sample_weight=trust)  # fmt: skip
    assert np.allclose(ours, theirs.decision_function(bins), atol=1e-4)


def test_random_trees_predict_what_scikit_learn_predicts() -> None:
    random = np.random.default_rng(4)
    inputs = random.normal(size=(400, 5)).round(1).astype(np.float32)  # rounded: many values lie on a threshold
    shares = np.stack([inputs[:, 0] > 0, inputs[:, 1] + inputs[:, 2] > 0.5], axis=1).astype(float)
    growth = Growth(random_trees=12)
    theirs = ExtraTreesRegressor(
        12, max_depth=growth.random_depth, min_samples_leaf=growth.random_leaf_rows, max_features=growth.random_input_share,
        random_state=growth.seed,
    ).fit(inputs, shares, sample_weight=np.ones(400))  # fmt: skip
    ours = grow_thicket(inputs, shares, np.ones(400), growth)
    seen = np.vstack([inputs, random.normal(size=(300, 5)).astype(np.float32)])
    assert np.allclose(ours(seen), theirs.predict(seen), atol=2e-3)
    again = Thicket.from_arrays(ours.arrays())
    assert (again(seen) == ours(seen)).all()


def test_too_few_cases_give_their_share() -> None:
    inputs = np.random.default_rng(1).normal(size=(100, 2)).astype(np.float32)
    label = np.arange(100) < 5
    ensemble = grow(binned(inputs, edges(inputs)), edges(inputs), label, np.ones(100), Growth())
    assert not ensemble.trees
    assert 1 / (1 + np.exp(-ensemble.base)) == pytest.approx(0.05, abs=0.001)


def case(number: int, level: int) -> Labelled:
    signals = ("S",) if level == 2 else ()
    return Labelled(str(number), "", "", 1, ("road",), ("help",), int(level > 0), level, signals)


def test_thresholds_keep_the_promise_of_the_cost_statement() -> None:
    random = np.random.default_rng(5)
    level = random.integers(0, 3, 400)
    rows = [case(number, int(one)) for number, one in enumerate(level)]
    binary = np.zeros((400, len(BINARY)), np.float32)
    for name, least in (("risk", 1), ("level 1", 1), ("level 2", 2), ("S", 2)):
        binary[:, BINARY.index(name)] = 1 / (1 + np.exp(-(2.0 * (level >= least) - 1 + random.normal(size=400))))
    unseen = Probabilities(binary, np.zeros((400, len(NEEDS)), np.float32), np.zeros((400, len(TOPICS)), np.float32))
    cuts = choose(rows, unseen, Costs(find_risks=0.9, find_serious=0.97, trust_serious=0.8))
    flagged = binary[:, BINARY.index("risk")] >= cuts.flag - 1e-6
    assert flagged[level >= 1].mean() >= 0.9
    assert flagged[level >= 2].mean() >= 0.97
    assert (level[levels(unseen, cuts.level) >= 2] >= 2).mean() >= 0.8


def test_the_highest_level_reached_is_given() -> None:
    binary = np.zeros((3, len(BINARY)), np.float32)
    first = BINARY.index("level 1")
    binary[1, first] = 0.9
    binary[2, first : first + 2] = 0.2, 0.9
    empty = np.zeros((3, 0), np.float32)
    assert levels(Probabilities(binary, empty, empty), (0.5, 0.5, 0.5)).tolist() == [0, 1, 2]


def test_figures_by_hand() -> None:
    assert average_precision([1, 0, 1], [0.9, 0.8, 0.7]) == pytest.approx((1 + 2 / 3) / 2)
    assert precision_at_recall([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1], 0.95) == pytest.approx(2 / 3)
    assert f1([1, 1, 0], [1, 0, 1]) == pytest.approx(0.5)
    assert quadratic_kappa([0, 1, 2, 3], [0, 1, 2, 3]) == pytest.approx(1)
    assert quadratic_kappa([0, 3], [3, 0]) == pytest.approx(-1)


def saved(folder: Path) -> Path:
    registry.save(folder, ModelCard("v1", "2026-01-01", {}, {}, {}), {"a": np.arange(3)}, {"kind": "test"})
    return folder


def test_a_folder_loads_as_it_was_saved(tmp_path: Path) -> None:
    card, arrays, extra = registry.load(saved(tmp_path / "m"))
    assert (card.version, arrays["a"].tolist(), extra) == ("v1", [0, 1, 2], {"kind": "test"})


def test_a_changed_folder_is_refused_in_one_sentence(tmp_path: Path) -> None:
    folder = saved(tmp_path / "m")
    (folder / "arrays.npz").write_bytes((folder / "arrays.npz").read_bytes() + b"x")
    with pytest.raises(registry.ModelError, match=r"digest.*restore it\.$"):
        registry.load(folder)


@pytest.mark.parametrize("page", [None, "{", json.dumps({"version": "1"}), "[]"])
def test_what_is_no_model_folder_is_refused(tmp_path: Path, page: str | None) -> None:
    if page is not None:
        (tmp_path / "card.json").write_text(page)
    with pytest.raises(registry.ModelError, match="is not a model folder"):
        registry.load(tmp_path)
