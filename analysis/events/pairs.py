"""How sure it is that two posts speak of one event: five numbers about the words they share, weighed by a line learned from pairs.

The numbers (see `numbers_of`) say how much of the whole is shared, how much of both titles, and how rare the shared title words are:
one rare name in both titles says more than many common words. The line is fitted by `analysis.events.fit` and shipped as plain numbers.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from analysis.events.signature import TITLE, WIDE
from analysis.events.words import WORD, Floats, Words, look_up

MODEL = Path(__file__).parents[1] / "data" / "event_model.json"
NUMBERS = ("cosine", "titles", "rarest", "names", "shared")
NAME = 0.795  # from this rarity a word counts as a name: about one in two million words of the language
_SLOTS = 1 << 16
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
    """One post as others are compared with it: its words with what each says, `length` and `title` as `measure` gives them."""

    words: Words
    weights: Floats
    rarities: Floats
    length: float
    title: float


def sought(words: Words) -> Sought:
    """A post's words (title ones marked) made ready."""
    weights, rarities = look_up(words & WORD)
    length, title = measure(words[None], weights[None])
    return Sought(words, weights, rarities, float(length[0]), float(title[0]))


def measure(words: Words, weights: Floats) -> tuple[Floats, Floats]:
    """(length of the weight vector, weight of the title) of each row of words."""
    return np.sqrt((weights**2).sum(axis=1)), (weights * (words >= TITLE)).sum(axis=1)


class Comparer:
    """Compares one post with many; holds the scratch table that finds shared words without sorting."""

    def __init__(self) -> None:
        self._slots = np.zeros(_SLOTS, np.uint8)

    def numbers_of(self, post: Sought, words: Words, lengths: Floats, titles: Floats) -> Floats:
        """Posts × 5, in the order of NUMBERS.

        Cosine; the lesser share of a title that the other post has; weight of the three rarest shared title words; weight of the
        shared title words that are names; log(1 + weight × rarity of all shared words). Two words of one post whose hashes end
        alike share a slot, and the weightier stays: about one post in thirty loses a word.
        """
        order = np.argsort(post.weights, kind="stable")
        slots = (post.words & np.uint32(_SLOTS - 1)).astype(np.intp)
        self._slots[slots[order]] = order + 1
        at = self._slots[words & np.uint32(_SLOTS - 1)]
        self._slots[slots] = 0
        own = np.concatenate([np.zeros(1, np.uint32), post.words])[at]
        same = ((own ^ words) & WORD == 0) & (at > 0)
        weight = np.concatenate([np.zeros(1, np.float32), post.weights])[at] * same
        rarity = np.concatenate([np.zeros(1, np.float32), post.rarities])[at]
        theirs, ours = words >= TITLE, own >= TITLE
        in_title = weight * (theirs | ours)
        out = np.empty((len(words), len(NUMBERS)), np.float32)
        out[:, 0] = (weight**2).sum(axis=1) / (lengths * post.length + _TINY)
        out[:, 1] = np.minimum(
            (weight * theirs).sum(axis=1) / (titles + _TINY), (weight * ours).sum(axis=1) / (post.title + _TINY)
        )
        out[:, 2] = np.partition(in_title, -3, axis=1)[:, -3:].sum(axis=1)
        out[:, 3] = (in_title * (rarity >= NAME)).sum(axis=1)
        out[:, 4] = np.log1p((weight * rarity).sum(axis=1))
        return out


def apart(areas: Words, others: Words) -> Floats:
    """1.0 for each row of `others` (0 = none) that names counties, or prefectures, where `areas` does, and shares none of them."""
    shared = (others[:, :, None] == areas[None, None, :]) & (others != 0)[:, :, None]
    away = np.zeros(len(others), bool)
    for wide in (False, True):
        ours = (areas >= WIDE) == wide
        if not ours[areas != 0].any():
            continue
        theirs = ((others >= WIDE) == wide) & (others != 0)
        away |= theirs.any(axis=1) & ~(shared & ours[None, None, :]).any(axis=(1, 2))
    return away.astype(np.float32)
