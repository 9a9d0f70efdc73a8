"""Which earlier posts share a telling word: for each word the latest posts that hold it, in a table of fixed depth.

Depth and number of keys are fixed, so looking up costs the same for ten thousand posts and for a million. Words whose hashes end
alike share a row; that brings candidates that the comparison then rejects, never a wrong event. When posts outgrow the table it is
doubled by copying: each half keeps what both held, and the strangers in it are pushed out as new posts come.
"""

from __future__ import annotations

import numpy as np

from analysis.events.words import Words

KEYS = 32  # words of a post under which it is filed: the weightiest
DEPTH = 16  # posts remembered of each
_ROWS = 1 << 16


class Ring:
    """`DEPTH` latest posts (number + 1; 0 = none) of every row."""

    def __init__(self) -> None:
        self._held = np.zeros((_ROWS, DEPTH), np.uint32)
        self._next = np.zeros(_ROWS, np.uint16)  # posts filed in the row so far, modulo 2^16, which DEPTH divides
        self._posts = 0

    def rows(self, keys: Words) -> Words:
        """The row of each key; it changes when the table is doubled."""
        return keys & np.uint32(len(self._next) - 1)

    def find(self, rows: Words) -> Words:
        """Posts + 1 in the rows, as rows × DEPTH; 0 = none."""
        return self._held[rows]

    def put(self, rows: Words, number: int) -> None:
        """File one post under distinct rows."""
        self._held[rows, self._next[rows] % DEPTH] = number + 1
        self._next[rows] += 1
        self._posts += 1
        self._fit()

    def extend(self, keys: Words, first: int) -> None:
        """File many posts (posts × KEYS; 0 = no key) whose numbers start at `first`."""
        self._posts += len(keys)
        self._fit()
        numbers = np.repeat(np.arange(first + 1, first + 1 + len(keys), dtype=np.uint32), keys.shape[1])
        flat = keys.ravel()
        used = flat != 0
        rows, numbers = self.rows(flat[used]), numbers[used]
        order = np.argsort(rows, kind="stable")
        rows, numbers = rows[order], numbers[order]
        if not len(rows):
            return
        starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]])
        counts = np.diff(np.r_[starts, len(rows)])
        rank = np.arange(len(rows)) - np.repeat(starts, counts)
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
