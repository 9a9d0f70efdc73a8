"""Texts to sparse rows: which words and pairs of characters a text holds, title and body apart.

A title says what a message is about, a body says everything, so the same word weighs differently in each: they are separate
blocks, each scaled to length one. Every feature is one 64-bit key (block, then a word's number or two characters' numbers), and
a whole batch is looked up at once; nothing longer than a word of any training text is kept. Only numpy is needed, because this
runs wherever texts are assessed. (Pairs of words and runs of three and four characters were tried and gave nothing:
docs/model-card.md.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.layout import Document, Ints, Keys, Layout, Numbers, Table, lay

Floats = NDArray[np.float32]

BLOCKS = ("title word", "body word", "title char", "char")
TITLE_WORD, BODY_WORD, TITLE_CHAR, CHAR = range(len(BLOCKS))
_SHIFT = 60  # the block stands in the top four bits of a key
_CHAR_BITS = 14
_MAX_CHARS = (1 << _CHAR_BITS) - 1
_LONGEST_WORD = 10  # longer runs are addresses and numbers, not words


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

    It covers the characters `starts[i]:ends[i]` of normalised title + newline + body and is part of the row's entry `cells[i]`.
    """

    rows: Ints
    columns: Ints
    starts: Ints
    ends: Ints
    cells: Ints


@dataclass(frozen=True, slots=True)
class Pushes:
    """What moved one output: occurrence `i` added `amounts[i]` in document `rows[i]`, by its characters `starts[i]:ends[i]`."""

    rows: Ints
    starts: Ints
    ends: Ints
    amounts: NDArray[np.float64]

    def and_also(self, others: Pushes) -> Pushes:
        """These and others of the same documents."""
        return Pushes(*(np.concatenate([getattr(self, n), getattr(others, n)]) for n in Pushes.__slots__))


@dataclass(frozen=True)
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

    @cached_property
    def table(self) -> Table:
        """Where each key stands; built when the first text is read."""
        return Table(self.keys)

    @cached_property
    def numbers(self) -> Numbers:
        """The numbers of words, for a whole batch at once."""
        return Numbers(self.words)

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
    kept = sorted(word for word in words if "\n" not in word and word.strip() and len(word) <= _LONGEST_WORD)
    numbers = {word: number for number, word in enumerate(kept, 1)}
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
        rows, keys, _, _ = occurrences(bare, lay(documents[start : start + 500]))
        order = np.lexsort((keys, rows))
        rows, keys = rows[order], keys[order]
        first = np.ones(len(keys), bool)
        first[1:] = (keys[1:] != keys[:-1]) | (rows[1:] != rows[:-1])
        found.append(keys[first])
    every = np.concatenate(found) if found else np.zeros(0, np.uint64)
    unique, counts = np.unique(every, return_counts=True)
    kept = counts >= least
    return unique[kept], counts[kept]


def occurrences(vocabulary: Vocabulary, laid: Layout) -> tuple[Ints, Keys, Ints, Ints]:
    """Every word and pair of characters of the documents: (document number, key, first character, past the last)."""
    parts = [_word_occurrences(vocabulary, laid), *_char_occurrences(vocabulary, laid)]
    rows, keys, starts, ends = (np.concatenate(column) for column in zip(*parts, strict=True))
    return rows, keys, starts, ends


_Part = tuple[Ints, Keys, Ints, Ints]


def _word_occurrences(vocabulary: Vocabulary, laid: Layout) -> _Part:
    numbers = vocabulary.numbers.of(laid)
    known = np.flatnonzero(numbers)
    of_known = laid.field[known]
    rows = of_known >> 1
    base = laid.offsets[rows]
    keys = ((of_known & 1) << _SHIFT | numbers[known]).astype(np.uint64)  # TITLE_WORD is 0, BODY_WORD is 1
    return rows, keys, laid.starts[known] - base, laid.ends[known] - base


def _char_occurrences(vocabulary: Vocabulary, laid: Layout) -> list[_Part]:
    points = laid.points
    ids = vocabulary.chars[np.where(points < 1 << 16, points, 10)].astype(np.uint64)
    at = np.flatnonzero((ids[:-1] > 0) & (ids[1:] > 0))  # a newline has no number, so no pair crosses a border
    rows = np.repeat(np.arange(len(laid.sizes)), laid.sizes)[at]
    starts = at - laid.offsets[rows]
    pairs = (ids[at] << np.uint64(_CHAR_BITS)) | ids[at + 1]
    headed = starts < laid.title_sizes[rows]
    return [
        (rows, _tag(CHAR) | pairs, starts, starts + 2),
        (rows[headed], _tag(TITLE_CHAR) | pairs[headed], starts[headed], starts[headed] + 2),
    ]


def _tag(block: int) -> np.uint64:
    return np.uint64(block << _SHIFT)


def vectorise(vocabulary: Vocabulary, documents: Sequence[Document]) -> tuple[Rows, Hits]:
    """The rows of the documents and where each feature stands."""
    return vectorise_laid(vocabulary, lay(documents))


def vectorise_laid(vocabulary: Vocabulary, laid: Layout) -> tuple[Rows, Hits]:
    """The rows of documents laid out, and where each feature stands.

    A value is (1 + ln count) · idf, each block of a row scaled to length one and then by the block's weight.
    """
    count = len(laid.sizes)
    if not count:
        none = np.zeros(0, np.int64)
        return Rows(np.zeros(1, np.int64), none, np.zeros(0, np.float32)), Hits(none, none, none, none, none)
    rows, keys, starts, ends = occurrences(vocabulary, laid)
    columns = vocabulary.table.find(keys)
    known = np.flatnonzero(columns >= 0)
    return _weigh(vocabulary, rows[known], columns[known], starts[known], ends[known], count)


def _weigh(
    vocabulary: Vocabulary, rows: Ints, columns: Ints, starts: Ints, ends: Ints, count: int
) -> tuple[Rows, Hits]:
    places = rows * len(vocabulary) + columns
    order = np.argsort(places)
    ordered = places[order]
    first = np.ones(len(ordered), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    heads = np.flatnonzero(first)
    cells = np.zeros(len(ordered), np.int64)
    cells[order] = np.cumsum(first) - 1
    repeats = np.diff(np.append(heads, len(ordered)))
    cell_rows, cell_columns = rows[order[heads]], columns[order[heads]]
    values = (1 + np.log(repeats)) * vocabulary.idf[cell_columns]
    blocks = (vocabulary.keys[cell_columns] >> np.uint64(_SHIFT)).astype(np.int64)
    owners = cell_rows * len(BLOCKS) + blocks
    norms = np.sqrt(np.bincount(owners, weights=values**2, minlength=count * len(BLOCKS)))[owners]
    scaled = values / np.maximum(norms, 1e-12) * vocabulary.weights[blocks]
    line = np.searchsorted(cell_rows, np.arange(count + 1))
    return Rows(line, cell_columns, scaled.astype(np.float32)), Hits(rows, columns, starts, ends, cells)


def pushes(rows: Rows, hits: Hits, weights: Floats) -> Pushes:
    """What each occurrence adds to the score that `weights` (one a feature) give: a feature's share, split among its places."""
    counts = np.bincount(hits.cells, minlength=len(rows.columns))
    share = rows.values * weights[rows.columns] / np.maximum(counts, 1)
    return Pushes(hits.rows, hits.starts, hits.ends, share[hits.cells])


def scores(rows: Rows, weights: Floats) -> Floats:
    """Rows times `weights` (features × outputs): one line of outputs a row.

    Row by row, because the weights of one row fit into the cache and those of a batch do not: a fifth of the time.
    """
    out = np.zeros((len(rows), weights.shape[1]), np.float32)
    edges = rows.starts.tolist()
    for number, (first, last) in enumerate(pairwise(edges)):
        if first < last:
            out[number] = rows.values[first:last] @ weights.take(rows.columns[first:last], axis=0)
    return out
