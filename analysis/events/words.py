"""How much sharing a word says: its rarity in an archive, fixed, so that the order of posts changes nothing.

Two numbers a word. `weight` is its inverse document frequency in the archive, lowered by the share of its uses that stand in
stock phrases (runs that posts with unlike titles repeat: greetings, quoted law, one writer's turns of phrase). `rarity` is how
seldom the language at large uses it (jieba's counts): 1 for words no dictionary knows, the names of estates, roads and firms.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

FREQUENCIES = Path(__file__).parents[1] / "data" / "event_words.npz"
WORD = np.uint32(0x7FFFFFFF)
_RUN = 8  # characters of a phrase
_OFTEN = 4  # posts that repeat a phrase before it can be a stock one
_SAMPLE = 8
_UNLIKE = 0.2  # mean cosine of the titles of the posts that share it
_COMMON, _STEP = 8.0, 8.0  # -log share of a word: "8" is a common word, "16" one that no dictionary knows

Floats = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint32]


class Table(NamedTuple):
    """`words` ascending, `weights` and `rarities` beside them; `unknown` is the weight of every other word."""

    words: Words
    weights: Floats
    rarities: Floats
    unknown: float


@lru_cache(maxsize=1)
def table() -> Table:
    """The shipped numbers."""
    with np.load(FREQUENCIES, allow_pickle=False) as stored:
        return Table(
            stored["words"], stored["weights"].astype(np.float32), stored["rarities"].astype(np.float32) / 255,
            float(stored["unknown"]),
        )  # fmt: skip


def look_up(words: Words) -> tuple[Floats, Floats]:
    """(weights, rarities) of hashed words, of the same shape."""
    known = table()
    place = np.minimum(np.searchsorted(known.words, words), len(known.words) - 1)
    found = known.words[place] == words
    return np.where(found, known.weights[place], np.float32(known.unknown)), np.where(
        found, known.rarities[place], np.float32(1)
    )


def hashed(word: str) -> int:
    """31 bits of a word, the same on every machine."""
    return zlib.crc32(word.encode("utf-8", "replace")) & int(WORD)


def tells(word: str) -> bool:
    """Whether a word can speak of an event at all: not a single character, not punctuation."""
    return len(word) > 1 and any(char.isalnum() for char in word)


def learn(posts: Sequence[tuple[Sequence[str], str, Sequence[str]]], language: Mapping[str, int]) -> dict[str, Any]:
    """The arrays to store, from an archive's (title words, body, body words) and the language's counts of words."""
    titles = [{word for word in title if tells(word)} for title, _body, _words in posts]
    counts = Counter(w for own, (_t, _b, words) in zip(titles, posts, strict=True) for w in own | _telling(words))
    plain = {word: math.log((len(posts) + 1) / (1 + count)) for word, count in counts.items()}
    stock = _stock_shares(posts, _stock_phrases([body for _t, body, _w in posts], titles, plain))
    total = sum(language.values()) or 1
    kept = {
        hashed(w): (plain[w] * (1 - stock.get(w, 0.0)), _rarity(language.get(w, 0), total))
        for w, n in counts.items()
        if n > 1
    }
    rows = sorted(kept.items())
    return {
        "words": np.array([word for word, _ in rows], np.uint32),
        "weights": np.array([weight for _, (weight, _r) in rows], np.float16),
        "rarities": np.array([round(255 * rarity) for _, (_w, rarity) in rows], np.uint8),
        "unknown": np.float32(math.log((len(posts) + 1) / 2)),
    }


def _telling(words: Sequence[str]) -> set[str]:
    return {word for word in words if tells(word)}


def _rarity(count: int, total: int) -> float:
    return min(max(math.log(total / (count + 5)) - _COMMON, 0) / _STEP, 1.0)


def _stock_phrases(bodies: Sequence[str], titles: Sequence[set[str]], plain: Mapping[str, float]) -> set[str]:
    holders: dict[str, list[int]] = defaultdict(list)
    for number, body in enumerate(bodies):
        for run in {body[at : at + _RUN] for at in range(len(body) - _RUN + 1)}:
            holders[run].append(number)
    lengths = [math.sqrt(sum(plain[word] ** 2 for word in title)) or 1.0 for title in titles]
    stock = set()
    for run, posts in holders.items():
        if len(posts) < _OFTEN:
            continue
        sample = posts[:: max(1, len(posts) // _SAMPLE)][:_SAMPLE]
        likeness = [
            sum(plain[w] ** 2 for w in titles[a] & titles[b]) / (lengths[a] * lengths[b])
            for at, a in enumerate(sample)
            for b in sample[:at]
        ]
        if sum(likeness) / len(likeness) < _UNLIKE:
            stock.add(run)
    return stock


def _stock_shares(posts: Sequence[tuple[Sequence[str], str, Sequence[str]]], stock: set[str]) -> dict[str, float]:
    used, stale = Counter[str](), Counter[str]()
    for _title, body, words in posts:
        covered = bytearray(len(body) + 1)
        for at in range(len(body) - _RUN + 1):
            if body[at : at + _RUN] in stock:
                covered[at : at + _RUN] = b"\1" * _RUN
        at = 0
        for word in words:
            if tells(word):
                used[word] += 1
                stale[word] += all(covered[at : at + len(word)])
            at += len(word)
    return {word: stale[word] / count for word, count in used.items()}
