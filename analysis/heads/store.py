"""The suite to plain arrays and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.features import Vocabulary
from analysis.heads.suite import BOOSTED_OUTPUTS, OUTPUTS, THICKET_OUTPUTS, Suite, Thresholds
from analysis.heads.thicket import Thicket
from analysis.heads.trees import Forest
from analysis.registry import Arrays, ModelError


def to_arrays(suite: Suite) -> tuple[Arrays, dict[str, Any]]:
    """(arrays, what else the card must hold); weights at half precision, which changes no decision and halves the file."""
    arrays: Arrays = {f"vocabulary.{name}": array for name, array in suite.vocabulary.arrays().items()}
    arrays |= {f"forest.{name}": array for name, array in suite.forest.arrays().items()}
    arrays |= {f"thicket.{name}": array for name, array in suite.thicket.arrays().items()}
    arrays |= {
        "weights": suite.weights.astype(np.float16),
        "bias": suite.bias,
        "linear": suite.linear,
        "linear_bias": suite.linear_bias,
    }
    cuts = suite.thresholds
    extra = {
        "kind": "suite",
        "outputs": list(OUTPUTS),
        "second": {"thicket": list(THICKET_OUTPUTS), "boosted": list(BOOSTED_OUTPUTS)},
        "thresholds": {"flag": cuts.flag, "level": list(cuts.level), "signals": list(cuts.signals)},
    }
    return arrays, extra


def from_arrays(arrays: Arrays, extra: dict[str, Any]) -> Suite:
    """The reverse of `to_arrays`; a model with other outputs than this code knows is refused."""
    if extra.get("kind") != "suite" or extra.get("outputs") != list(OUTPUTS) or "second" not in extra:
        raise ModelError("This model was trained for other outputs than this version gives; train it again.")
    cuts = extra["thresholds"]
    one, two, three = cuts["level"]
    thresholds = Thresholds(cuts["flag"], (one, two, three), tuple(cuts["signals"]))
    return Suite(
        Vocabulary.from_arrays(_part(arrays, "vocabulary")), arrays["weights"].astype(np.float32), arrays["bias"],
        Thicket.from_arrays(_part(arrays, "thicket")), Forest(**_part(arrays, "forest")),
        arrays["linear"], arrays["linear_bias"], thresholds,
    )  # fmt: skip


def _part(arrays: Arrays, of: str) -> Arrays:
    return {name.removeprefix(f"{of}."): array for name, array in arrays.items() if name.startswith(f"{of}.")}
