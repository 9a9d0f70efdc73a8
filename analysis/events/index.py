"""Events grow post by post: a post joins the event of the nearest earlier post if words, title and place say so.

What decides is the event each earlier post stands under *now*, not the one the machine once gave it, so a person's merge or split
is respected by later posts. An event is named by the id of the post that opened it. The index is rebuilt from stored signatures,
never from texts.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.events.signature import Signature, sign, weight
from analysis.records import Text

NEAR = (
    0.38  # from here two posts are of one event; chosen on the labelled pairs by cross-validation (docs/model-card.md)
)
_ELSEWHERE = 0.7  # two posts that name areas and share none are seldom about one place
_TITLE_SHARE = 0.5
_RARE = 3.0  # words that say less than this do not make a post a candidate
_LONGEST = 2000  # postings of one word looked at, the latest ones: keeps the cost of a post bounded
_CANDIDATES = 40


@dataclass(frozen=True, slots=True)
class EventMatch:
    """Where a post belongs: `event` (its own id if it opens one), how near (0..1) the `nearest` post was, the bytes to store."""

    event: str
    score: float
    nearest: str | None
    signature: bytes


class EventIndex:
    """Incremental index of posts by what they say and where; deterministic for an order of posts."""

    def __init__(self) -> None:
        self._posts: list[tuple[str, Signature, float]] = []
        self._events: dict[str, str] = {}
        self._holders: dict[int, list[int]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._posts)

    def add(self, text: Text, places: Sequence[str] = (), topic: str = "") -> EventMatch:  # noqa: ARG002
        """Place one post and remember it; a post already known keeps its event. The words already say the topic, so `topic` does not weigh."""
        signature = sign(text, places)
        if text.id in self._events:
            return EventMatch(self._events[text.id], 1.0, None, signature.to_bytes())
        nearest, score = self._nearest(signature)
        event = self._events[nearest] if nearest is not None and score >= NEAR else text.id
        self._insert(text.id, event, signature)
        return EventMatch(event, score, nearest, signature.to_bytes())

    def restore(self, rows: Iterable[tuple[str, str, bytes]]) -> None:
        """Rebuild from stored (post id, its event now, its signature), in the order the posts came."""
        for post, event, raw in rows:
            if post in self._events:
                self._events[post] = event
            else:
                self._insert(post, event, Signature.from_bytes(raw))

    def move(self, post: str, event: str) -> None:
        """A person put the post under another event (merge or split); later posts near it follow."""
        if post not in self._events:
            raise KeyError(f"post {post} is not in the index")
        self._events[post] = event

    def event_of(self, post: str) -> str | None:
        """The event of a known post."""
        return self._events.get(post)

    def _insert(self, post: str, event: str, signature: Signature) -> None:
        number = len(self._posts)
        self._posts.append((post, signature, _length(signature.words)))
        self._events[post] = event
        for word in signature.words:
            if weight(word) >= _RARE:
                self._holders[word].append(number)

    def _nearest(self, signature: Signature) -> tuple[str | None, float]:
        """The most similar earlier post; the earliest wins a tie."""
        shared: dict[int, float] = defaultdict(float)
        for word in signature.words:
            value = weight(word)
            if value >= _RARE:
                square = value * value
                for number in self._holders.get(word, ())[-_LONGEST:]:
                    shared[number] += square
        length = _length(signature.words)
        best, score = None, 0.0
        for number in sorted(shared, key=lambda n: (-shared[n] / self._posts[n][2], n))[:_CANDIDATES]:
            post, other, size = self._posts[number]
            near = similarity(signature, other, length, size)
            if near > score + 1e-9:
                best, score = post, near
        return best, score


def similarity(one: Signature, other: Signature, length: float = 0.0, size: float = 0.0) -> float:
    """0..1: weighted cosine of the words, with how much of the better-covered title the other post repeats."""
    length, size = length or _length(one.words), size or _length(other.words)
    if not length or not size:
        return 0.0
    cosine = sum(weight(w) ** 2 for w in one.words & other.words) / (length * size)
    titles = max(_covered(one.title, other.words), _covered(other.title, one.words))
    near = (1 - _TITLE_SHARE) * cosine + _TITLE_SHARE * titles
    apart = one.areas and other.areas and not one.areas & other.areas
    return near * _ELSEWHERE if apart else near


def closeness(one: bytes, other: bytes) -> float:
    """`similarity` of two stored signatures; 0 for bytes that are none."""
    try:
        return similarity(Signature.from_bytes(one), Signature.from_bytes(other))
    except ValueError:
        return 0.0


def _length(words: frozenset[int]) -> float:
    return math.sqrt(sum(weight(word) ** 2 for word in words))


def _covered(title: frozenset[int], words: frozenset[int]) -> float:
    total = sum(weight(word) for word in title)
    return sum(weight(word) for word in title & words) / total if total else 0.0
