"""Keeps, beside a source's state, the outline of the page that shows why its run is not what it should be; the latest few only."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from crawlers.causes import Cause, say_all
from crawlers.portrait import portrait

FOLDER: Final = "pages"
ROBOTS: Final = "robots"
MOST_ROBOTS: Final = 500 * 1024  # what RFC 9309 asks a reader to take at least
KEPT: Final = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as it came, in memory only."""

    url: str
    status: int
    content_type: str
    body: bytes


def keep(page: Shown, state: Path, source: str, run: str, causes: Iterable[Cause], now: datetime) -> str:
    """Write the outline of `page` and return its name under `state`/pages; an unwritable folder costs the page, not the run."""
    folder = state / FOLDER / source
    why = tuple(causes)
    head = [f"{now:%Y-%m-%d %H:%M:%S} UTC  {page.url}  {page.status} {page.content_type}  {len(page.body)} bytes"]
    head += [say_all(why, "zh"), say_all(why)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{run}.txt").write_text(
            "\n".join([*head, "", portrait(page.body, page.content_type)]), encoding="utf-8"
        )
        for old in sorted(folder.glob("*.txt"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return ""
    return f"{source}/{run}.txt"


def keep_robots(body: bytes, status: int, url: str, state: Path, source: str, now: datetime) -> None:
    """Keep what robots.txt said and when it was fetched (RFC 9309): by it anybody can check later what was allowed then."""
    head = f"# {now:%Y-%m-%d %H:%M:%S} UTC  {url}  {status}\n"
    with contextlib.suppress(OSError):
        (state / ROBOTS).mkdir(parents=True, exist_ok=True)
        (state / ROBOTS / f"{source}.txt").write_bytes(head.encode() + body[:MOST_ROBOTS])


def read_robots(source: str, state: Path) -> str:
    """The robots.txt of `source` as it was read last, its first line saying when; empty when there is none here."""
    try:
        return (state / ROBOTS / f"{source}.txt").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def read(name: str, state: Path) -> str:
    """The kept outline called `name`; empty when it is no longer there, or was kept on another machine."""
    source, _, file = name.partition("/")
    if not file or "/" in file or ".." in name:
        return ""
    try:
        return (state / FOLDER / source / file).read_text(encoding="utf-8")
    except OSError:
        return ""
