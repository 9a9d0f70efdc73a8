"""What is kept of a post to tell its event: its most telling words as 31-bit hashes, those of the title marked, and its areas. No text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.events.words import WORD, Words, hashed, look_up, tells
from analysis.records import Text
from analysis.text.document import read
from analysis.text.places import areas

TITLE = np.uint32(1 << 31)
WIDE = np.uint32(1 << 31)  # marks an area that is a prefecture, not a county of one
MOST = 64  # words kept: more of them brought nothing on the labelled pairs
MOST_AREAS = 4
_BODY = 500  # what a post is about stands at its beginning; later words are its story
_COUNTS = 4  # bytes of the two counts


@dataclass(frozen=True, slots=True)
class Signature:
    """`words` as hashes, the title's with TITLE set and first, then the weightiest first; `areas` as hashes, at most four."""

    words: tuple[int, ...]
    areas: tuple[int, ...]

    def to_bytes(self) -> bytes:
        """Two counts (uint16), then areas and words as uint32."""
        head = np.array([len(self.areas), len(self.words)], np.uint16).tobytes()
        return head + np.array([*self.areas, *self.words], np.uint32).tobytes()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Signature:
        """The reverse of `to_bytes`, also for signatures with more words, as earlier versions wrote; `ValueError` for other bytes."""
        own_areas, words = unpack(raw)
        return cls(tuple(words.tolist()), tuple(own_areas.tolist()))


def unpack(raw: bytes) -> tuple[Words, Words]:
    """(areas, words) of stored bytes, the words most telling first and at most `MOST`."""
    count, total = np.frombuffer(raw[:_COUNTS], np.uint16).tolist() if len(raw) >= _COUNTS else (0, -1)
    if len(raw) != _COUNTS + 4 * (count + total):
        raise ValueError(f"{len(raw)} bytes are not the signature of a post")
    numbers = np.frombuffer(raw[_COUNTS:], np.uint32)
    words = numbers[count:]
    return numbers[: min(count, MOST_AREAS)], words if total <= MOST else most_telling(words)


def most_telling(words: Words) -> Words:
    """At most `MOST` of the words: the title's first, then the weightiest; the same whatever order they come in."""
    weights, _rarities = look_up(words & WORD)
    return words[np.lexsort((words & WORD, -weights, words < TITLE))][:MOST]


def sign(text: Text, places: Sequence[str]) -> Signature:
    """The signature of a post; `places` are the normal forms its assessment names."""
    document = read(text.title, text.body[:_BODY]).document
    title = {hashed(word) for word in document.title_words if tells(word)}
    body = {hashed(word) for word in document.body_words if tells(word)} - title
    words = np.array([*(word | int(TITLE) for word in title), *body], np.uint32)
    counties, prefectures = areas(places)
    named = [hashed(AREA + name) for name in counties] + [hashed(AREA + name) | int(WIDE) for name in prefectures]
    return Signature(tuple(most_telling(words).tolist()), tuple(named[:MOST_AREAS]))


AREA = "area:"


def event_words(title: str, body: str) -> tuple[list[str], str, list[str]]:
    """(title words, body, body words) as `sign` reads them: what the weights are learned from."""
    document = read(title, body[:_BODY]).document
    return document.title_words, document.body, document.body_words
