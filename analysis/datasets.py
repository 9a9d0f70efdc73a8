"""Reading labelled files, and which rows are the same text over again.

Every reader names the file and the line of what it cannot read. Rows that are near-duplicates of each other share a group, and
a group never stands on both sides of a split: else a score measures memory.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from analysis.records import NEEDS, SIGNALS, TOPICS

_NOT_WORD = re.compile(r"\W")
_SHINGLE = 5
_TITLE_WORDS = 8
_DUPLICATE = 0.35  # share of the shorter text's shingles; fixed before any model was fitted


class DataError(ValueError):
    """A labelled file cannot be used; the message says which line and why."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One message with its labels; `topics` and `needs` hold each accepted reading, `weight` how far the labels are trusted."""

    id: str
    title: str
    body: str
    transport: int
    topics: tuple[str, ...]
    needs: tuple[str, ...]
    risk: int
    level: int
    signals: tuple[str, ...]
    weight: float = 1.0


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, row) of a .jsonl or .tsv file, gzipped or not; a .tsv has a header line."""
    try:
        with _opened(path) as lines:
            if ".tsv" in path.name:
                yield from _tsv(path, lines)
            else:
                yield from _jsonl(path, lines)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error}); give a UTF-8 .jsonl or .tsv file.") from error


def _opened(path: Path) -> IO[str]:
    """The file as lines of text; the caller closes it."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _tsv(path: Path, lines: Iterator[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Quoted cells may hold line breaks, as in files that come out of a spreadsheet."""
    table = csv.reader(lines, delimiter="\t")
    header = next(table, [])
    for cells in table:
        if not cells:
            continue
        if len(cells) != len(header):
            raise DataError(
                f"{path} line {table.line_num} has {len(cells)} columns, not {len(header)} as in its header."
            )
        yield table.line_num, dict(zip(header, cells, strict=True))


def _jsonl(path: Path, lines: Iterator[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise DataError(f"{path} line {number} is not JSON ({error.msg}); mend or remove the line.") from error
        if not isinstance(row, dict):
            raise DataError(f"{path} line {number} is not a JSON object; each line must be one.")
        yield number, row


def read_messages(path: Path) -> dict[str, dict[str, Any]]:
    """The messages of a file by id."""
    return {str(row["id"]): row for _, row in read_rows(path)}


def read_labels(path: Path, messages: dict[str, dict[str, Any]], weight: float = 1.0) -> list[Labelled]:
    """Risk labels (risk_guideline.md) joined with the messages they are about."""
    return [_labelled(path, number, row, messages, weight) for number, row in read_rows(path)]


def _labelled(path: Path, number: int, row: dict[str, Any], messages: dict[str, Any], weight: float) -> Labelled:
    message = messages.get(str(row["id"]))
    if message is None:
        raise DataError(f"{path} line {number}: there is no message {row['id']}.")
    raw = row["signals"]
    signals = tuple(raw) if isinstance(raw, list) else tuple(s for s in raw.split(",") if s != "-")
    topics = tuple(dict.fromkeys((row["topic"], row.get("topic_alt", row["topic"]))))
    needs = tuple(dict.fromkeys((row["need"], row.get("need_alt", row["need"]))))
    unknown = (set(topics) - {*TOPICS, "-"}) | (set(needs) - set(NEEDS)) | (set(signals) - set(SIGNALS))
    if unknown:
        raise DataError(f"{path} line {number} has the unknown label {min(unknown)!r}; see the labelling guideline.")
    return Labelled(
        str(row["id"]), message["title"], message["body"], int(row["transport"]), topics, needs,
        int(row["risk"]), int(row["level"]), signals, weight,
    )  # fmt: skip


def read_other_labels(labels: Path, data: Path, weight: float) -> list[Labelled]:
    """Labels that another reading gave to rows of the category files, which name each row by its digest and hold no text.

    The training rows come segmented, without stop words, title and body run together: the first words stand in for a title.
    """
    texts = {
        _row_digest("", row["tokens"]): _from_tokens(row["tokens"])
        for _, row in read_rows(data / "category_train.tsv.gz")
    }
    for _, row in read_rows(data / "category_dev.jsonl"):
        texts[_row_digest(row["title"], row["body"])] = row["title"], row["body"]
    messages = {digest: {"title": title, "body": body} for digest, (title, body) in texts.items()}
    return read_labels(labels, messages, weight)


def _row_digest(title: str, text: str) -> str:
    return hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()[:16]


def _from_tokens(tokens: str) -> tuple[str, str]:
    words = tokens.replace("_x000D_", " ").split()
    return "".join(words[:_TITLE_WORDS]), "".join(words)


def groups(texts: Sequence[str]) -> list[int]:
    """The number of each text's near-duplicate group: texts that share `_DUPLICATE` of the shorter one's 5-character runs."""
    shingles = [_shingles(text) for text in texts]
    holders: dict[str, list[int]] = {}
    parent = list(range(len(texts)))

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    for index, own in enumerate(shingles):
        shared = Counter(other for shingle in own for other in holders.get(shingle, ()))
        for shingle in own:
            holders.setdefault(shingle, []).append(index)
        for other, count in shared.items():
            if count >= _DUPLICATE * min(len(own), len(shingles[other])):
                parent[root(index)] = root(other)
    return [root(index) for index in range(len(texts))]


def _shingles(text: str) -> set[str]:
    bare = _NOT_WORD.sub("", text)
    return {bare[start : start + _SHINGLE] for start in range(max(1, len(bare) - _SHINGLE + 1))}


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
