"""One valid catalogue file to change, and posts to seal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawlers.records import FetchInfo, Post

EXAMPLE = """
name = "ferry-board"
title = "渡口留言板"
family = "list_detail"
base_url = "https://ferry.example.org"

[card]
legal_basis = "依法公开的政务留言"
impact_assessment = 2026-10-01
fields_taken = ["title", "body"]
fields_refused = ["nickname"]
retention_days = 180
contact = "yidan@example.org"

[list]
url = "/list?page=1"
rows = "ul.list li"
key = '/d/(\\d+)\\.html'
next = "a.next"

[post]
title = "h1"
body = ".content"
"""


@pytest.fixture
def catalogue_file(tmp_path: Path) -> Callable[..., Path]:
    """Write the example with (old, new) replacements."""

    def write(*changes: tuple[str, str], name: str = "ferry.toml") -> Path:
        text = EXAMPLE
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def make_post() -> Callable[..., Post]:
    def make(number: int = 1, **changes: object) -> Post:
        when = datetime(2026, 5, 1, 8, number % 60, tzinfo=UTC)
        fields: dict[str, object] = {
            "source": "ferry-board",
            "key": str(number),
            "url": f"https://ferry.example.org/d/{number}.html",
            "title": f"第{number}渡口栏杆松动",
            "body": "栏杆一推就晃。",
            "published_at": when,
            "fetch": FetchInfo(when, "https://ferry.example.org", "r1"),
        }
        return Post(**{**fields, **changes})  # type: ignore[arg-type]

    return make
