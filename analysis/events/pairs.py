"""How sure it is that two posts speak of one event: five numbers about the words they share, weighed by a line learned from pairs.

The numbers (see `numbers_of`) say how much of the whole is shared, how much of both titles, and how rare the shared title words are:
one rare name in both titles says more than many common words. The line is fitted by `analysis.events.fit` and shipped as plain numbers.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.events.signature import TITLE, WIDE
from analysis.events.words import WORD, Floats, Words, look_up

MODEL = Path(__file__).parents[1] / "data" / "event_model.json"
NUMBERS = ("cosine", "titles", "rarest", "names", "shared")
NAME = 0.795  # from this rarity a word counts as a name: about one in two million words of the language
_SLOTS = 1 << 16
AT_ONCE = 16  # posts compared at once: their slots fit into the cache
APART = 1.0  # log-odds that two posts lose which name areas and share none; set by judgement: the archive's pairs hold too few
_TINY = np.float32(1e-9)


class Line(NamedTuple):
    """log-odds = `numbers` · `weights` + `bias`; a post joins an event from `join` on."""

    weights: Floats
    bias: float
    join: float


@lru_cache(maxsize=1)
def line() -> Line:
    """The shipped line."""
    stored = json.loads(MODEL.read_text(encoding="utf-8"))
    return Line(np.array(stored["weights"], np.float32), stored["bias"], stored["join"])


class Sought(NamedTuple):
    """Posts as others are compared with them: posts × MOST words (0 = none) with what each says; `lengths`, `titles` as `measure` gives."""

    words: Words
    weights: Floats
    rarities: Floats
    lengths: Floats
    titles: Floats

    def part(self, first: int, last: int) -> Sought:
        """Those of some posts."""
        at = slice(first, last)
        return Sought(self.words[at], self.weights[at], self.rarities[at], self.lengths[at], self.titles[at])


def sought(words: Words) -> Sought:
    """The words of posts (posts × MOST, title ones marked, 0 = none) made ready."""
    weights, rarities = look_up(words & WORD)
    weights[words == 0] = 0
    return Sought(words, weights, rarities, *measure(words, weights))


def measure(words: Words, weights: Floats) -> tuple[Floats, Floats]:
    """(length of the weight vector, weight of the title) of each row of words."""
    return np.sqrt((weights**2).sum(axis=1)), (weights * (words >= TITLE)).sum(axis=1)


class Comparer:
    """Compares some posts with some others each; holds the scratch table that finds shared words without sorting."""

    def __init__(self) -> None:
        self._slots = np.zeros((AT_ONCE, _SLOTS), np.uint8)

    def numbers_of(self, posts: Sought, words: Words, lengths: Floats, titles: Floats) -> Floats:
        """At most `AT_ONCE` posts × others × 5, in the order of NUMBERS; `words` are posts × others × MOST, the measures posts × others.

        Cosine; the lesser share of a title that the other post has; weight of the three rarest shared title words; weight of the
        shared title words that are names; log(1 + weight × rarity of all shared words). Two words of one post whose hashes end
        alike share a slot, and the weightier stays: about one post in thirty loses a word.
        """
        at = self._own_place(posts, words)
        behind = at + (np.arange(len(at), dtype=np.intp) * (posts.words.shape[1] + 1))[:, None, None]
        own = _after_nothing(posts.words).take(behind)
        same = ((own ^ words) & WORD == 0) & (at > 0)
        weight = _after_nothing(posts.weights).take(behind) * same
        rarity = _after_nothing(posts.rarities).take(behind)
        theirs, ours = words >= TITLE, own >= TITLE
        in_title = weight * (theirs | ours)
        out = np.empty((*words.shape[:2], len(NUMBERS)), np.float32)
        out[..., 0] = (weight**2).sum(axis=-1) / (lengths * posts.lengths[:, None] + _TINY)
        out[..., 1] = np.minimum(
            (weight * theirs).sum(axis=-1) / (titles + _TINY),
            (weight * ours).sum(axis=-1) / (posts.titles[:, None] + _TINY),
        )
        out[..., 2] = np.partition(in_title, -3, axis=-1)[..., -3:].sum(axis=-1)
        out[..., 3] = (in_title * (rarity >= NAME)).sum(axis=-1)
        out[..., 4] = np.log1p((weight * rarity).sum(axis=-1))
        return out

    def _own_place(self, posts: Sought, words: Words) -> NDArray[np.intp]:
        """For each word of the others the place + 1 of the post's own word that has its slot, 0 where none has."""
        row = (np.arange(len(posts.words), dtype=np.intp) * _SLOTS)[:, None]
        order = np.argsort(posts.weights, axis=1, kind="stable")
        slots = (np.take_along_axis(posts.words, order, axis=1) & np.uint32(_SLOTS - 1)).astype(np.intp) + row
        real = np.take_along_axis(posts.words, order, axis=1) != 0
        table = self._slots.ravel()
        table[slots[real]] = order[real] + 1
        at = table.take((words & np.uint32(_SLOTS - 1)).astype(np.intp) + row[:, None])
        table[slots[real]] = 0
        return at.astype(np.intp)


def _after_nothing(own: NDArray[Any]) -> NDArray[Any]:
    """The rows with a 0 before each, so that place 0 says nothing."""
    return np.concatenate([np.zeros((len(own), 1), own.dtype), own], axis=1)


def odds(numbers: Floats, by: Line) -> Floats:
    """Log-odds that two posts are of one event; term by term, so that a post alone and one among many come out alike."""
    return np.asarray((numbers * by.weights).sum(axis=-1) + np.float32(by.bias), np.float32)


def apart(areas: Words, others: Words) -> Floats:
    """1.0 for each of posts × others (0 = no area) that names counties, or prefectures, where the post does, and shares none of them."""
    shared = (others[..., None] == areas[:, None, None, :]) & (others != 0)[..., None]
    away = np.zeros(others.shape[:2], bool)
    for wide in (False, True):
        ours = ((areas >= WIDE) == wide) & (areas != 0)
        theirs = ((others >= WIDE) == wide) & (others != 0)
        none = ~(shared & ours[:, None, None, :]).any(axis=(2, 3))
        away |= ours.any(axis=1)[:, None] & theirs.any(axis=2) & none
    return away.astype(np.float32)
