"""Texts to sparse rows: which words, word pairs and character runs a text holds, title and body apart.

A title says what a message is about, a body says everything, so the same word weighs differently in each: they are separate
blocks, each scaled to length one. Every feature is one 64-bit key (block, then two word numbers or up to four character
numbers), so a vocabulary is one sorted array and a whole batch is looked up at once; nothing longer than a word or four
characters of any training text is kept. Only numpy is needed, because this runs wherever texts are assessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
Floats = NDArray[np.float32]

BLOCKS = ("title word", "title pair", "body word", "body pair", "title char", "char")
TITLE_WORD, TITLE_PAIR, BODY_WORD, BODY_PAIR, TITLE_CHAR, CHAR = range(len(BLOCKS))
_SHIFT = 60  # the block stands in the top four bits of a key
_WORD_BITS = 20
_CHAR_BITS = 14
_MAX_CHARS = (1 << _CHAR_BITS) - 1


@dataclass(frozen=True, slots=True)
class Document:
    """A text ready for features: normalised title and body, and the words of each (they join to the text again)."""

    title: str
    body: str
    title_words: list[str]
    body_words: list[str]


@dataclass(frozen=True, slots=True)
class Rows:
    """Sparse rows: row `i` has `values[starts[i]:starts[i+1]]` at the columns `columns[...]`, each column once."""

    starts: Ints
    columns: Ints
    values: Floats

    def __len__(self) -> int:
        return len(self.starts) - 1


@dataclass(frozen=True, slots=True)
class Hits:
    """Where features stand: occurrence `i` is column `columns[i]` of document `rows[i]`.

    It covers the characters `starts[i]:ends[i]` of normalised title + newline + body.
    """

    rows: Ints
    columns: Ints
    starts: Ints
    ends: Ints


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a vectoriser knows: words, characters and the features made of them.

    `words` (number = place + 1), `chars` (code point → number, 0 unknown), the sorted `keys` of the features and their inverse
    document frequencies; `weights` scales the blocks.
    """

    words: dict[str, int]
    chars: NDArray[np.uint16]
    keys: Keys
    idf: Floats
    weights: Floats

    def __len__(self) -> int:
        return len(self.keys)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The vocabulary as plain arrays, for a file that holds no objects."""
        joined = "\n".join(self.words).encode()
        return {
            "words": np.frombuffer(joined, np.uint8),
            "chars": self.chars,
            "keys": self.keys,
            "idf": self.idf,
            "weights": self.weights,
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> Vocabulary:
        """The reverse of `arrays`."""
        words = bytes(arrays["words"].tobytes()).decode().split("\n")
        numbers = {word: number for number, word in enumerate(words, 1)}
        idf, weights = arrays["idf"].astype(np.float32), arrays["weights"].astype(np.float32)
        return cls(numbers, arrays["chars"], arrays["keys"], idf, weights)


def learn_vocabulary(documents: Sequence[Document], weights: Iterable[float], least: int = 2) -> Vocabulary:
    """The features that at least `least` documents hold, with smoothed inverse document frequencies."""
    words = _frequent((set(d.title_words) | set(d.body_words) for d in documents), least)
    numbers = {word: number for number, word in enumerate(sorted(w for w in words if "\n" not in w and w.strip()), 1)}
    letters = sorted(_frequent((set(d.title) | set(d.body) for d in documents), least))
    chars = np.zeros(1 << 16, np.uint16)
    chars[[ord(c) for c in letters if ord(c) < 1 << 16 and not c.isspace()][:_MAX_CHARS]] = 1
    known = np.flatnonzero(chars)
    chars[known] = np.arange(1, len(known) + 1)
    bare = Vocabulary(numbers, chars, np.zeros(0, np.uint64), np.zeros(0, np.float32), np.zeros(0, np.float32))
    keys, counts = _document_frequencies(bare, documents, least)
    idf = np.log((1 + len(documents)) / (1 + counts)) + 1
    return Vocabulary(numbers, chars, keys, idf.astype(np.float32), np.array(list(weights), np.float32))


def _frequent(sets: Iterable[set[str]], least: int) -> set[str]:
    counts: Counter[str] = Counter()
    for one in sets:
        counts.update(one)
    return {item for item, count in counts.items() if count >= least}


def _document_frequencies(bare: Vocabulary, documents: Sequence[Document], least: int) -> tuple[Keys, Ints]:
    found = []
    for start in range(0, len(documents), 500):
        rows, keys, _, _ = occurrences(bare, documents[start : start + 500])
        order = np.lexsort((keys, rows))
        rows, keys = rows[order], keys[order]
        first = np.ones(len(keys), bool)
        first[1:] = (keys[1:] != keys[:-1]) | (rows[1:] != rows[:-1])
        found.append(keys[first])
    every = np.concatenate(found) if found else np.zeros(0, np.uint64)
    unique, counts = np.unique(every, return_counts=True)
    kept = counts >= least
    return unique[kept], counts[kept]


def occurrences(vocabulary: Vocabulary, documents: Sequence[Document]) -> tuple[Ints, Keys, Ints, Ints]:
    """Every word, pair and character run of the documents: (document number, key, first character, past the last)."""
    parts = _word_occurrences(vocabulary, documents) + _char_occurrences(vocabulary, documents)
    rows, keys, starts, ends = (np.concatenate(column) for column in zip(*parts, strict=True))
    return rows, keys, starts, ends


_Part = tuple[Ints, Keys, Ints, Ints]


def _word_occurrences(vocabulary: Vocabulary, documents: Sequence[Document]) -> list[_Part]:
    number = vocabulary.words.get
    ids: list[int] = []
    lengths: list[int] = []
    counts: list[int] = []
    for document in documents:
        for words in (document.title_words, document.body_words):
            ids += [number(word, 0) for word in words]
            lengths += [len(word) for word in words]
            ids.append(0)  # nothing pairs across the border; its length is that of the newline between title and body
            lengths.append(1)
            counts.append(len(words) + 1)
    of_field = np.repeat(np.arange(len(counts)), counts)
    flat = np.array(ids, np.uint64)
    starts, ends = _positions(np.array(lengths, np.int64), of_field)
    rows, in_body = of_field >> 1, (of_field & 1).astype(np.uint64)
    known = np.flatnonzero(flat)
    single = (_tag(TITLE_WORD) + (in_body[known] << np.uint64(_SHIFT + 1))) | flat[known]
    pairs = known[:-1][(np.diff(known) == 1)] if len(known) else known
    double = (_tag(TITLE_PAIR) + (in_body[pairs] << np.uint64(_SHIFT + 1))) | (flat[pairs] << np.uint64(_WORD_BITS))
    double |= flat[pairs + 1]
    return [
        (rows[known], single, starts[known], ends[known]),
        (rows[pairs], double, starts[pairs], ends[pairs + 1]),
    ]


def _positions(lengths: Ints, of_field: Ints) -> tuple[Ints, Ints]:
    """Character positions within each document (two fields a document: title, newline, body, end)."""
    ends = np.cumsum(lengths)
    starts = ends - lengths
    first = np.searchsorted(of_field >> 1, np.arange((of_field[-1] >> 1) + 1)) if len(of_field) else of_field
    base = starts[first][of_field >> 1]
    return starts - base, ends - base


def _char_occurrences(vocabulary: Vocabulary, documents: Sequence[Document]) -> list[_Part]:
    texts = [f"{d.title}\n{d.body}\n" for d in documents]
    points = np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32)
    ids = vocabulary.chars[np.where(points < 1 << 16, points, 10)].astype(np.uint64)
    sizes = np.array([len(t) for t in texts], np.int64)
    rows = np.repeat(np.arange(len(texts)), sizes)
    starts = np.arange(len(points)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    in_title = starts < np.repeat(np.array([len(d.title) for d in documents], np.int64), sizes)
    parts: list[_Part] = []
    keys, at = ids, np.flatnonzero(ids)
    for size in (2, 3, 4):
        at = at[at + size <= len(ids)]
        at = at[ids[at + size - 1] > 0]
        keys = keys.copy()
        keys[at] = (keys[at] << np.uint64(_CHAR_BITS)) | ids[at + size - 1]
        parts.append((rows[at], _tag(CHAR) | keys[at], starts[at], starts[at] + size))
        headed = at[in_title[at]]
        parts.append((rows[headed], _tag(TITLE_CHAR) | keys[headed], starts[headed], starts[headed] + size))
    return parts


def _tag(block: int) -> np.uint64:
    return np.uint64(block << _SHIFT)


def vectorise(vocabulary: Vocabulary, documents: Sequence[Document]) -> tuple[Rows, Hits]:
    """The rows of the documents and where each feature stands.

    A value is (1 + ln count) · idf, each block of a row scaled to length one and then by the block's weight.
    """
    if not documents:
        none = np.zeros(0, np.int64)
        return Rows(np.zeros(1, np.int64), none, np.zeros(0, np.float32)), Hits(none, none, none, none)
    rows, keys, starts, ends = occurrences(vocabulary, documents)
    columns = np.searchsorted(vocabulary.keys, keys)
    columns[columns == len(vocabulary)] = 0
    known = np.flatnonzero(vocabulary.keys[columns] == keys) if len(vocabulary) else np.zeros(0, np.int64)
    hits = Hits(rows[known], columns[known], starts[known], ends[known])
    return _weigh(vocabulary, hits, len(documents)), hits


def _weigh(vocabulary: Vocabulary, hits: Hits, count: int) -> Rows:
    cells, repeats = np.unique(hits.rows * len(vocabulary) + hits.columns, return_counts=True)
    rows, columns = np.divmod(cells, len(vocabulary)) if len(cells) else (cells, cells)
    values = (1 + np.log(repeats)) * vocabulary.idf[columns]
    blocks = (vocabulary.keys[columns] >> np.uint64(_SHIFT)).astype(np.int64)
    squares = np.bincount(rows * len(BLOCKS) + blocks, weights=values**2, minlength=count * len(BLOCKS))
    norms = np.sqrt(squares)[rows * len(BLOCKS) + blocks]
    scaled = values / np.maximum(norms, 1e-12) * vocabulary.weights[blocks]
    return Rows(np.searchsorted(rows, np.arange(count + 1)), columns, scaled.astype(np.float32))


def scores(rows: Rows, weights: Floats) -> Floats:
    """Rows times `weights` (features × outputs): one line of outputs a row."""
    out = np.zeros((len(rows), weights.shape[1]), np.float32)
    for index in range(len(rows)):
        part = slice(rows.starts[index], rows.starts[index + 1])
        out[index] = rows.values[part] @ weights[rows.columns[part]]
    return out
