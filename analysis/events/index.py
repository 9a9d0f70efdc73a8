"""Events grow post by post: a post joins the event whose posts it is most surely one with, if words, title and place say so.

What decides is the event each earlier post stands under *now*, not the one the machine once gave it, so a person's merge or split
is respected by later posts. An event is named by the id of the post that opened it. The index is rebuilt from stored signatures,
never from texts. It holds numbers in arrays, about 400 bytes a post; a new post is compared with at most `_CANDIDATES` others.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from analysis.events.columns import Column, Names
from analysis.events.pairs import APART, Comparer, Line, Sought, apart, line, measure, sought
from analysis.events.ring import KEYS, Ring
from analysis.events.signature import MOST, MOST_AREAS, TITLE, Signature, sign, unpack
from analysis.events.words import WORD, Floats, Words, look_up
from analysis.records import Text

_CANDIDATES = 32
_LEAST_WEIGHT = 3.0  # a word that says less files no post
_TITLE_FIRST = 1.3  # a word of the title counts this much more when keys are chosen
_MEMBERS = 5  # posts of an event that are heard
_LOUDEST = 0.5  # share of the nearest post's voice; the other half is the mean of `_MEMBERS`, so that no chain grows of single links
_SILENT = -3.0  # log-odds counted for a member that was no candidate or is farther than this
_BLOCK = 8192
_TINY = 1e-6


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

    def place(self, post: str, signature: Signature) -> EventMatch:
        """`add` for a post whose signature is known."""
        number = self._names.find(post)
        if number is not None:
            return EventMatch(self._name(int(self._events.rows[number])), 1.0, None, signature.to_bytes())
        own = sought(np.array(signature.words, np.uint32))
        areas = np.array(signature.areas, np.uint32)
        rows, worth = self._rows(own)
        event, score, nearest = self._best(own, areas, self._candidates(rows, worth))
        number = self._names.put(post)
        event = number if event is None else event
        self._words.put(own.words)
        self._areas.put(areas)
        self._measures.put((own.length, own.title))
        self._events.put(event)
        self._sizes.put(0)
        self._count(event, 1)
        self._ring.put(rows, number)
        near = None if nearest is None else self._names[nearest]
        return EventMatch(self._name(event), score, near, signature.to_bytes())

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

    def _rows(self, own: Sought) -> tuple[Words, Floats]:
        """The distinct rows of the ring under which a post is sought and filed, and what sharing each says."""
        keys, weights = (found[0] for found in chosen_keys(own.words[None], own.weights[None]))
        rows, first = np.unique(self._ring.rows(keys[keys != 0]), return_index=True)
        return rows, weights[keys != 0][first] ** 2

    def _candidates(self, rows: Words, worth: Floats) -> Words:
        """At most `_CANDIDATES` posts, those that share most with the post for their length."""
        found = self._ring.find(rows)
        posts, at = np.unique(found, return_inverse=True)
        shared = np.bincount(at.ravel(), np.repeat(worth, found.shape[1]), len(posts))
        if len(posts) and posts[0] == 0:
            posts, shared = posts[1:], shared[1:]
        posts = posts - np.uint32(1)
        if len(posts) > _CANDIDATES:
            share = shared / (self._measures.rows[posts, 0] + _TINY)
            posts = posts[np.argpartition(share, -_CANDIDATES)[-_CANDIDATES:]]
        return np.sort(posts)

    def _best(self, own: Sought, areas: Words, posts: Words) -> tuple[int | None, float, int | None]:
        """(event to join or None, probability of the nearest post, the nearest post)."""
        if not len(posts) or not own.length:
            return None, 0.0, None
        odds = self._odds(own, areas, posts)
        nearest = int(odds.argmax())
        heard: dict[int, list[float]] = defaultdict(list)
        for at in np.flatnonzero(odds > _SILENT).tolist():
            heard[int(self._events.rows[posts[at]])].append(float(odds[at]))
        best, most = None, self._by.join
        for event, voices in heard.items():
            sure = agreement(voices, self._size(event))
            if sure >= most:
                best, most = event, sure
        return best, _probability(float(odds[nearest])), int(posts[nearest])

    def _odds(self, own: Sought, areas: Words, posts: Words) -> Floats:
        measures = self._measures.rows[posts]
        numbers = self._comparer.numbers_of(own, self._words.rows[posts], measures[:, 0], measures[:, 1])
        odds = numbers @ self._by.weights + np.float32(self._by.bias)
        return odds - np.float32(APART) * apart(areas, self._areas.rows[posts]) if len(areas) else odds

    def _insert(self, fresh: dict[str, tuple[str, bytes]]) -> None:
        first = len(self)
        words = np.zeros((len(fresh), MOST), np.uint32)
        areas = np.zeros((len(fresh), MOST_AREAS), np.uint32)
        for at, (_event, raw) in enumerate(fresh.values()):
            own_areas, own_words = unpack(raw)
            areas[at, : len(own_areas)] = own_areas
            words[at, : len(own_words)] = own_words
        weights, _rarities = look_up(words & WORD)
        weights[words == 0] = 0
        self._names.extend(list(fresh))
        self._words.extend(words)
        self._areas.extend(areas)
        self._measures.extend(np.stack(measure(words, weights), axis=1))
        self._sizes.extend(np.zeros(len(fresh), np.int32))
        self._ring.extend(chosen_keys(words, weights)[0], first)
        for event, _raw in fresh.values():
            number = self._numbered(event)
            self._events.put(number)
            self._count(number, 1)


def chosen_keys(words: Words, weights: Floats) -> tuple[Words, Floats]:
    """(posts × KEYS hashes of each post's weightiest words, 0 where it has fewer that say enough; their weights)."""
    if words.shape[1] < KEYS:
        short = ((0, 0), (0, KEYS - words.shape[1]))
        words, weights = np.pad(words, short), np.pad(weights, short)
    worth = np.where(words >= TITLE, weights * np.float32(_TITLE_FIRST), weights)
    best = np.argsort(-worth, axis=1, kind="stable")[:, :KEYS]
    keys, said = np.take_along_axis(words, best, axis=1) & WORD, np.take_along_axis(weights, best, axis=1)
    keys[said < _LEAST_WEIGHT] = 0
    return keys, said


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
    others = np.zeros((1, MOST), np.uint32)
    others[0, : len(other_words)] = other_words
    weights, _rarities = look_up(others & WORD)
    lengths, titles = measure(others, np.where(others == 0, np.float32(0), weights))
    numbers = Comparer().numbers_of(sought(words), others, lengths, titles)
    away = apart(areas, other_areas[None]) if len(other_areas) else np.zeros(1, np.float32)
    return _probability(float((numbers @ line().weights)[0] + line().bias - APART * away[0]))


def _probability(odds: float) -> float:
    return 1 / (1 + math.exp(-odds)) if odds > -_FAR else 0.0


_FAR = 700.0  # exp of more does not fit a float
