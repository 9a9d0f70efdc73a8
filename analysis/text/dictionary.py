"""The user dictionary: words of transport and places that the general dictionary cuts apart, in the format that jieba loads.

`userdict.txt` is compiled from facts that lie open beside it: the terms of `terms.toml`, the names of `divisions.txt` and the
expressways of `roads.toml`. It holds no word that the general dictionary knows, so loading it changes no count but its own, and each
word with the count that jieba suggests for it, so that reading it needs no jieba. A department writes its own file in the same
format, one word a line, the count left out where nobody knows better.

    python -m analysis.text.dictionary          compiles it anew
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_DATA = Path(__file__).parents[1] / "data"
SHIPPED = _DATA / "userdict.txt"
_LINE = re.compile(r"(\S+?)(?: +(\d+))?(?: +([a-z]+))?")
_WORD = re.compile(r"[\u4e00-\u9fd5a-zA-Z0-9+#&._%\-]+")  # what jieba keeps together before it looks anything up
_SHORTEST, _LONGEST = 2, 16
TERM, PLACE = "n", "ns"


class DictionaryError(ValueError):
    """A dictionary cannot be used; the message is one sentence with file, line and what to write."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One word, how often it counts (None: so often that it is kept whole) and its kind of word."""

    word: str
    count: int | None = None
    kind: str = TERM


def read_dictionary(path: Path) -> tuple[Entry, ...]:
    """The entries of a file, each word once; `DictionaryError` names the line that is none."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DictionaryError(
            f"The dictionary {path} cannot be read as UTF-8 text ({error}); give a file of one word a line."
        ) from error
    found = (_entry(path, number, line) for number, line in enumerate(lines, 1) if line.strip())
    return tuple({entry.word: entry for entry in found}.values())


def _entry(path: Path, number: int, line: str) -> Entry:
    match = _LINE.fullmatch(line.strip())
    if not match or not _WORD.fullmatch(match[1]) or not _SHORTEST <= len(match[1]) <= _LONGEST:
        raise DictionaryError(
            f"{path} line {number} is no entry of a dictionary; write one word of {_SHORTEST} to {_LONGEST} characters without"
            " spaces or marks, and after it, if at all, a count and a kind of word."
        )
    count = int(match[2]) if match[2] else None
    if count == 0:
        raise DictionaryError(f"{path} line {number} counts 0 times; leave the count out to keep {match[1]!r} whole.")
    return Entry(match[1], count, match[3] or TERM)


def named() -> list[Entry]:
    """Every word of the sources, terms first, each once, whether the general dictionary knows it or not."""
    groups = tomllib.loads((_DATA / "terms.toml").read_text(encoding="utf-8"))
    terms = [word for group in groups.values() for words in group.values() for word in words]
    roads = list(tomllib.loads((_DATA / "roads.toml").read_text(encoding="utf-8"))["expressway"])
    lines = (_DATA / "divisions.txt").read_text(encoding="utf-8").splitlines()
    places = [line.split(" ", 1)[1] for line in lines if not line.startswith("#")]
    entries = [*(Entry(word) for word in terms), *(Entry(name, None, PLACE) for name in (*roads, *places))]
    return list({entry.word: entry for entry in reversed(entries) if _WORD.fullmatch(entry.word)}.values())[::-1]


def compiled(entries: Iterable[Entry]) -> list[Entry]:
    """Those that the general dictionary lacks, each with the count that jieba suggests at its turn."""
    from analysis.text.segment import general

    jieba = general()
    out = []
    for entry in entries:
        if not jieba.FREQ.get(entry.word):
            count = int(jieba.suggest_freq(entry.word))
            jieba.add_word(entry.word, count)
            out.append(Entry(entry.word, count, entry.kind))
    return out


def written(entries: Sequence[Entry]) -> str:
    """The file."""
    return "".join(f"{entry.word} {entry.count} {entry.kind}\n" for entry in entries)


def main() -> int:
    """The command."""
    entries = compiled(named())
    SHIPPED.write_text(written(entries), encoding="utf-8")
    sys.stdout.write(f"{len(entries)} words in {SHIPPED}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
