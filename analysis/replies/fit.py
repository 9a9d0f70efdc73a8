"""Learning how the measures of a reply weigh, from labelled replies (reply_guideline.md), into plain numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import read_messages, read_rows
from analysis.replies.check import MODEL, VERDICTS
from analysis.replies.measures import NAMES, measures

_STRENGTH = 0.2
HEADS = {"verdict": VERDICTS, "relevant": ("0", "1"), "complete": ("0", "1", "2"), "concrete": ("0", "1", "2")}


def load(data: Path) -> tuple[NDArray[np.float64], list[dict[str, Any]]]:
    """(measures of each labelled reply, its labels)."""
    messages = read_messages(data / "messages.jsonl.gz")
    labels = [row for _, row in read_rows(data / "reply_labels.tsv")]
    texts = [messages[row["id"]] for row in labels]
    return np.array([measures(m["title"], m["body"], m["reply"]) for m in texts]), labels


def fit_head(
    table: NDArray[np.float64], labels: Sequence[str], names: Sequence[str]
) -> list[tuple[list[float], float]]:
    """A line (weights, bias) for each of `names`, in their order, over the raw measures."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(table)
    numbers = [list(names).index(label) for label in labels]
    model = LogisticRegression(C=_STRENGTH, max_iter=2000).fit(scaler.transform(table), numbers)
    weights, bias = np.full((len(names), len(NAMES)), 0.0), np.full(len(names), -30.0)
    lines, starts = model.coef_, model.intercept_
    if len(lines) == 1:  # two classes are one line
        lines, starts = np.vstack([0 * lines, lines]), np.array([0.0, starts[0]])
    weights[model.classes_] = lines / scaler.scale_
    bias[model.classes_] = starts - (lines / scaler.scale_) @ scaler.mean_
    return [(w.round(5).tolist(), round(float(b), 5)) for w, b in zip(weights, bias, strict=True)]


def train_replies(data: Path, output: Path = MODEL) -> None:
    """Write the reply model learned from the data folder."""
    table, labels = load(data)
    page: dict[str, Any] = {
        head: fit_head(table, [row[head] for row in labels], names) for head, names in HEADS.items()
    }
    page["measures"] = list(NAMES)
    output.write_text(json.dumps(page, indent=1) + "\n", encoding="utf-8")
