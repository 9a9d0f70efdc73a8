"""Arrays that grow at the end, and the names of posts: what lets a million posts lie in some hundred bytes each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

_GROW = 16  # an array that is full grows by a sixteenth
_LEAST = 1024
_FRESH = 1 << 14  # names kept in a dict before they are sorted in, and a share of the sorted ones more
_SHARE = 32


class Column:
    """One array with room at its end; `rows` is the part in use. The array is moved only when it is full."""

    def __init__(self, width: int, kind: npt.DTypeLike) -> None:
        self._shape: tuple[int, ...] = (width,) if width else ()
        self._held = np.zeros((_LEAST, *self._shape), kind)
        self._count = 0

    @property
    def rows(self) -> npt.NDArray[Any]:
        """A view of the rows in use: valid until the next `extend`."""
        return self._held[: self._count]

    def extend(self, more: npt.NDArray[Any]) -> None:
        """Append rows; columns that `more` lacks stay zero."""
        end = self._count + len(more)
        if end > len(self._held):
            room = max(end, len(self._held) + len(self._held) // _GROW)
            self._held.resize((room, *self._shape), refcheck=False)
        if self._shape:
            self._held[self._count : end, : more.shape[1]] = more
        else:
            self._held[self._count : end] = more
        self._count = end

    def put(self, row: Any) -> None:
        """Append one row, which may be shorter than the width."""
        if self._count == len(self._held):
            self._held.resize((self._count + self._count // _GROW, *self._shape), refcheck=False)
        if self._shape:
            self._held[self._count, : len(row)] = row
        else:
            self._held[self._count] = row
        self._count += 1

    @property
    def nbytes(self) -> int:
        """Memory held, the room included."""
        return self._held.nbytes


class Names:
    """Post ids ↔ row numbers. New ones are in a dict, older ones as sorted 64-bit hashes beside their bytes."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._ends = Column(0, np.uint32)
        self._hashes = np.zeros(0, np.int64)
        self._numbers = np.zeros(0, np.uint32)
        self._fresh: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._ends.rows)

    def __getitem__(self, number: int) -> str:
        ends = self._ends.rows
        start = int(ends[number - 1]) if number else 0
        return self._text[start : int(ends[number])].decode("utf-8", "surrogatepass")

    def find(self, name: str) -> int | None:
        """The row of a name."""
        key = hash(name)
        number = self._fresh.get(key)
        if number is None:
            place = int(np.searchsorted(self._hashes, key))
            if place == len(self._hashes) or int(self._hashes[place]) != key:
                return None
            number = int(self._numbers[place])
        return number if self[number] == name else None

    def put(self, name: str) -> int:
        """Add a new name; its row."""
        number = len(self)
        self._text += name.encode("utf-8", "surrogatepass")
        self._ends.put(len(self._text))
        self._fresh[hash(name)] = number
        if len(self._fresh) >= _FRESH + len(self._hashes) // _SHARE:
            self._sort_in()
        return number

    def extend(self, names: Sequence[str]) -> None:
        """Add many new names."""
        for name in names:
            self.put(name)

    def _sort_in(self) -> None:
        hashes = np.concatenate([self._hashes, np.fromiter(self._fresh, np.int64, len(self._fresh))])
        numbers = np.concatenate([self._numbers, np.fromiter(self._fresh.values(), np.uint32, len(self._fresh))])
        order = np.argsort(hashes)
        self._hashes, self._numbers, self._fresh = hashes[order], numbers[order], {}

    @property
    def nbytes(self) -> int:
        """Memory held; what is in the dict is counted at 100 bytes an entry."""
        return len(self._text) + self._ends.nbytes + self._hashes.nbytes + self._numbers.nbytes + 100 * len(self._fresh)
