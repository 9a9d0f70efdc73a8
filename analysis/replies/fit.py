"""Learning how the measures of a reply weigh, from labelled replies (reply_guideline.md), into plain numbers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import read_messages, read_rows
from analysis.replies import latent
from analysis.replies.check import MODEL, VERDICTS
from analysis.replies.measures import NAMES, measures

_STRENGTH = 0.2
_DIMENSIONS = 30
_LEAST = 3  # replies that a word must stand in
HEADS = {"relevant": ("0", "1"), "complete": ("0", "1", "2"), "concrete": ("0", "1", "2")}


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


def learn_latent(data: Path) -> latent.Latent:
    """The dimensions of the archive's replies; labels play no part."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [
        " ".join(latent.words_of(m["reply"]))
        for m in read_messages(data / "messages.jsonl.gz").values()
        if m.get("reply")
    ]
    # A pattern for words, no secret.
    vectoriser = TfidfVectorizer(token_pattern=r"\S+", lowercase=False, sublinear_tf=True, min_df=_LEAST)  # noqa: S106
    axes = TruncatedSVD(_DIMENSIONS, random_state=0).fit(vectoriser.fit_transform(texts)).components_.T
    words = {word: line for line, word in enumerate(vectoriser.get_feature_names_out())}
    return latent.Latent(words, vectoriser.idf_.astype(np.float32), axes.astype(np.float32))


def verdict_inputs(data: Path, places: latent.Latent, table: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the verdict is learned from: the measures of each labelled reply beside its place."""
    messages = read_messages(data / "messages.jsonl.gz")
    replies = [messages[row["id"]]["reply"] for _, row in read_rows(data / "reply_labels.tsv")]
    placed = np.array([places.of(latent.words_of(reply)) for reply in replies])
    return np.hstack([table, latent.LATENT_WEIGHT * placed])


def fit_verdict(inputs: NDArray[np.float64], verdicts: Sequence[str]) -> latent.Machine:
    """The machine for VERDICTS, each class counting alike however rare."""
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    scaler = StandardScaler().fit(inputs)
    numbers = [VERDICTS.index(verdict) for verdict in verdicts]
    fitted = SVC(C=1.0, gamma="scale", class_weight="balanced").fit(scaler.transform(inputs), numbers)
    return latent.Machine.of(fitted, scaler)


def train_replies(data: Path, output: Path = MODEL) -> None:
    """Write the reply model learned from the data folder."""
    table, labels = load(data)
    page: dict[str, Any] = {
        head: fit_head(table, [row[head] for row in labels], names) for head, names in HEADS.items()
    }
    page["measures"] = list(NAMES)
    output.write_text(json.dumps(page, indent=1) + "\n", encoding="utf-8")
    places = learn_latent(data)
    latent.save(places, fit_verdict(verdict_inputs(data, places, table), [row["verdict"] for row in labels]))
