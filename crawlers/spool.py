"""The spool: a folder of sealed batches, each whole or not there, that a crawl writes and intake reads.

A batch is written beside its name, flushed to the disk and only then renamed, and it ends in a line with the count and the
sha256 of what precedes, so a reader never takes half a batch for a whole one: not after a kill, a power cut or a bad copy.
Batches are named by time, source, run and number; crawls on several machines may fill one folder.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from crawlers.records import Post

SIZE = 200  # posts in a batch: about half a second of crawling at full speed, and a transaction of comfortable size
DAMAGED = "damaged"
PART = ".part"
NAME = re.compile(r"(?P<stamp>\d{8}T\d{12})\.(?P<source>[a-z0-9-]+)\.(?P<run>[a-z0-9]+)\.jsonl")
GRACE = 60.0  # seconds after which a part file that nobody finished is taken to be a dead one


@dataclass(frozen=True, slots=True)
class Batch:
    """A whole batch: `digest` is the hex sha256 of its post lines, the same for the same content wherever it is read."""

    path: Path
    source: str
    digest: str
    posts: tuple[Post, ...]


@dataclass(frozen=True, slots=True)
class DamagedBatch:
    """A file of the spool that is not what was sealed: `sentence` says how, `posts` are the lines that can still be read."""

    path: Path
    source: str
    sentence: str
    posts: tuple[Post, ...]


def seal(posts: Iterable[Post], source: str, spool: Path, *, run: str = "", now: datetime | None = None) -> list[Path]:
    """Write `posts` (masked already) as sealed batches of at most `SIZE` and return their paths, on disk when it returns.

    OSError when the folder cannot be written; then no batch of this call that is not returned exists.
    """
    spool.mkdir(parents=True, exist_ok=True)
    lines = [post.to_json() for post in posts]
    return [
        _seal_lines(lines[start : start + SIZE], source, spool, run or uuid4().hex[:12], now or datetime.now(UTC))
        for start in range(0, len(lines), SIZE)
    ]


def _seal_lines(lines: list[str], source: str, spool: Path, run: str, now: datetime) -> Path:
    content = "".join(f"{line}\n" for line in lines).encode()
    trailer = json.dumps({"count": len(lines), "sha256": sha256(content).hexdigest()}) + "\n"
    path = _free_path(spool, source, run, now)
    part = path.with_name(path.name + PART)
    try:
        with part.open("xb") as file:
            file.write(content + trailer.encode())
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(spool)
    return path


def _free_path(spool: Path, source: str, run: str, now: datetime) -> Path:
    """Name the batch by time to the microsecond; a run's batches under a standing clock count on from there."""
    stamp = int(now.astimezone(UTC).strftime("%Y%m%d%H%M%S%f"))
    while True:
        digits = f"{stamp:020d}"
        path = spool / f"{digits[:8]}T{digits[8:]}.{source}.{run}.jsonl"
        if not path.exists() and not path.with_name(path.name + PART).exists():
            return path
        stamp += 1


def _sync_folder(folder: Path) -> None:
    """Make a rename durable: without it a power cut may bring the old name back."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_batches(spool: Path) -> Iterator[Batch | DamagedBatch]:
    """Every sealed batch, oldest first; files that another reader took meanwhile are passed over."""
    if not spool.is_dir():
        return
    for path in sorted(spool.glob("*.jsonl")):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue
        yield _open(path, content)


def _open(path: Path, content: bytes) -> Batch | DamagedBatch:
    named = NAME.fullmatch(path.name)
    source = named["source"] if named else ""
    body, cut = _split_trailer(content)
    posts, unread = _posts(body)
    sentence = cut or unread or ("" if named else "its name is not one that a seal gives")
    if sentence:
        return DamagedBatch(path, source, f"{path}: the batch is damaged, {sentence}; move it away.", posts)
    return Batch(path, source, sha256(body).hexdigest(), posts)


def _split_trailer(content: bytes) -> tuple[bytes, str]:
    """The post lines, and what is wrong with the end of the file (nothing when empty)."""
    start = content.rfind(b"\n", 0, -1) + 1
    body, last = content[:start], content[start:]
    try:
        trailer = json.loads(last)
        count, digest = trailer["count"], trailer["sha256"]
    except (ValueError, KeyError, TypeError):
        return content, "it was cut off before its last line"
    if sha256(body).hexdigest() != digest or body.count(b"\n") != count:
        return body, "its content differs from what was sealed"
    return body, ""


def _posts(body: bytes) -> tuple[tuple[Post, ...], str]:
    """The posts that can be read, and the first reason why a line cannot."""
    posts, unread = [], ""
    for number, line in enumerate(body.split(b"\n"), 1):
        if not line:
            continue
        try:
            posts.append(Post.from_json(line.decode()))
        except ValueError as error:
            unread = unread or f"line {number} is {error}"
    return tuple(posts), unread


def discard(batch: Batch) -> None:
    """Take a batch that has been stored out of the spool."""
    batch.path.unlink(missing_ok=True)


def quarantine(batch: Batch | DamagedBatch) -> Path:
    """Move a batch aside into `damaged/` and return its new path; the next crawl of its source fetches its posts again."""
    folder = batch.path.parent / DAMAGED
    folder.mkdir(exist_ok=True)
    path = folder / batch.path.name
    batch.path.rename(path)
    _sync_folder(folder)
    _sync_folder(batch.path.parent)
    return path


def damaged(spool: Path) -> list[str]:
    """The names of all batches that were moved aside."""
    return sorted(path.name for path in (spool / DAMAGED).glob("*.jsonl"))


def sweep(spool: Path, source: str = "") -> int:
    """Delete the part files of dead runs and return how many.

    The caller that holds `source`'s lock knows that no writer of it is alive; of other sources only those go that are older
    than `GRACE` seconds, since a writer needs milliseconds.
    """
    swept = 0
    for part in spool.glob(f"*.jsonl{PART}"):
        named = NAME.fullmatch(part.name.removesuffix(PART))
        try:
            ours = bool(source and named and named["source"] == source)
            if ours or time.time() - part.stat().st_mtime > GRACE:
                part.unlink()
                swept += 1
        except FileNotFoundError:
            continue
    return swept
