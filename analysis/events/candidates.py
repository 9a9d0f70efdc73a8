"""Which earlier posts a batch of posts is compared with: those that share most with each for their length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.events.ring import KEYS
from analysis.events.signature import TITLE
from analysis.events.words import WORD, Floats, Words

CANDIDATES = 32
_LEAST_WEIGHT = 3.0  # a word that says less files no post
_TITLE_FIRST = 1.3  # a word of the title counts this much more when keys are chosen
_TINY = 1e-6
_NONE = np.iinfo(np.int64).max

Ints = NDArray[np.int64]


def chosen_keys(words: Words, weights: Floats) -> tuple[Words, Floats]:
    """(posts × KEYS hashes of each post's weightiest words, 0 where it has fewer that say enough; their weights)."""
    worth = np.where(words >= TITLE, weights * np.float32(_TITLE_FIRST), weights)
    best = np.argsort(-worth, axis=1, kind="stable")[:, :KEYS]
    keys, said = np.take_along_axis(words, best, axis=1) & WORD, np.take_along_axis(weights, best, axis=1)
    keys[said < _LEAST_WEIGHT] = 0
    return keys, said


def distinct(rows: Words, keys: Words, weights: Floats) -> tuple[Ints, NDArray[np.float64]]:
    """(posts × KEYS rows of the ring in ascending order, each once, then -1; what sharing each says: its first key's weight squared)."""
    own = np.where(keys != 0, rows.astype(np.int64), _NONE)
    order = np.argsort(own, axis=1, kind="stable")
    own, worth = np.take_along_axis(own, order, axis=1), np.take_along_axis(weights, order, axis=1)
    own[:, 1:][own[:, 1:] == own[:, :-1]] = _NONE
    own[own == _NONE] = -1
    return np.asarray(own, np.int64), (np.asarray(worth, np.float32) ** 2).astype(np.float64)


def nearest(seen: Words, worth: NDArray[np.float64], lengths: Floats) -> tuple[Ints, NDArray[np.bool_]]:
    """(posts × CANDIDATES numbers of earlier posts, ascending; which of them are real) of what each post found in the ring.

    `seen` is posts × KEYS × DEPTH numbers + 1, `worth` what each row says, `lengths` those of all posts by number. Of equals the
    earlier post is taken.
    """
    count, width = len(seen), seen.shape[1] * seen.shape[2]
    bits = np.uint64(width.bit_length())
    found = (seen.reshape(count, width).astype(np.uint64) << bits) | np.arange(width, dtype=np.uint64)
    found.sort(axis=1)  # by post, and of one post by where it was found, so that sums do not depend on the batch
    posts = (found >> bits).astype(np.int64)
    places = (found & np.uint64((1 << int(bits)) - 1)).astype(np.int64) // seen.shape[2]
    opens = np.ones((count, width), bool)
    opens[:, 1:] = posts[:, 1:] != posts[:, :-1]
    group = np.cumsum(opens) - 1
    shared = np.bincount(group, np.take_along_axis(worth, places, axis=1).ravel())
    heads = posts[opens]
    owners = np.repeat(np.arange(count), opens.sum(axis=1))
    real = heads > 0
    heads, owners, shared = heads[real] - 1, owners[real], shared[real]
    return _most(heads, owners, shared / (lengths[heads] + _TINY), count)


def _most(heads: Ints, owners: Ints, share: NDArray[np.float64], count: int) -> tuple[Ints, NDArray[np.bool_]]:
    """The `CANDIDATES` of each owner with the largest share."""
    first = np.searchsorted(owners, np.arange(count))
    place = np.arange(len(heads)) - first[owners]
    width = max(int(place.max(initial=0)) + 1, CANDIDATES)
    table = np.full((count, width), -np.inf)
    table[owners, place] = share
    numbers = np.zeros((count, width), np.int64)
    numbers[owners, place] = heads
    least = np.partition(table, width - CANDIDATES, axis=1)[:, width - CANDIDATES, None]
    above, equal = table > least, table == least
    chosen = above | (equal & (np.cumsum(equal, axis=1) <= CANDIDATES - above.sum(axis=1, keepdims=True)))
    # Exactly CANDIDATES are chosen in each row, in the order of their numbers; padding among them is not real.
    return numbers[chosen].reshape(count, CANDIDATES), np.isfinite(table[chosen]).reshape(count, CANDIDATES)
