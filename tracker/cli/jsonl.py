"""JSON lines in and out: plain or gzipped, `-` for standard streams, output whole or not there."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tracker.cli.sentence import Sentence


@dataclass(slots=True)
class Bad:
    """Lines that could not be used: the first sentences are kept, all are counted."""

    sentences: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, sentence: str) -> None:
        self.count += 1
        if len(self.sentences) < 5:  # noqa: PLR2004 - enough to see what is wrong
            self.sentences.append(sentence)

    def complain(self) -> None:
        """Raise the sentence for all of them, after the good lines were done."""
        if self.count:
            more = f" (and {self.count - len(self.sentences)} more)" if self.count > len(self.sentences) else ""
            raise Sentence("; ".join(self.sentences) + more + "; the other lines were done.")


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    if path == "-":
        yield sys.stdin.buffer
        return
    try:
        with gzip.open(path, "rb") if path.endswith(".gz") else Path(path).open("rb") as file:
            yield file  # type: ignore[misc]
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise Sentence(f"{path} cannot be read ({error.strerror}): give the path of a .jsonl file or `-`.") from error
    except (gzip.BadGzipFile, EOFError) as error:
        raise Sentence(f"{path} is not a whole gzip file: compress it again.") from error


def rows(path: str, required: Sequence[str], bad: Bad) -> Iterator[dict[str, Any]]:
    """The objects of `path` that have every key of `required`; the other lines go to `bad` with their number."""
    with _opened(path) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line.decode("utf-8-sig", "surrogatepass"))
            except (ValueError, UnicodeDecodeError):
                bad.add(f"{path}, line {number} is not JSON")
                continue
            missing = [key for key in required if key not in row] if isinstance(row, dict) else list(required)
            if missing:
                bad.add(f"{path}, line {number} lacks {', '.join(missing)}")
                continue
            yield row


def write(path: str, out: Iterable[dict[str, Any]]) -> int:
    """Write `out` to `path` (`-`: standard output), whole or not at all; returns the number of lines."""
    if path == "-":
        return _dump(sys.stdout, out)
    target = Path(path)
    part = target.with_name(target.name + ".part")
    try:
        with (
            gzip.open(part, "wt", encoding="utf-8")
            if path.endswith(".gz")
            else part.open("w", encoding="utf-8") as file
        ):
            count = _dump(file, out)
    except OSError as error:
        raise Sentence(f"{path} cannot be written ({error.strerror}): choose another place.") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(target)
    return count


def _dump(file: IO[str], out: Iterable[dict[str, Any]]) -> int:
    count = 0
    for row in out:
        # A lone surrogate cannot be written as UTF-8; escaping that one line keeps it readable and the id intact.
        text = json.dumps(row, ensure_ascii=False)
        file.write((text if _encodable(text) else json.dumps(row)) + "\n")
        count += 1
    return count


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
