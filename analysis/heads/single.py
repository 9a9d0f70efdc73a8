"""Any one head from a labelled file: TF-IDF over words and pairs of characters, a linear classifier, plain arrays.

For the heads a department trains itself (its own categories): columns `text`, `tokens` (already segmented) or `title` and `body`,
and `label`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.datasets import DataError, read_rows
from analysis.features import TITLE_CHAR, TITLE_WORD, Floats, Vocabulary, learn_vocabulary, scores, vectorise
from analysis.heads.suite import softmax
from analysis.layout import Document
from analysis.registry import Arrays
from analysis.text.document import read

BLOCK_WEIGHTS = (0.4, 1.0, 0.25, 1.0)
FEWEST_CLASSES = 2
_SHARPNESS = 4.0  # margins to a softmax that is roughly calibrated


def document_of(row: dict[str, Any], where: str) -> Document:
    """The document of a row, from whichever of the columns it has; the order of words is kept, stop words are not needed."""
    if "tokens" in row:
        words = str(row["tokens"]).split()
        return Document("", "".join(words), [], words)
    if "text" in row:
        return read("", str(row["text"])).document
    if "title" in row or "body" in row:
        return read(str(row.get("title", "")), str(row.get("body", ""))).document
    raise DataError(f"{where} has none of the columns text, tokens, title and body.")


def load(path: Path, least: int = 1) -> tuple[list[Document], list[str]]:
    """(documents, labels) of a labelled file; `DataError` where it holds fewer than `least` classes."""
    documents, labels = [], []
    for number, row in read_rows(path):
        if not row.get("label"):
            raise DataError(f"{path} line {number} has no label.")
        documents.append(document_of(row, f"{path} line {number}"))
        labels.append(str(row["label"]))
    if not labels:
        raise DataError(f"{path} holds no labelled text; give one row a text.")
    if len(set(labels)) < least:
        raise DataError(f"{path} holds {len(set(labels))} class; a head needs at least {least} to tell apart.")
    return documents, labels


def _joined(document: Document) -> Document:
    """Title and body as one, for a model that was trained on texts without titles."""
    words = [*document.title_words, *document.body_words]
    return Document("", "".join(words), [], words)


def fit(documents: Sequence[Document], labels: Sequence[str]) -> tuple[Arrays, dict[str, Any]]:
    """(arrays, extra) of a trained head."""
    from sklearn.svm import LinearSVC

    from analysis.heads.ridge import sparse

    vocabulary = learn_vocabulary(documents, BLOCK_WEIGHTS, 3)
    classes = sorted(set(labels))
    model = LinearSVC(
        C=0.3, random_state=7, class_weight="balanced"
    )  # a rare class counts as much: macro-F1 is what is reported
    model.fit(sparse(vectorise(vocabulary, documents)[0], len(vocabulary)), labels)
    weights, bias = np.asarray(model.coef_.T, np.float32), np.asarray(model.intercept_, np.float32)
    if len(classes) == FEWEST_CLASSES:
        weights, bias = np.hstack([-weights, weights]), np.array([-bias[0], bias[0]], np.float32)
    arrays: Arrays = {f"vocabulary.{name}": array for name, array in vocabulary.arrays().items()}
    return {**arrays, "weights": weights.astype(np.float16), "bias": bias}, {"kind": "single", "classes": classes}


def predict(arrays: Arrays, extra: dict[str, Any], documents: Sequence[Document]) -> Floats:
    """Probabilities, documents × classes."""
    part = {name.removeprefix("vocabulary."): a for name, a in arrays.items() if name.startswith("vocabulary.")}
    vocabulary = Vocabulary.from_arrays(part)
    weights = arrays["weights"].astype(np.float32)
    if not np.isin(vocabulary.keys >> np.uint64(60), (TITLE_WORD, TITLE_CHAR)).any():
        documents = [_joined(document) for document in documents]
    batches = [documents[start : start + 256] for start in range(0, len(documents), 256)]
    lines = [scores(vectorise(vocabulary, batch)[0], weights) + arrays["bias"] for batch in batches]
    return softmax(_SHARPNESS * np.vstack(lines)) if lines else np.zeros((0, len(extra["classes"])), np.float32)
