"""The public face of analysis: what the rest of the product may call. Importing it loads nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.records import Assessment, ModelCard, Text

if TYPE_CHECKING:
    from analysis.datasets import DataError
    from analysis.events.index import EventIndex, EventMatch
    from analysis.heads.suite import Suite
    from analysis.heat import Heat, HeatRule
    from analysis.registry import ModelError
    from analysis.replay import Played, replay
    from analysis.replies.check import ReplyCheck, check_reply
    from analysis.train import train_shipped

__all__ = [
    "Analyser", "DataError", "EventIndex", "EventMatch", "Heat", "HeatRule", "ModelError", "Played", "ReplyCheck",
    "check_reply", "evaluate", "floors_reached", "predict", "replay", "train", "train_shipped",
]  # fmt: skip

_HOMES = {
    "DataError": "analysis.datasets",
    "EventIndex": "analysis.events.index",
    "EventMatch": "analysis.events.index",
    "Heat": "analysis.heat",
    "HeatRule": "analysis.heat",
    "ModelError": "analysis.registry",
    "Played": "analysis.replay",
    "ReplyCheck": "analysis.replies.check",
    "check_reply": "analysis.replies.check",
    "replay": "analysis.replay",
    "train_shipped": "analysis.train",
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
        from analysis.heads.store import from_arrays

        card, arrays, extra = registry.load(path or registry.SHIPPED)
        return cls(from_arrays(arrays, extra), card)

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
