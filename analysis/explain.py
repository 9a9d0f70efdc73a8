"""Reasons: the spans of the text as posted that pushed the risk score most, up and down.

Where a text holds them, three that pushed up and three that pushed down: whoever reads only what agrees with the machine learns nothing
from it, and what a reader is shown must not depend on which way the machine decided.

Each feature's weight in the first stage's risk score, and in a correction learned from verdicts, is spread over the characters where
it stands; neighbouring words with the same sign make one span. The weights are exact for the linear stage; the second stage only
bends them. A whole batch is worked at once, because what is done word by word in Python costs more than all the rest of an assessment.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.features import Pushes
from analysis.layout import Ints, Layout
from analysis.records import Explanation
from analysis.terms import heads_of_words
from analysis.text.document import Reading

EACH = 3
MOST = 2 * EACH
_LONGEST = 8  # characters from which a span is not lengthened; a longer one would no longer say which words it was
_NOTHING = 1e-4
_SPARE = 4  # spans looked at beyond MOST, because some are nothing but punctuation
_FAR = 1e6  # more than any weight, so that one sort orders texts first and weights within them

Spans = tuple[NDArray[np.float64], Ints, Ints, Ints]


def reasons(
    readings: Sequence[Reading], fulls: Sequence[str], laid: Layout, pushed: Pushes
) -> list[tuple[Explanation, ...]]:
    """For each text the weightiest spans of `fulls` (title + newline + body as given), whole words, the strongest first."""
    offsets = laid.offsets
    amounts, owners, starts, ends = _spans(laid, _upto(pushed, offsets, int(laid.sizes.sum())))
    order = _both_ways(amounts, owners, len(readings))
    first = np.searchsorted(owners[order], np.arange(len(readings) + 1)).tolist()
    starts, ends = starts - offsets[owners], ends - offsets[owners]
    out = []
    for number, reading in enumerate(readings):
        best = order[first[number] : min(first[number + 1], first[number] + MOST + _SPARE)]
        placed = zip(amounts[best].tolist(), starts[best].tolist(), ends[best].tolist(), strict=True)
        out.append(_told(reading, fulls[number], placed))
    return out


def _both_ways(amounts: NDArray[np.float64], owners: Ints, texts: int) -> Ints:
    """Spans text by text: of each the EACH strongest that push up and down, then the others, each part the strongest first."""
    order = np.argsort(owners * _FAR - np.abs(amounts), kind="stable")
    own, up = owners[order], amounts[order] > 0
    ups, downs = np.append(0, np.cumsum(up)), np.append(0, np.cumsum(~up))
    begin = np.searchsorted(own, np.arange(texts))[own]
    rank = np.where(up, ups[1:] - ups[begin], downs[1:] - downs[begin])
    return order[np.argsort(2 * own + (rank > EACH), kind="stable")]


def _told(reading: Reading, full: str, placed: zip[tuple[float, int, int]]) -> tuple[Explanation, ...]:
    told: list[Explanation] = []
    for weight, start, end in placed:
        first, last = reading.span(start, end)
        text = full[first:last]
        if text.strip() and len(told) < MOST:
            told.append(Explanation(text, weight, first, last))
    return tuple(sorted(told, key=lambda reason: -abs(reason.weight)))


def _upto(pushed: Pushes, offsets: Ints, size: int) -> NDArray[np.float64]:
    """The summed risk weight of all characters before each one, over all texts one behind the other."""
    per_char = pushed.amounts / np.maximum(pushed.ends - pushed.starts, 1)
    base = offsets[pushed.rows]
    change = np.bincount(base + pushed.starts, per_char, size + 1)
    change -= np.bincount(base + pushed.ends, per_char, size + 1)
    return np.concatenate([[0.0], np.cumsum(np.cumsum(change))])


def _spans(laid: Layout, upto: NDArray[np.float64]) -> Spans:
    """(weight, text number, start, end) of every run of words with one sign, positions over all texts one behind the other."""
    first = heads_of_words(laid, "".join(laid.words))
    starts, ends = laid.starts[first], laid.ends[np.append(first[1:], len(laid.ends)) - 1]
    amounts = upto[ends] - upto[starts]
    told = np.logical_and.reduceat(laid.letters, first) & (np.abs(amounts) > _NOTHING)
    signs = np.where(told, np.sign(amounts), 0)  # a mark ends a span: reasons do not run over a comma
    begins = np.ones(len(signs), bool)
    begins[1:] = signs[1:] != signs[:-1]
    heads = np.flatnonzero(begins)
    within = starts - starts[heads][np.cumsum(begins) - 1]
    begins[1:] |= within[1:] // _LONGEST != within[:-1] // _LONGEST
    heads = np.flatnonzero(begins)
    tails = np.append(heads[1:], len(signs)) - 1
    kept = signs[heads] != 0
    heads, tails = heads[kept], tails[kept]
    owners = laid.field[first[heads]] >> 1
    return upto[ends[tails]] - upto[starts[heads]], owners, starts[heads], ends[tails]
