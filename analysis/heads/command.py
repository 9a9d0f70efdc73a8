"""What `train`, `predict` and `evaluate` do with one head."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analysis import registry
from analysis.datasets import DataError, digest
from analysis.heads import single
from analysis.metrics import f1, macro_f1
from analysis.records import ModelCard


def train_head(head: str, data: Path, output: Path, created: datetime | None = None) -> ModelCard:
    """Train `head` on `data` and write the folder `output`; the card holds the metrics of a five-fold split."""
    documents, labels = single.load(data, single.FEWEST_CLASSES)

    from analysis.train import (
        versions,
    )  # not before: a file that teaches nothing is refused without waiting for scikit-learn

    metrics = _cross_validated(documents, labels)
    arrays, extra = single.fit(documents, labels)
    day = (created or datetime.now(UTC)).date().isoformat()
    sha = digest(data)
    about = {"file": data.name, "rows": len(labels), "sha256": sha}
    card = ModelCard(f"{head}-{day}-{sha[:6]}", day, about, versions(), metrics)
    registry.save(output, card, arrays, {**extra, "head": head})
    return card


def _cross_validated(documents: list[Any], labels: list[str]) -> dict[str, Any]:
    """Figures of texts not trained on: one fifth held out."""
    held = [number for number in range(len(labels)) if number % 5 == 0]
    kept = [number for number in range(len(labels)) if number % 5]
    if len({labels[n] for n in kept}) < single.FEWEST_CLASSES:
        return {}
    arrays, extra = single.fit([documents[n] for n in kept], [labels[n] for n in kept])
    given = _labels(arrays, extra, [documents[n] for n in held])
    return {"held_out": figures([labels[n] for n in held], given)}


def _labels(arrays: registry.Arrays, extra: dict[str, Any], documents: list[Any]) -> list[str]:
    return [extra["classes"][number] for number in single.predict(arrays, extra, documents).argmax(axis=1)]


def figures(wanted: list[str], given: list[str]) -> dict[str, Any]:
    """Accuracy, macro-F1 and each class's F1."""
    right = sum(w == g for w, g in zip(wanted, given, strict=True))
    each = {c: round(f1([w == c for w in wanted], [g == c for g in given]), 4) for c in sorted(set(wanted))}
    return {
        "n": len(wanted),
        "accuracy": round(right / max(len(wanted), 1), 4),
        "macro_f1": round(macro_f1(wanted, given), 4),
        "f1": each,
    }


def _load(model: Path) -> tuple[registry.Arrays, dict[str, Any]]:
    _, arrays, extra = registry.load(model)
    if extra.get("kind") != "single":
        raise registry.ModelError(
            f"{model} is not a single head: use `assess` with it, or give a model that `train` wrote."
        )
    return arrays, extra


def predict_rows(model: Path, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Label and scores of each row, in order."""
    arrays, extra = _load(model)
    kept = list(rows)
    documents = [single.document_of(row, f"row {number}") for number, row in enumerate(kept, 1)]
    table = single.predict(arrays, extra, documents)
    return [
        {
            "id": row.get("id", str(number)),
            "label": extra["classes"][int(line.argmax())],
            "scores": {name: round(float(p), 6) for name, p in zip(extra["classes"], line, strict=True)},
        }
        for number, (row, line) in enumerate(zip(kept, table, strict=True))
    ]


def evaluate_head(head: str, model: Path, data: Path) -> dict[str, Any]:
    """The figures of a trained head on a labelled file; a label the model does not know is an error."""
    arrays, extra = _load(model)
    documents, labels = single.load(data)
    unknown = set(labels) - set(extra["classes"])
    if unknown:
        raise DataError(f"{data} has the label {min(unknown)!r}, which the model {model} does not know.")
    return {"head": head, **figures(labels, _labels(arrays, extra, documents))}
