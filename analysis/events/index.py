"""Events grow post by post: a post joins the event whose posts it is most surely one with, if words, title and place say so.

What decides is the event each earlier post stands under *now*, not the one the machine once gave it, so a person's merge or split
is respected by later posts. An event is named by the id of the post that opened it. The index is rebuilt from stored signatures,
never from texts. It holds numbers in arrays, about 400 bytes a post; a new post is compared with at most `CANDIDATES` others.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from analysis.events.candidates import Ints, chosen_keys, distinct, nearest
from analysis.events.columns import Column, Names
from analysis.events.pairs import APART, AT_ONCE, Comparer, Line, Sought, apart, line, sought
from analysis.events.pairs import odds as likelihood
from analysis.events.ring import Ring
from analysis.events.signature import MOST, MOST_AREAS, Signature, sign, unpack
from analysis.events.words import Floats, Words
from analysis.records import Text

_MEMBERS = 5  # posts of an event that are heard
_LOUDEST = 0.5  # share of the nearest post's voice; the other half is the mean of `_MEMBERS`, so that no chain grows of single links
_SILENT = -3.0  # log-odds counted for a member that was no candidate or is farther than this
_BLOCK = 8192
_TOGETHER = 256  # posts placed at once: enough to pay for numpy, little enough for memory


@dataclass(frozen=True, slots=True)
class EventMatch:
    """Where a post belongs: `event` (its own id if it opens one), the probability that it is one with the `nearest` post, the bytes to store."""

    event: str
    score: float
    nearest: str | None
    signature: bytes


class EventIndex:
    """Incremental index of posts by what they say and where; deterministic for an order of posts. `by` is the shipped line for None."""

    def __init__(self, by: Line | None = None) -> None:
        self._by = by or line()
        self._names = Names()
        self._words = Column(MOST, np.uint32)
        self._areas = Column(MOST_AREAS, np.uint32)
        self._measures = Column(2, np.float32)  # length, weight of the title
        self._events = Column(0, np.int32)  # the row that opened the event, or -1 - its place in `_others`
        self._sizes = Column(0, np.int32)  # posts under the event that this row opened
        self._others: list[str] = []
        self._other_sizes: list[int] = []
        self._ring = Ring()
        self._comparer = Comparer()

    def __len__(self) -> int:
        return len(self._names)

    def add(self, text: Text, places: Sequence[str] = (), topic: str = "") -> EventMatch:  # noqa: ARG002
        """Place one post and remember it; a post already known keeps its event. The words already say the topic, so `topic` does not weigh."""
        return self.place(text.id, sign(text, places))

    def add_many(self, texts: Sequence[tuple[Text, Sequence[str]]]) -> list[EventMatch]:
        """`add` for texts with their places, in this order: the same matches at a fraction of the time."""
        return self.place_many([(text.id, sign(text, places)) for text, places in texts])

    def place(self, post: str, signature: Signature) -> EventMatch:
        """`add` for a post whose signature is known."""
        return self.place_many([(post, signature)])[0]

    def place_many(self, posts: Sequence[tuple[str, Signature]]) -> list[EventMatch]:
        """Place posts in their order, each as if it had come alone after those before it."""
        fresh: dict[str, Signature] = {}
        for post, signature in posts:
            if self._names.find(post) is None:
                fresh.setdefault(post, signature)
        placed: dict[str, EventMatch] = {}
        left = list(fresh.items())
        while left:
            part = left[: min(_TOGETHER, self._ring.room)]
            placed |= self._place_part(part)
            left = left[len(part) :]
        return [
            placed.pop(post)
            if post in placed
            else EventMatch(self.event_of(post) or "", 1.0, None, signature.to_bytes())
            for post, signature in posts
        ]

    def _place_part(self, posts: Sequence[tuple[str, Signature]]) -> dict[str, EventMatch]:
        """New posts, no more than the ring takes at once: all are filed and compared together, then joined one by one."""
        first = len(self)
        own, areas = _laid([signature for _post, signature in posts])
        self._remember([post for post, _signature in posts], own, areas)
        keys, weights = chosen_keys(own.words, own.weights)
        rows, worth = distinct(self._ring.rows(keys), keys, weights)
        near, real = nearest(self._ring.file(rows, first), worth, self._measures.rows[:, 0])
        odds = np.where(real & (own.lengths > 0)[:, None], self._odds(own, areas, near), -np.inf)
        return {
            post: self._join(first + at, near[at], odds[at], signature) for at, (post, signature) in enumerate(posts)
        }

    def _remember(self, posts: Sequence[str], own: Sought, areas: Words) -> None:
        """Keep new posts; under which event they stand is told afterwards."""
        self._names.extend(posts)
        self._words.extend(own.words)
        self._areas.extend(areas)
        self._measures.extend(np.stack([own.lengths, own.titles], axis=1))
        self._events.extend(np.zeros(len(posts), np.int32))
        self._sizes.extend(np.zeros(len(posts), np.int32))

    def _join(self, number: int, near: Ints, odds: Floats, signature: Signature) -> EventMatch:
        """The event of a new post: the one of which it is surest, or its own."""
        event, score, nearest_one = self._best(near, odds)
        event = number if event is None else event
        self._events.rows[number] = event
        self._count(event, 1)
        name = None if nearest_one is None else self._names[nearest_one]
        return EventMatch(self._name(event), score, name, signature.to_bytes())

    def restore(self, rows: Iterable[tuple[str, str, bytes]]) -> None:
        """Rebuild from stored (post id, its event now, its signature), in the order the posts came."""
        left = iter(rows)
        while block := list(islice(left, _BLOCK)):
            fresh: dict[str, tuple[str, bytes]] = {}
            for post, event, raw in block:
                if post in fresh or self._names.find(post) is None:
                    fresh[post] = (event, raw)
                else:
                    self.move(post, event)
            if fresh:
                self._insert(fresh)

    def move(self, post: str, event: str) -> None:
        """A person put the post under another event (merge or split); later posts near it follow."""
        number = self._names.find(post)
        if number is None:
            raise KeyError(f"post {post} is not in the index")
        old, new = int(self._events.rows[number]), self._numbered(event)
        self._count(old, -1)
        self._events.rows[number] = new
        self._count(new, 1)

    def event_of(self, post: str) -> str | None:
        """The event of a known post."""
        number = self._names.find(post)
        return None if number is None else self._name(int(self._events.rows[number]))

    @property
    def nbytes(self) -> int:
        """Memory held for the posts."""
        columns = (self._words, self._areas, self._measures, self._events, self._sizes)
        return sum(column.nbytes for column in columns) + self._names.nbytes + self._ring.nbytes

    def _name(self, event: int) -> str:
        return self._names[event] if event >= 0 else self._others[-1 - event]

    def _numbered(self, event: str) -> int:
        number = self._names.find(event)
        if number is not None:
            return number
        if event not in self._others:
            self._others.append(event)
            self._other_sizes.append(0)
        return -1 - self._others.index(event)

    def _count(self, event: int, more: int) -> None:
        if event >= 0:
            self._sizes.rows[event] += more
        else:
            self._other_sizes[-1 - event] += more

    def _size(self, event: int) -> int:
        return int(self._sizes.rows[event]) if event >= 0 else self._other_sizes[-1 - event]

    def _best(self, posts: Ints, odds: Floats) -> tuple[int | None, float, int | None]:
        """(event to join or None, probability of the nearest post, the nearest post)."""
        at = int(odds.argmax())
        if odds[at] == -np.inf:
            return None, 0.0, None
        heard: dict[int, list[float]] = defaultdict(list)
        loud = np.flatnonzero(odds > _SILENT)
        for event, voice in zip(self._events.rows[posts[loud]].tolist(), odds[loud].tolist(), strict=True):
            heard[event].append(voice)
        best, most = None, self._by.join
        for event, voices in heard.items():
            sure = agreement(voices, self._size(event))
            if sure >= most:
                best, most = event, sure
        return best, _probability(float(odds[at])), int(posts[at])

    def _odds(self, own: Sought, areas: Words, near: Ints) -> Floats:
        """Log-odds of each post with each of those near it."""
        parts = []
        for start in range(0, len(near), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            measures = self._measures.rows[near[part]]
            numbers = self._comparer.numbers_of(
                own.part(start, start + AT_ONCE), self._words.rows[near[part]], measures[..., 0], measures[..., 1]
            )
            parts.append(likelihood(numbers, self._by))
        found = np.concatenate(parts)
        placed = np.flatnonzero(areas.any(axis=1))
        if len(placed):
            found[placed] -= np.float32(APART) * apart(areas[placed], self._areas.rows[near[placed]])
        return found

    def _insert(self, fresh: dict[str, tuple[str, bytes]]) -> None:
        first = len(self)
        words = np.zeros((len(fresh), MOST), np.uint32)
        areas = np.zeros((len(fresh), MOST_AREAS), np.uint32)
        for at, (_event, raw) in enumerate(fresh.values()):
            own_areas, own_words = unpack(raw)
            areas[at, : len(own_areas)] = own_areas
            words[at, : len(own_words)] = own_words
        own = sought(words)
        self._remember(list(fresh), own, areas)
        self._ring.extend(chosen_keys(own.words, own.weights)[0], first)
        for number, (event, _raw) in enumerate(fresh.values(), first):
            standing = self._numbered(event)
            self._events.rows[number] = standing
            self._count(standing, 1)


def _laid(signatures: Sequence[Signature]) -> tuple[Sought, Words]:
    """(the words made ready, the areas) of posts."""
    words = np.zeros((len(signatures), MOST), np.uint32)
    areas = np.zeros((len(signatures), MOST_AREAS), np.uint32)
    for at, signature in enumerate(signatures):
        words[at, : len(signature.words)] = signature.words
        areas[at, : len(signature.areas)] = signature.areas
    return sought(words), areas


def agreement(voices: Sequence[float], size: int) -> float:
    """How sure a post belongs to an event of `size` posts, in log-odds, from those of the members near it.

    Half is the surest voice, half the mean of the `_MEMBERS` surest, silent members counted.
    """
    heard = min(size, _MEMBERS)
    surest = sorted(voices, reverse=True)[:heard]
    mean = (sum(surest) + _SILENT * (heard - len(surest))) / heard
    return _LOUDEST * surest[0] + (1 - _LOUDEST) * mean


def closeness(one: bytes, other: bytes) -> float:
    """The probability that two stored signatures are of one event; 0 for bytes that are none, or without words."""
    try:
        (areas, words), (other_areas, other_words) = unpack(one), unpack(other)
    except ValueError:
        return 0.0
    if not len(words) or not len(other_words):
        return 0.0
    both = np.zeros((2, MOST), np.uint32)
    both[0, : len(words)], both[1, : len(other_words)] = words, other_words
    own, theirs = sought(both[:1]), sought(both[1:])
    numbers = Comparer().numbers_of(own, theirs.words[None], theirs.lengths[None], theirs.titles[None])
    away = apart(_wide(areas), _wide(other_areas)[None]) if len(areas) and len(other_areas) else np.zeros((1, 1))
    return _probability(float(likelihood(numbers, line())[0, 0]) - APART * float(away[0, 0]))


def _wide(areas: Words) -> Words:
    """One post's areas as a row of MOST_AREAS."""
    row = np.zeros((1, MOST_AREAS), np.uint32)
    row[0, : len(areas)] = areas
    return row


def _probability(odds: float) -> float:
    return 1 / (1 + math.exp(-odds)) if odds > -_FAR else 0.0


_FAR = 700.0  # exp of more does not fit a float
