"""One spelling for what people type in many: the same words must give the same features.

Full-width letters, traditional characters, zero-width and bidirectional marks, control characters, lone surrogates and letters
pulled apart to pass a filter are brought to one form; every step keeps a map back, because spans shown to a person point
into the text as posted.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

MARK = "\ufffe"  # stands for a character to drop; a noncharacter, so no text can mean it
HAN = "\u3400-\u9fff"
FILLERS = r"*＊·•~～_^|¦丨…"

# It begins with the character to drop and looks back from there, so that the search runs from one candidate to the next.
_DROP = re.compile(
    f"[{MARK}_ {re.escape(FILLERS)}](?:(?<={MARK}){MARK}*|(?<=_)x000D_|(?<=[{HAN}][{FILLERS}])[{FILLERS}]*(?=[{HAN}])"
    f"|(?<=[^{HAN}][{HAN}] )(?=[{HAN}])|(?<=[{HAN}] ) *(?=[{HAN}](?![{HAN}])))"
)
_MAYBE_DROP = re.compile(f"[{MARK} {re.escape(FILLERS)}]")  # what every alternative of `_DROP` begins with


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Normalised:
    """`text` in one spelling; `starts`/`origins` are the break points of the way back (both ascending, equally long)."""

    text: str
    starts: tuple[int, ...]
    origins: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span `start:end` of `text` as a span of the text as given; a span is never empty unless it was."""
        if start >= end:
            position = self._origin(start)
            return position, position
        return self._origin(start), self._origin(end - 1) + 1

    def _origin(self, index: int) -> int:
        piece = bisect_right(self.starts, index) - 1
        return self.origins[piece] + index - self.starts[piece]


def normalise(text: str) -> Normalised:
    """The text in one spelling with the map back; works for every `str`, the empty one included."""
    same_length = _odd().sub(lambda match: _table()[ord(match[0])], text)
    simple = _simplified(same_length)
    if not _MAYBE_DROP.search(simple):
        return Normalised(simple, (0,), (0,))
    starts, origins, pieces, length, position = [0], [0], [], 0, 0
    for match in _DROP.finditer(simple):
        piece = simple[position : match.start()]
        pieces.append(piece)
        length += len(piece)
        position = match.end()
        if starts[-1] == length:
            origins[-1] = position
        else:
            starts.append(length)
            origins.append(position)
    if not pieces:
        return Normalised(simple, (0,), (0,))
    pieces.append(simple[position:])
    return Normalised("".join(pieces), tuple(starts), tuple(origins))


def _simplified(text: str) -> str:
    """Traditional to simplified without moving a character: phrase rules where they keep the length, else one by one."""
    if text.isascii() or not _traditional().search(text):
        return text
    converter = _converter()
    converted = converter.convert(text)
    if len(converted) == len(text):
        return converted
    return "".join(one if len(one := converter.convert(char)) == 1 else char for char in text)


@lru_cache(maxsize=1)
def _converter() -> _Converter:
    from opencc import OpenCC  # here, because importing this module must stay cheap

    converter: _Converter = OpenCC("t2s")
    return converter


@lru_cache(maxsize=1)
def _traditional() -> re.Pattern[str]:
    """Any character that the conversion would change by itself: text without one is simplified already."""
    every = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *range(0xF900, 0xFB00))]
    simple = _converter().convert("\n".join(every)).split("\n")
    changed = [was for was, now in zip(every, simple, strict=True) if was != now]
    return re.compile(f"[{''.join(changed)}]")


@lru_cache(maxsize=1)
def _odd() -> re.Pattern[str]:
    """Any character of the table: most texts hold few, and looking up every character costs ten times as much."""
    return re.compile(f"[{''.join(re.escape(chr(code)) for code in _table())}]")


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    """Characters that are another one in disguise, each mapped to exactly one character so that positions stay."""
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) not in "，！？：；（）～＊"}
    table |= dict.fromkeys([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0), 0xAD], MARK)
    table |= dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF], MARK)
    table |= dict.fromkeys(range(0xFE00, 0xFE10), MARK)  # variation selectors
    table |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
    table |= dict.fromkeys([0xA0, 0x3000, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x09], " ")
    return table
