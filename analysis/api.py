"""The public face of analysis: what the rest of the product may call. Importing it loads nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.records import Assessment, ModelCard, Text

if TYPE_CHECKING:
    from analysis.challenger import build_challenger, compare_models, trial
    from analysis.compare import refusals
    from analysis.correction import Decided, read_decided
    from analysis.datasets import DataError
    from analysis.drift import Drift, drift
    from analysis.events.index import EventIndex, EventMatch, closeness
    from analysis.heads.suite import Suite
    from analysis.heat import Heat, HeatRule
    from analysis.misses import Drawn, Recall, recall
    from analysis.operating import FEWEST_SERIOUS, Operating, Recent, Serious, derive, items_a_day
    from analysis.registry import ModelError, fingerprint, read_card
    from analysis.replay import Played, replay
    from analysis.replies.check import ReplyCheck, check_reply
    from analysis.text.places import Place, place_line, structured_places
    from analysis.train import train_shipped

__all__ = [
    "FEWEST_SERIOUS", "Analyser", "DataError", "Decided", "Drawn", "Drift", "EventIndex", "EventMatch", "Heat",
    "HeatRule", "ModelError", "Operating", "Place", "Played", "Recall", "Recent", "ReplyCheck", "Serious",
    "build_challenger", "check_reply", "closeness", "compare_models", "derive", "drift", "evaluate", "fingerprint", "floors_reached",
    "items_a_day", "place_line", "predict", "read_card", "read_decided", "recall", "refusals", "replay", "structured_places", "train", "train_shipped",
    "trial",
]  # fmt: skip

_HOMES = {
    "DataError": "analysis.datasets",
    "Decided": "analysis.correction",
    "Drawn": "analysis.misses",
    "Drift": "analysis.drift",
    "EventIndex": "analysis.events.index",
    "EventMatch": "analysis.events.index",
    "FEWEST_SERIOUS": "analysis.operating",
    "Heat": "analysis.heat",
    "HeatRule": "analysis.heat",
    "ModelError": "analysis.registry",
    "Operating": "analysis.operating",
    "Place": "analysis.text.places",
    "Played": "analysis.replay",
    "Recall": "analysis.misses",
    "Recent": "analysis.operating",
    "ReplyCheck": "analysis.replies.check",
    "Serious": "analysis.operating",
    "build_challenger": "analysis.challenger",
    "check_reply": "analysis.replies.check",
    "closeness": "analysis.events.index",
    "compare_models": "analysis.challenger",
    "derive": "analysis.operating",
    "drift": "analysis.drift",
    "fingerprint": "analysis.registry",
    "items_a_day": "analysis.operating",
    "place_line": "analysis.text.places",
    "read_card": "analysis.registry",
    "read_decided": "analysis.correction",
    "recall": "analysis.misses",
    "refusals": "analysis.compare",
    "replay": "analysis.replay",
    "structured_places": "analysis.text.places",
    "train_shipped": "analysis.train",
    "trial": "analysis.challenger",
}


def __getattr__(name: str) -> Any:
    """Names that stand in modules with heavier imports are fetched when they are first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'analysis.api' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


class Analyser:
    """A loaded model at work. One per process; assessing changes nothing in it."""

    def __init__(self, suite: Suite, card: ModelCard) -> None:
        self._suite = suite
        self.card = card

    @classmethod
    def load(cls, path: Path | None = None) -> Analyser:
        """The model in `path`, the shipped one for None; `ModelError` (one sentence) where it cannot be trusted or read."""
        from analysis import registry
        from analysis.correction import Corrected, Correction
        from analysis.heads.store import from_arrays

        card, arrays, extra = registry.load(path or registry.SHIPPED)
        suite, correction = from_arrays(arrays, extra), Correction.from_arrays(arrays)
        return cls(Corrected.of(suite, correction) if correction else suite, card)

    @property
    def threshold(self) -> float:
        """The risk from which a text is flagged."""
        return self._suite.thresholds.flag

    def flagging_at(self, threshold: float) -> Analyser:
        """The same model with another threshold: it changes what is flagged and nothing else."""
        cuts = replace(self._suite.thresholds, flag=threshold)
        return Analyser(replace(self._suite, thresholds=cuts), self.card)

    def unknown_share(self, text: Text) -> float:
        """The share of the words of `text` that the model has never learned anything about."""
        from analysis.text.document import read

        document = read(text.title, text.body).document
        words = [w for w in (*document.title_words, *document.body_words) if any(c.isalnum() for c in w)]
        known = self._suite.vocabulary.words
        return sum(word not in known for word in words) / len(words) if words else 0.0

    @property
    def version(self) -> str:
        """What stands in `Assessment.model`."""
        return self.card.version

    def assess(self, texts: Sequence[Text]) -> list[Assessment]:
        """One assessment a text, in their order; no text is too odd, only the first 20,000 characters of a body weigh."""
        from analysis.assess import assess

        return assess(self._suite, self.version, texts)


def train(head: str, data: Path, output: Path, **options: Any) -> ModelCard:
    """Train the head `head` from a labelled file and write model and card to `output`; `DataError` says what is wrong."""
    from analysis.heads.command import train_head

    return train_head(head, data, output, **options)


def predict(model: Path, texts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """`{"id", "label", "scores"}` for rows with `text`, `tokens` or `title` and `body`."""
    from analysis.heads.command import predict_rows

    return predict_rows(model, texts)


def evaluate(head: str, model: Path, data: Path) -> dict[str, Any]:
    """Accuracy, macro-F1 and F1 of each class of a trained head on a labelled file."""
    from analysis.heads.command import evaluate_head

    return evaluate_head(head, model, data)


def floors_reached(title: str, body: str) -> list[tuple[str, int]]:
    """(name, least level) of the severity floors that a text reaches, the highest first: rules, whatever the model says."""
    from analysis.severity import floors
    from analysis.text.normalise import normalise

    return [(floor.name, floor.level) for floor, _start, _end in floors(normalise(f"{title}\n{body}").text)]
