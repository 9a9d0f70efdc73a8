"""A batch of texts laid out once: its characters as one array, its words as another, for all that is done to each of them in numpy.

Every document is its title, a line feed, its body and another line feed; documents stand one behind the other. What looks words up and
what explains a score read the same layout, because making it costs a tenth of an assessment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]

_BORDER = "\n"  # between title and body and at the end; no word of a vocabulary
_PLANE = 1 << 16  # code points from here on are rare: they are looked at one by one
_PACKED = 4  # characters of a word that fit into one key, 16 bits each
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # Fibonacci hashing: neighbouring keys land far apart
_ROOM = 3  # slots a key in the look-up table, at least


@dataclass(frozen=True, slots=True)
class Document:
    """A text ready for features: normalised title and body, and the words of each (they join to the text again)."""

    title: str
    body: str
    title_words: list[str]
    body_words: list[str]


@dataclass(frozen=True)
class Layout:
    """`sizes` are the characters of each document, its two line feeds included; `words` are all words, each line feed one of them."""

    sizes: Ints
    title_sizes: Ints  # characters of each title
    words: list[str]
    fields: Ints  # number of words of title and body in turn, the line feed behind each included
    points: NDArray[np.uint32]

    @cached_property
    def offsets(self) -> Ints:
        """Where each document begins."""
        return np.cumsum(self.sizes) - self.sizes

    @cached_property
    def lengths(self) -> Ints:
        """Characters of each word."""
        return np.fromiter(map(len, self.words), np.int64, len(self.words))

    @cached_property
    def ends(self) -> Ints:
        """Where each word ends."""
        return np.cumsum(self.lengths)

    @cached_property
    def starts(self) -> Ints:
        """Where each word begins."""
        return self.ends - self.lengths

    @cached_property
    def field(self) -> Ints:
        """The field of each word: twice its document, and one more in the body."""
        return np.repeat(np.arange(len(self.fields)), self.fields)

    @cached_property
    def letters(self) -> NDArray[np.bool_]:
        """Whether each word is letters and digits only, as `str.isalnum` says."""
        odd = np.concatenate([[0], np.cumsum(~_alnum(self.points))])
        return np.asarray((odd[self.ends] == odd[self.starts]) & (self.lengths > 0))


def lay(documents: Sequence[Document]) -> Layout:
    """The documents one behind the other."""
    words: list[str] = []
    counts: list[int] = []
    for document in documents:
        words += document.title_words
        words.append(_BORDER)
        words += document.body_words
        words.append(_BORDER)
        counts += (len(document.title_words) + 1, len(document.body_words) + 1)
    titles = np.array([len(document.title) for document in documents], np.int64)
    sizes = titles + np.array([len(document.body) + 2 for document in documents], np.int64)
    points = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
    return Layout(sizes, titles, words, np.array(counts, np.int64), points)


@lru_cache(maxsize=1)
def _letters() -> NDArray[np.bool_]:
    return np.fromiter((chr(code).isalnum() for code in range(_PLANE)), bool, _PLANE)


def _alnum(points: NDArray[np.uint32]) -> NDArray[np.bool_]:
    high = np.flatnonzero(points >= _PLANE)
    found = _letters()[np.where(points < _PLANE, points, 0)]
    found[high] = [chr(point).isalnum() for point in points[high].tolist()]
    return found


class Table:
    """Key → column by open addressing, for whole arrays at once: about one look a key, where a binary search takes seventeen."""

    def __init__(self, keys: Keys) -> None:
        bits = max(4, int(np.ceil(np.log2(max(len(keys), 1) * _ROOM))))
        self._shift, self._mask = np.uint64(64 - bits), (1 << bits) - 1
        # Key and column + 1 side by side, so that both come with one look into memory. No key is 0.
        self._held = np.zeros((1 << bits, 2), np.uint64)
        left = np.arange(len(keys))
        slots = self._slots(keys)
        while len(left):
            _, first = np.unique(slots, return_index=True)
            taken = first[self._held[slots[first], 0] == 0]
            self._held[slots[taken]] = np.stack(
                [keys[left[taken]], left[taken].astype(np.uint64) + np.uint64(1)], axis=1
            )
            waiting = np.ones(len(left), bool)
            waiting[taken] = False
            left, slots = left[waiting], (slots[waiting] + 1) & self._mask

    def _slots(self, keys: Keys) -> Ints:
        return ((keys * _SPREAD) >> self._shift).astype(np.int64)

    def find(self, keys: Keys) -> Ints:
        """The column of each key, -1 where there is none."""
        slots = self._slots(keys)
        held = self._held.take(slots, axis=0)
        columns = np.where(held[:, 0] == keys, held[:, 1].astype(np.int64) - 1, -1)
        left = np.flatnonzero((columns < 0) & (held[:, 0] != 0))
        slots = slots[left]
        while len(left):
            slots = (slots + 1) & self._mask
            held = self._held.take(slots, axis=0)
            sought = keys[left]
            columns[left] = np.where(held[:, 0] == sought, held[:, 1].astype(np.int64) - 1, -1)
            on = (held[:, 0] != sought) & (held[:, 0] != 0)
            left, slots = left[on], slots[on]
        return columns


class Numbers:
    """Word → number for all words of a layout at once.

    A word of up to four characters is its characters packed into one key, which costs a fifth of a dictionary's look at a string
    that has never been hashed; longer words, one in fifty, are looked up as they are.
    """

    def __init__(self, numbers: dict[str, int]) -> None:
        self._numbers = numbers
        short = [word for word in numbers if len(word) <= _PACKED]
        laid = lay([Document("", "".join(short), [], short)])
        kept = np.flatnonzero(_packed(laid)[1:-1])
        self._table = Table(_packed(laid)[1:-1][kept])
        own = np.fromiter((numbers[word] for word in short), np.int64, len(short))
        self._given = np.append(own[kept], 0)  # the last is for words that are not known

    def of(self, laid: Layout) -> Ints:
        """The number of each word, 0 where it has none."""
        packed = _packed(laid)
        found = self._given[self._table.find(packed)]
        rest = np.flatnonzero(packed == 0)
        words = laid.words
        found[rest] = np.fromiter(
            map(self._numbers.get, [words[n] for n in rest.tolist()], repeat(0)), np.int64, len(rest)
        )
        return found


def _packed(laid: Layout) -> Keys:
    """The characters of each word in one key; 0 for a word that is too long, empty, or holds a character beyond 16 bits."""
    points = np.append(laid.points, np.zeros(_PACKED, np.uint32)).astype(np.uint64)
    key = points[laid.starts]
    odd = (key >= _PLANE) | (key == 0) | (laid.lengths > _PACKED)
    for place in range(1, _PACKED):
        within = laid.lengths > place
        more = points[laid.starts + place] * within
        odd |= (more >= _PLANE) | (within & (more == 0))  # a character 0 would look like none
        key = (key << np.uint64(16)) | more
    key[odd] = 0
    return key
