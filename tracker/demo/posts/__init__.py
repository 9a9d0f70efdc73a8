"""The demo's posts are invented from end to end: counties are real names, everything that could be blamed is not.

One `.jsonl` file per family of topics. The first line of each says that it is fiction; a file without that line is
refused, so that nobody can slip real posts in by dropping a file here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

FOLDER = Path(__file__).parent
SHAPES = ("json", "html", "both")


@dataclass(frozen=True, slots=True)
class DemoPost:
    """One invented post: `offset_minutes` before the end of the 14-day window, at the board(s) named by `board`.

    `nick` is what a board shows and the product must drop. `kind` is "pii" or "hostile" for the posts that test masking
    and escaping. `expect` holds the labels (transport topic need risk level signals) and the `event` the post tells of.
    """

    key: str
    title: str
    body: str
    offset_minutes: int
    likes: int
    nick: str
    board: str
    expect: Mapping[str, Any]
    reply: str = ""
    kind: str = ""

    def on(self, shape: str) -> bool:
        """Whether the board of that shape ("json" or "html") carries this post."""
        return self.board in (shape, "both")


def load_posts(folder: Path = FOLDER) -> tuple[DemoPost, ...]:
    """Every post of the folder's files in name order; ValueError naming file and line when one cannot be used."""
    return tuple(post for path in sorted(folder.glob("*.jsonl")) for post in _read(path))


def _read(path: Path) -> list[DemoPost]:
    # Not splitlines(): posts may hold U+2028 and its like, which are text here and not ends of lines.
    header, *lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    if json.loads(header).get("fictional") is not True:
        raise ValueError(f'{path}: line 1 must be a header with "fictional": true, as only invented posts may be shown')
    return [_post(path, number, line) for number, line in enumerate(lines, 2)]


def _post(path: Path, number: int, line: str) -> DemoPost:
    try:
        row = json.loads(line)
        post = DemoPost(**{**row, "expect": MappingProxyType(row["expect"])})
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(
            f"{path}: line {number} is not a demo post ({error}); compare it with its neighbours"
        ) from error
    if post.board not in SHAPES:
        raise ValueError(f"{path}: line {number} has board {post.board!r}; it must be one of {', '.join(SHAPES)}")
    return post
