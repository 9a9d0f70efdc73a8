"""Which earlier posts share a telling word: for each word the latest posts that hold it, in a table of fixed depth.

Depth and number of keys are fixed, so looking up costs the same for ten thousand posts and for a million. Words whose hashes end
alike share a row; that brings candidates that the comparison then rejects, never a wrong event. When posts outgrow the table it is
doubled by copying: each half keeps what both held, and the strangers in it are pushed out as new posts come.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.events.words import Words

Ints = NDArray[np.int64]

KEYS = 32  # words of a post under which it is filed: the weightiest
DEPTH = 16  # posts remembered of each
_ROWS = 1 << 16


def _ranks(rows: Any) -> tuple[Ints, Ints, Ints]:
    """(where each run of equal rows begins, how long it is, the place of each row within its run)."""
    starts = np.flatnonzero(np.r_[np.ones(min(len(rows), 1), bool), rows[1:] != rows[:-1]])
    counts = np.diff(np.r_[starts, len(rows)])
    return starts, counts, np.arange(len(rows)) - np.repeat(starts, counts)


class Ring:
    """`DEPTH` latest posts (number + 1; 0 = none) of every row."""

    def __init__(self) -> None:
        self._held = np.zeros((_ROWS, DEPTH), np.uint32)
        self._next = np.zeros(_ROWS, np.uint16)  # posts filed in the row so far, modulo 2^16, which DEPTH divides
        self._posts = 0

    def rows(self, keys: Words) -> Words:
        """The row of each key; it changes when the table is doubled."""
        return keys & np.uint32(len(self._next) - 1)

    @property
    def room(self) -> int:
        """How many posts may be filed at once and find the table as if they had come one by one: after them it is doubled."""
        return max(len(self._next) - self._posts, 1)

    def file(self, rows: Ints, first: int) -> Words:
        """File posts numbered from `first` under their rows (posts × KEYS, distinct in each post, -1 = none), at most `room` of them.

        Returns what each found there, posts × KEYS × DEPTH: posts + 1 (0 = none), those before it in this call among them.
        """
        seen = np.where((rows >= 0)[..., None], self._held[np.maximum(rows, 0)], np.uint32(0))
        used = np.flatnonzero(rows.ravel() >= 0)
        order = used[np.argsort(rows.ravel()[used], kind="stable")]
        at = rows.ravel()[order]
        numbers = (order // rows.shape[1] + first + 1).astype(np.uint32)
        starts, counts, rank = _ranks(at)
        base, flat = self._next[at].astype(np.intp), seen.reshape(-1, DEPTH)
        for back in range(1, min(DEPTH, int(rank.max(initial=0))) + 1):
            later = np.flatnonzero(rank >= back)
            flat[order[later], (base[later] + rank[later] - back) % DEPTH] = numbers[later - back]
        self._keep(at, numbers, starts, counts, rank)
        self._posts += len(rows)
        self._fit()
        return seen

    def extend(self, keys: Words, first: int) -> None:
        """File many posts (posts × KEYS; 0 = no key) whose numbers start at `first`."""
        self._posts += len(keys)
        self._fit()
        numbers = np.repeat(np.arange(first + 1, first + 1 + len(keys), dtype=np.uint32), keys.shape[1])
        flat = keys.ravel()
        used = flat != 0
        rows, numbers = self.rows(flat[used]), numbers[used]
        order = np.argsort(rows, kind="stable")
        rows = rows[order]
        if len(rows):
            self._keep(rows, numbers[order], *_ranks(rows))

    def _keep(self, rows: Any, numbers: Words, starts: Ints, counts: Ints, rank: Ints) -> None:
        last = rank >= np.repeat(counts, counts) - DEPTH
        self._held[rows[last], (self._next[rows[last]] + rank[last]) % DEPTH] = numbers[last]
        self._next[rows[starts]] += counts.astype(np.uint16)

    def _fit(self) -> None:
        while self._posts > len(self._next):
            self._held = np.concatenate([self._held, self._held])
            self._next = np.concatenate([self._next, self._next])

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return self._held.nbytes + self._next.nbytes
