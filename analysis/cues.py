"""Cues: hand-written words for what a message tells (danger, casualties, many voices …) and does (asks, suggests, thanks).

Counting them is one pass of an automaton over the text, whatever their number. A cue under a negation ("没有发生事故") does not
count: the negated form says the opposite. Counts are weak evidence that the second stage of the heads weighs.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.layout import Document

_FILE = Path(__file__).with_name("data") / "cues.toml"
_NEGATIONS = ("没有发生", "未发生", "没发生", "避免", "防止", "以免", "杜绝", "预防", "消除", "不存在", "没有任何")
# Each begins with what is rare and looks back, so that the search runs from one candidate to the next.
_YEARS = re.compile(r"年(?<=(?:19|20)\d\d年)")
_AMOUNT = r"[\d一二两三四五六七八九十半几多]"
_HOURS = re.compile(rf"(?:小时|分钟)(?:(?<={_AMOUNT}..)|(?<={_AMOUNT}[个多]..)|(?<={_AMOUNT}个多..))")
_HEADS = r"[\d一二两三四五六七八九十百千万几数上]"
_CROWD = re.compile(rf"[户人名家位](?:(?<={_HEADS}.)|(?<={_HEADS}[余多].))")
EXTRA = (
    "title length", "body length", "question marks", "exclamation marks", "title asks", "years named", "hours named",
    "crowd counted", "sentences",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A cue word in normalised title + newline + body: `cue` is its number in `names()`."""

    cue: int
    start: int
    end: int


@lru_cache(maxsize=1)
def _lexicon() -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...], Any]:
    """(cue names, the cues of each word, the automaton over the words)."""
    import ahocorasick_rs

    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    cues = {name: words for group in table.values() for name, words in group.items()}
    by_word: dict[str, list[int]] = {}
    for number, words in enumerate(cues.values()):
        for word in words:
            by_word.setdefault(word, []).append(number)
    automaton = ahocorasick_rs.AhoCorasick(list(by_word), matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    return tuple(cues), tuple(tuple(numbers) for numbers in by_word.values()), automaton


def names() -> tuple[str, ...]:
    """The names of the dense features, in the order of the columns of `counts`."""
    return (*_lexicon()[0], *(f"{cue} in title" for cue in _lexicon()[0]), *EXTRA)


def find(text: str) -> list[Found]:
    """The cue words of a normalised text, longest first at each place, those under a negation left out."""
    _, cues_of, automaton = _lexicon()
    return [
        Found(cue, start, end)
        for pattern, start, end in automaton.find_matches_as_indexes(text)
        if not text[max(0, start - 4) : start].endswith(_NEGATIONS)
        for cue in cues_of[pattern]
    ]


@lru_cache(maxsize=1)
def _flat() -> tuple[NDArray[np.int64], NDArray[np.int64], Any]:
    """(the cues of all words one behind the other, where each word's begin, the automaton over the negations)."""
    import ahocorasick_rs

    cues_of = _lexicon()[1]
    starts = np.cumsum([0, *map(len, cues_of)])
    return np.array([cue for cues in cues_of for cue in cues], np.int64), starts, ahocorasick_rs.AhoCorasick(_NEGATIONS)


def _rows(automaton: Any, text: str, **how: bool) -> NDArray[np.int64]:
    """(pattern, start, end) of every match; flat, because numpy reads a list of tuples at half the speed."""
    matches = automaton.find_matches_as_indexes(text, **how)
    return np.fromiter(chain.from_iterable(matches), np.int64, 3 * len(matches)).reshape(-1, 3)


def _found_in(text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(start, cue) of every cue word in a long text, those under a negation left out."""
    _, _, automaton = _lexicon()
    flat, first, negations = _flat()
    matches, denied = _rows(automaton, text), _rows(negations, text, overlapping=True)
    matches = matches[~np.isin(matches[:, 1], denied[:, 2])]
    many = first[matches[:, 0] + 1] - first[matches[:, 0]]
    within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    return np.repeat(matches[:, 1], many), flat[np.repeat(first[matches[:, 0]], many) + within]


def counts(documents: Sequence[Document]) -> NDArray[np.float32]:
    """Dense rows: ln(1 + count) of every cue in the text and in the title, and some plain measures of form."""
    cues, rows = len(_lexicon()[0]), len(documents)
    width = 2 * cues
    table = np.zeros((rows, width + len(EXTRA)), np.float32)
    texts = [f"{document.title}\n{document.body}\n" for document in documents]
    offsets = np.cumsum([0, *map(len, texts)])
    places, found = _found_in("".join(texts))
    owners = np.searchsorted(offsets, places, side="right") - 1
    titles = np.array([len(document.title) for document in documents], np.int64)
    headed = places - offsets[owners] < titles[owners]
    cells = np.concatenate([owners * width + found, owners[headed] * width + cues + found[headed]])
    table[:, :width] = np.log1p(np.bincount(cells, minlength=rows * width).reshape(rows, width))
    for row, document in zip(table, documents, strict=True):
        row[width:] = _form(document)
    return table


def _form(document: Document) -> list[float]:
    body, title = document.body, document.title
    plain = (
        len(title), len(body), body.count("？") + body.count("?"), body.count("！") + body.count("!"),
        title.endswith(("？", "?", "吗", "呢")), len(_YEARS.findall(body)), len(_HOURS.findall(body)),
        len(_CROWD.findall(body)), body.count("。"),
    )  # fmt: skip
    return [math.log1p(value) for value in plain]
