"""Events grow post by post: a post joins the event of the nearest earlier post if both text and place say so.

A post's signature is a small bag of hashed words and places (bytes, stored with the post), so an index can be rebuilt after a
restart without reading a text again, and a person's merge or split is respected: what decides is the event each earlier post
stands under *now*, not the one the machine gave it. An event is named by the id of the post that opened it.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.records import Text
from analysis.text.normalise import normalise

_NEAR = 0.26  # similarity from which two posts are of one event; chosen on the pairs by cross-validation
_COMMON_SHARE = 0.08  # grams in more of the posts than this tell nothing apart
_MOST = 400  # grams kept of a text


@dataclass(frozen=True, slots=True)
class EventMatch:
    """Where a post belongs: `event` (its own id if it opens one), how near the `nearest` post was (0..1), and the bytes to store."""

    event: str
    score: float
    nearest: str | None
    signature: bytes


class EventIndex:
    """Incremental index of posts by what they say and where; deterministic for an order of posts."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._events: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._holders: dict[int, list[int]] = defaultdict(list)
        self._grams: list[frozenset[int]] = []

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, text: Text, places: Sequence[str] = (), topic: str = "") -> EventMatch:
        """Place one post; a post already known keeps its event."""
        grams = _grams(text, places)
        signature = np.array(sorted(grams), np.uint32).tobytes()
        if text.id in self._events:
            return EventMatch(self._events[text.id], 1.0, None, signature)
        nearest, score = self._nearest(grams)
        event = self._events[nearest] if nearest is not None and score >= _NEAR else text.id
        self._insert(text.id, event, grams)
        return EventMatch(event, score, nearest, signature)

    def restore(self, rows: Iterable[tuple[str, str, bytes]]) -> None:
        """Rebuild from stored (post id, its event now, its signature), in the order the posts came."""
        for post, event, signature in rows:
            if post in self._events:
                self._events[post] = event
            else:
                self._insert(post, event, frozenset(np.frombuffer(signature, np.uint32).tolist()))

    def move(self, post: str, event: str) -> None:
        """A person put the post under another event (merge or split); later posts near it follow."""
        if post not in self._events:
            raise KeyError(f"post {post} is not in the index")
        self._events[post] = event

    def event_of(self, post: str) -> str | None:
        """The event of a known post."""
        return self._events.get(post)

    def _insert(self, post: str, event: str, grams: frozenset[int]) -> None:
        number = len(self._ids)
        self._ids.append(post)
        self._numbers[post] = number
        self._events[post] = event
        self._grams.append(grams)
        for gram in grams:
            self._holders[gram].append(number)

    def _weight(self, gram: int) -> float:
        return math.log((2 + len(self._ids)) / (1 + len(self._holders.get(gram, ()))))

    def _nearest(self, grams: frozenset[int]) -> tuple[str | None, float]:
        """The most similar earlier post by weighted overlap; the earliest wins a tie."""
        common = max(20, int(_COMMON_SHARE * len(self._ids)))
        shared: Counter[int] = Counter()
        for gram in grams:
            holders = self._holders.get(gram, ())
            if 0 < len(holders) <= common:
                weight = self._weight(gram)
                for number in holders:
                    shared[number] += weight  # type: ignore[assignment]
        if not shared:
            return None, 0.0
        own = sum(self._weight(gram) for gram in grams)
        best, score = None, 0.0
        for number, _ in sorted(shared.items(), key=lambda item: (-item[1], item[0]))[:12]:
            both = sum(self._weight(gram) for gram in grams & self._grams[number])
            other = sum(self._weight(gram) for gram in self._grams[number])
            near = both / math.sqrt(own * other) if own and other else 0.0
            if near > score + 1e-12:
                best, score = self._ids[number], near
        return best, score


def _grams(text: Text, places: Sequence[str]) -> frozenset[int]:
    """Hashed character pairs and triples of the title and the beginning of the body, and the places, as 32-bit numbers."""
    title = normalise(text.title[:200]).text
    body = normalise(text.body[:600]).text
    grams = {zlib.crc32(t[start : start + 2].encode("utf-8", "replace")) for t in (title, body) for start in range(len(t) - 1)}
    grams |= {zlib.crc32(title[start : start + 3].encode("utf-8", "replace")) for start in range(len(title) - 2)}
    grams |= {zlib.crc32(b"@" + place.encode()) for place in places}
    return frozenset(sorted(grams)[:_MOST])
