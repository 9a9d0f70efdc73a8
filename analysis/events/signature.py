"""What is kept of a post to tell its event: its words as 31-bit hashes, those of the title marked, and its areas. No text."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from analysis.records import Text
from analysis.text.document import read

FREQUENCIES = Path(__file__).parents[1] / "data" / "event_words.npz"
_TITLE = np.uint32(1 << 31)
_BODY = 500  # what a post is about stands at its beginning; later words are its story
_AREA = re.compile(r"[A-Z]\d{1,2}(?:市|区|县|镇)|[\u4e00-\u9fff]{2,4}[区县]")
_MOST = 120
_HEAD = 4  # bytes of the two counts
AREA = "area:"


@dataclass(frozen=True, slots=True)
class Signature:
    """`title` and `words` (the title's included) as hashes, `areas` as hashes: a few hundred bytes."""

    title: frozenset[int]
    words: frozenset[int]
    areas: frozenset[int]

    def to_bytes(self) -> bytes:
        """Two counts (uint16), then areas and words as uint32, the title's words with the top bit set."""
        marked = [np.uint32(word) | (_TITLE if word in self.title else np.uint32(0)) for word in sorted(self.words)]
        head = np.array([len(self.areas), len(marked)], np.uint16).tobytes()
        return head + np.array([*sorted(self.areas), *marked], np.uint32).tobytes()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Signature:
        """The reverse of `to_bytes`; `ValueError` for bytes that are not a signature."""
        areas, words = np.frombuffer(raw[:_HEAD], np.uint16).tolist() if len(raw) >= _HEAD else (0, -1)
        if len(raw) != _HEAD + 4 * (areas + words):
            raise ValueError(f"{len(raw)} bytes are not the signature of a post")
        numbers = np.frombuffer(raw[_HEAD:], np.uint32)
        plain = (numbers[areas:] & ~_TITLE).tolist()
        title = (numbers[areas:][numbers[areas:] >= _TITLE] & ~_TITLE).tolist()
        return cls(frozenset(title), frozenset(plain), frozenset(numbers[:areas].tolist()))


def event_words(title: str, body: str) -> list[str]:
    """The words that speak of a post's event."""
    document = read(title, body[:_BODY]).document
    return [*document.title_words, *document.body_words]


def sign(text: Text, places: Sequence[str]) -> Signature:
    """The signature of a post; `places` are the normal forms its assessment names."""
    document = read(text.title, text.body[:_BODY]).document
    title = {hashed(word) for word in document.title_words if _tells(word)}
    words = title | {hashed(word) for word in document.body_words if _tells(word)}
    kept = sorted(words, key=lambda word: (word not in title, -weight(word), word))[:_MOST]
    areas = {hashed(AREA + place) for place in places if _AREA.fullmatch(place)}
    return Signature(frozenset(title & set(kept)), frozenset(kept), frozenset(areas))


def _tells(word: str) -> bool:
    return len(word) > 1 and any(char.isalnum() for char in word)


def hashed(word: str) -> int:
    """31 bits of a word, the same on every machine."""
    return zlib.crc32(word.encode("utf-8", "replace")) & 0x7FFFFFFF


@lru_cache(maxsize=1)
def _weights() -> tuple[dict[int, float], float]:
    with np.load(FREQUENCIES, allow_pickle=False) as stored:
        known = dict(zip(stored["words"].tolist(), stored["weights"].astype(float).tolist(), strict=True))
        return known, float(stored["unknown"])


def weight(word: int) -> float:
    """How much sharing a word says: its inverse document frequency in an archive, fixed, so that order changes nothing."""
    known, unknown = _weights()
    return known.get(word, unknown)


def save_weights(documents: Sequence[Sequence[str]], path: Path = FREQUENCIES) -> None:
    """Learn the weights from the words of an archive's posts."""
    counts = Counter(word for words in documents for word in {hashed(w) for w in words if _tells(w)})
    kept = {word: count for word, count in sorted(counts.items()) if count > 1}
    weights = np.log((len(documents) + 1) / (1 + np.array(list(kept.values()))))
    unknown = np.float32(np.log((len(documents) + 1) / 2))
    np.savez_compressed(
        path, words=np.array(list(kept), np.uint32), weights=weights.astype(np.float16), unknown=unknown
    )
