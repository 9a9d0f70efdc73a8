"""Reasons: the spans of the text as posted that pushed the risk score most, up or down.

Each feature's weight in the first stage's risk score is spread over the characters where it stands; neighbouring words with the
same sign make one span. The weights are exact for the linear stage; the second stage only bends them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.features import Floats, Hits, Rows
from analysis.records import Explanation
from analysis.text.document import Reading

MOST = 5
_LONGEST = 8  # characters of a span; a longer one would no longer say which words it was
_NOTHING = 1e-4


def char_weights(rows: Rows, hits: Hits, weights: Floats, sizes: Sequence[int]) -> list[Floats]:
    """For each text the risk weight of each character of normalised title + newline + body."""
    width = len(weights) + 1
    cells = np.repeat(np.arange(len(rows)), np.diff(rows.starts)) * width + rows.columns
    where = np.searchsorted(cells, hits.rows * width + hits.columns)
    order, repeats = np.unique(where, return_inverse=True)
    counts = np.bincount(repeats, minlength=len(order))
    per_char = rows.values[where] * weights[hits.columns] / counts[repeats] / np.maximum(hits.ends - hits.starts, 1)
    offsets = np.concatenate([[0], np.cumsum(np.array(sizes, np.int64) + 1)])
    change = np.bincount(offsets[hits.rows] + hits.starts, per_char, offsets[-1] + 1)
    change -= np.bincount(offsets[hits.rows] + hits.ends, per_char, offsets[-1] + 1)
    total = np.cumsum(change)
    return [total[first : first + size].astype(np.float32) for first, size in zip(offsets, sizes, strict=False)]


def reasons(reading: Reading, full: str, weights: Floats) -> tuple[Explanation, ...]:
    """The weightiest spans of `full` (title + newline + body as given), whole words, the strongest first."""
    spans: list[tuple[float, int, int]] = []
    upto = [0.0, *np.cumsum(weights, dtype=np.float64).tolist()]
    position = 0
    document = reading.document
    for word in (*document.title_words, "\n", *document.body_words):
        end = position + len(word)
        weight = upto[end] - upto[position]
        if word.strip() and abs(weight) > _NOTHING:
            last = spans[-1] if spans else None
            if last and last[2] == position and (last[0] > 0) == (weight > 0) and end - last[1] <= _LONGEST:
                spans[-1] = (last[0] + weight, last[1], end)
            else:
                spans.append((weight, position, end))
        position = end
    strongest = sorted(spans, key=lambda span: (-abs(span[0]), span[1]))[:MOST]
    placed = [(weight, *reading.span(start, end)) for weight, start, end in strongest]
    return tuple(Explanation(full[start:end], weight, start, end) for weight, start, end in placed)
