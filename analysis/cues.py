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
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.features import Document

_FILE = Path(__file__).with_name("data") / "cues.toml"
_NEGATIONS = ("没有发生", "未发生", "没发生", "避免", "防止", "以免", "杜绝", "预防", "消除", "不存在", "没有任何")
_YEARS = re.compile(r"(?<!\d)(?:19|20)\d\d\s*年")
_HOURS = re.compile(r"(?:\d{1,9}|[一二两三四五六七八九十半几多])\s{0,9}(?:个)?(?:多)?(?:小时|分钟)")
_CROWD = re.compile(r"[\d一二两三四五六七八九十百千万几数上]{1,20}(?:余|多)?(?:户|人|名|家|位)")
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


def counts(documents: Sequence[Document]) -> NDArray[np.float32]:
    """Dense rows: ln(1 + count) of every cue in the text and in the title, and some plain measures of form."""
    cues = len(_lexicon()[0])
    table = np.zeros((len(documents), 2 * cues + len(EXTRA)), np.float32)
    for row, document in zip(table, documents, strict=True):
        edge = len(document.title)
        for found in find(f"{document.title}\n{document.body}"):
            row[found.cue] += 1
            row[found.cue + cues] += found.start < edge
        row[2 * cues :] = _form(document)
    table[:, : 2 * cues] = np.log1p(table[:, : 2 * cues])
    return table


def _form(document: Document) -> list[float]:
    body, title = document.body, document.title
    plain = (
        len(title), len(body), body.count("？") + body.count("?"), body.count("！") + body.count("!"),
        title.endswith(("？", "?", "吗", "呢")), len(_YEARS.findall(body)), len(_HOURS.findall(body)),
        len(_CROWD.findall(body)), body.count("。"),
    )  # fmt: skip
    return [math.log1p(value) for value in plain]
