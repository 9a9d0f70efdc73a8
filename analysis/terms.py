"""Words of the user dictionary in a batch that is cut already: where they are whole words, what was cut apart is one word again.

The heads learned from the general dictionary's words and keep them (docs/model-card.md says what the user dictionary gave them: nothing).
A person who reads a reason must see 应急车道, not 应急: spans are built of these longer words.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np

from analysis.layout import Ints, Layout
from analysis.text.dictionary import SHIPPED, read_dictionary


@lru_cache(maxsize=1)
def _finder() -> Any:
    import ahocorasick_rs

    words = [entry.word for entry in read_dictionary(SHIPPED)]
    return ahocorasick_rs.AhoCorasick(words, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)


def heads_of_words(laid: Layout, text: str) -> Ints:
    """The number of the first word of every word or dictionary word of `text`, which is what `laid` lays out.

    A dictionary word counts where it begins and ends with words: 省道县道 holds no 道县.
    """
    matches = _finder().find_matches_as_indexes(text)
    spans = np.fromiter(chain.from_iterable(matches), np.int64, 3 * len(matches)).reshape(-1, 3)[:, 1:]
    first, last = np.searchsorted(laid.starts, spans[:, 0]), np.searchsorted(laid.ends, spans[:, 1])
    inside = last < len(laid.ends)
    first, last, spans = first[inside], last[inside], spans[inside]
    whole = (laid.starts[first] == spans[:, 0]) & (laid.ends[last] == spans[:, 1]) & (last > first)
    change = np.zeros(len(laid.words) + 1, np.int64)
    np.add.at(change, first[whole] + 1, 1)
    np.add.at(change, last[whole] + 1, -1)
    return np.flatnonzero(np.cumsum(change[:-1]) == 0)
