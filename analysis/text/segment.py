"""Words by jieba's rules at the speed of its Rust port, with jieba itself as reference and fallback.

The port differs from jieba in one thing: it keeps runs of ASCII whole that jieba's unknown-word step splits
("2-3" is three words there). The shim below splits them the same way, so that a model trained with one can be used with
the other; identity is tested on text the shim was not written on. Not repaired: where the same words in another order weigh exactly
alike (one character three times, two of it being a word), the last bit of a sum decides, and may decide otherwise in the port.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from analysis.text.dictionary import Entry

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
    words: list[str] = _jieba().lcut(text)
    return words


@lru_cache(maxsize=1)
def _jieba() -> Any:
    import logging
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba's patterns hold invalid escapes, which Python warns of at import
        import jieba
    jieba.setLogLevel(logging.ERROR)
    return jieba


def general() -> Any:
    """A jieba tokenizer of its own with the general dictionary: what is added to it is seen by nobody else."""
    tokenizer = _jieba().Tokenizer()
    tokenizer.initialize()
    return tokenizer


@lru_cache(maxsize=1)
def _cutter() -> Cut:
    try:
        import rjieba
    except ImportError:
        return jieba_cut
    return _fast(rjieba.cut, _IN_DICTIONARY)  # the port's own instance: a second one costs .12 s and 25 MB


def _fast(port: Cut, kept: frozenset[str]) -> Cut:
    def fast_cut(text: str) -> list[str]:
        words = port(text)
        return resplit(words, kept) if _MAYBE_WHOLE.search(text) else words

    return fast_cut


@lru_cache(maxsize=4)
def cutter(entries: tuple[Entry, ...]) -> Cut:
    """Cuts as `cut` does with the entries of a user dictionary beside the general one: what jieba gives after `load_userdict`.

    An entry that the general dictionary holds already is passed over: there it has a better count.
    """
    try:
        from rjieba import Jieba
    except ImportError:
        return jieba_cutter(entries)
    port = Jieba()
    for entry in entries:
        if not port.has_word(entry.word):
            port.add_word(entry.word, entry.count, entry.kind)
    return _fast(port.cut, _IN_DICTIONARY | {entry.word for entry in entries if entry.word.isascii()})


def jieba_cutter(entries: Iterable[Entry]) -> Cut:
    """The reference for `cutter`, and its fallback."""
    tokenizer = general()
    for entry in entries:
        if not tokenizer.FREQ.get(entry.word):
            tokenizer.add_word(entry.word, entry.count, entry.kind)
    lcut: Cut = tokenizer.lcut
    return lcut


def resplit(words: list[str], kept: frozenset[str] = _IN_DICTIONARY) -> list[str]:
    """Runs of ASCII split as jieba's unknown-word step does, but for those `kept` by a dictionary; everything else untouched."""
    whole = [place for place, word in enumerate(words) if word.isascii() and len(word) > 1 and not word.isalnum()]
    for place in reversed(whole):  # from the end, so that what is not reached yet keeps its place
        word = words[place]
        if not word.isspace() and word not in kept:
            words[place : place + 1] = [part for part in _ASCII_RUN.split(word) if part]
    return words
