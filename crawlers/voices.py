"""How many different people speak, without knowing one of them: a keyed hash of the name a board shows, made where the page is read.

The name itself leaves no parser. The key is this machine's, lives no longer than its week and is destroyed after it; without it no hash
can be made again from a name, so nobody can look a person up or go on counting one (DOMAIN §5, docs/adr/0010). The week in which a post
was said is part of what is hashed, so that an archive read in one go does not join a person's posts over the years either.
"""

from __future__ import annotations

import os
import secrets
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from hmac import digest
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from crawlers.sources import Source

Voice = Callable[[str, datetime | None], str]  # the name a board shows, and when its owner spoke → the hash, or nothing
FOLDER: Final = "voices"
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
LENGTH: Final = 16  # hexadecimal digits: two of a week's voices share one less than once in a million weeks
KEY_BYTES: Final = 32
# What boards show for everybody who gives no name; a post of theirs is a voice of its own.
NOBODY: Final = frozenset(
    [
        "匿名",
        "匿名用户",
        "匿名网友",
        "匿名者",
        "匿名市民",
        "网友",
        "网民",
        "热心网友",
        "热心市民",
        "市民",
        "群众",
        "游客",
        "用户",
        "访客",
        "来信人",
        "未公开",
        "保密",
        "不公开",
        "无",
        "anonymous",
        "guest",
        "user",
        "none",
        "null",
    ]
)


def week(moment: datetime) -> str:
    """The week of `moment` in the house's zone, as ISO 8601 writes it: 2026-W48."""
    year, number, _day = moment.astimezone(SHANGHAI).isocalendar()
    return f"{year}-W{number:02d}"


def voice_of(source: Source, state: Path, now: datetime) -> Voice | None:
    """What turns the names that `source` shows into voices, or None when its file names no place where they stand."""
    if not (source.list.voice or source.post.voice):
        return None
    key, host = _key(state / FOLDER, now), source.host

    def voice(name: str, said_at: datetime | None) -> str:
        plain = "".join(unicodedata.normalize("NFKC", name).split()).casefold()
        if not plain or plain in NOBODY or "*" in plain:
            return ""
        said = "\x1f".join([host, week(said_at or now), plain])
        return digest(key, said.encode(), "sha256").hex()[:LENGTH]

    return voice


def destroy(state: Path, now: datetime) -> int:
    """Destroy every key but that of the week of `now`; returns how many. A file system may keep what was overwritten: that is its own."""
    done = 0
    for path in (state / FOLDER).glob("*"):
        if not path.name.startswith(week(now)):
            with suppress(FileNotFoundError):
                _overwrite(path)
                path.unlink()
                done += 1
    return done


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())


def _key(folder: Path, now: datetime) -> bytes:
    """The key of the week of `now`, the same for every process of this machine; earlier ones are destroyed on the way."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    destroy(folder.parent, now)
    path = folder / f"{week(now)}.key"
    if not path.exists():
        part = folder / f"{path.name}.{secrets.token_hex(8)}"
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, secrets.token_bytes(KEY_BYTES))
        finally:
            os.close(handle)
        with suppress(FileExistsError):  # two crawls that start at once: the first one's key holds for both
            path.hardlink_to(part)
        part.unlink()
    return path.read_bytes()
