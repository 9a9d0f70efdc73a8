"""Words by jieba's rules at the speed of its Rust port, with jieba itself as reference and fallback.

The port differs from jieba in one thing: it keeps runs of ASCII whole that jieba's unknown-word step splits
("2-3" is three words there). The shim below splits them the same way, so that a model trained with one can be used with
the other; identity is tested on text the shim was not written on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

_ASCII_RUN = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")
_SYMBOL = r"[\x00-/:-@\[-`{-\x7f]"  # ASCII, neither letter nor digit
_MAYBE_WHOLE = re.compile(
    rf"{_SYMBOL}[\x00-\x7f]|[a-zA-Z0-9]{_SYMBOL}"
)  # without these no word can have been kept whole
_IN_DICTIONARY = frozenset({"AT&T", "c#", "C#", "c++", "C++"})  # jieba's only words of ASCII with a symbol in them

Cut = Callable[[str], list[str]]


def cut(text: str) -> list[str]:
    """The words of `text` in order; joined they are `text` again. Lone surrogates are not accepted: normalise first."""
    return _cutter()(text)


def cutter_name() -> str:
    """Which implementation is at work, for `doctor` and the model card."""
    return "jieba" if _cutter() is jieba_cut else "rjieba"


def jieba_cut(text: str) -> list[str]:
    """The reference: jieba in its default mode, unknown words included."""
    words: list[str] = _jieba()(text)
    return words


@lru_cache(maxsize=1)
def _jieba() -> Cut:
    import logging
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba's patterns hold invalid escapes, which Python warns of at import
        import jieba
    jieba.setLogLevel(logging.ERROR)
    lcut: Cut = jieba.lcut
    return lcut


@lru_cache(maxsize=1)
def _cutter() -> Cut:
    try:
        from rjieba import Jieba
    except ImportError:
        return jieba_cut
    port = Jieba()

    def fast_cut(text: str) -> list[str]:
        words = port.cut(text)
        return resplit(words) if _MAYBE_WHOLE.search(text) else words

    return fast_cut


def resplit(words: list[str]) -> list[str]:
    """Runs of ASCII split as jieba's unknown-word step does; everything else untouched."""
    whole = [place for place, word in enumerate(words) if word.isascii() and len(word) > 1 and not word.isalnum()]
    for place in reversed(whole):  # from the end, so that what is not reached yet keeps its place
        word = words[place]
        if not word.isspace() and word not in _IN_DICTIONARY:
            words[place : place + 1] = [part for part in _ASCII_RUN.split(word) if part]
    return words
