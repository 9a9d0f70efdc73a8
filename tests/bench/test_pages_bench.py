"""P5: the pages people work in, on a small store and on one a thousand times as big; server time in one process, without a network.

By hand at full size: YIDAN_BENCH_SCALE=200 (a million posts and 100,000 risks against a thousand and 300).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.bench.conftest import scaled
from tests.bench.decisions import decisions, p95
from tests.bench.store import fill
from tests.factories import Desk, make_desk
from tracker.posts.search import POSTS
from tracker.risks.selectors import SHEET

ROUNDS = 5
# Enough items that a page of the sheet is full at both sizes.
SMALL = 1_000, 300
PAGES: dict[str, tuple[str, str]] = {
    "queue": ("analyst", "/queue/"),
    "sheet": ("dispatcher", "/sheet/"),
    "sheet, open and late": ("dispatcher", "/sheet/?overdue=on&sort=due"),
    "sheet, one prefecture": ("dispatcher", "/sheet/?state=open&prefecture=白石市"),
    "sheet, a common word": ("dispatcher", "/sheet/?words=路"),
    "sheet, two words": ("dispatcher", "/sheet/?words=的+路"),
    "sheet of a handler": ("handler", "/sheet/"),
    "search, a common word": ("analyst", "/search/?words=护栏"),
    "search, two words": ("analyst", "/search/?words=护栏+路"),
    "search, a rare word": ("analyst", "/search/?words=灯塔"),
    "search, nothing": ("analyst", "/search/?words=不会出现的词"),
    "today, analyst": ("analyst", "/"),
    "today, manager": ("manager", "/"),
    "inbox": ("handler", "/inbox/"),
    "verify": ("verifier", "/verify/"),
    "trends": ("manager", "/trends/"),
}  # fmt: skip
# What the row P5 promises; the others are measured and reported. A rare word finds more posts in a bigger store: more to show.
PROMISED = ("queue", "sheet", "search, a common word", "search, two words", "search, nothing")


@pytest.fixture
def pages(settings, tmp_path) -> Iterator[Callable[[Desk], dict[str, tuple[float, int]]]]:
    """Measures every page: (95th percentile of the server's seconds, queries)."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.STATIC_ROOT = tmp_path

    def measure(desk: Desk) -> dict[str, tuple[float, int]]:
        return {name: _one(desk, who, address) for name, (who, address) in PAGES.items()}

    return measure


def _as(desk: Desk, who: str) -> Client:
    client = Client()
    client.force_login(desk.user(who), backend="django.contrib.auth.backends.ModelBackend")
    return client


def _one(desk: Desk, who: str, address: str) -> tuple[float, int]:
    client = _as(desk, who)
    assert client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        client.get(address)
        times.append(time.perf_counter() - start)
    return sorted(times)[int(0.95 * (ROUNDS - 1))], len(queries)


def grow(desk: Desk, posts: int, risks: int) -> None:
    fill(desk, posts=posts, risks=risks, now=datetime.now(UTC))
    for index in (POSTS, SHEET):
        while index.catch_up(limit=5_000):
            pass
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.mark.django_db
def test_pages_cost_the_same_however_much_there_is(pages, bench):
    desk = make_desk()
    grow(desk, *SMALL)
    small = pages(desk)
    few = decisions(_as(desk, "analyst"))
    grow(desk, scaled(5_000), scaled(500))
    big = pages(desk)
    for name, (seconds, queries) in big.items():
        ratio = seconds / small[name][0]
        reach = "≤ 2" if name.startswith(PROMISED) else "reported"
        bench(f"P5 {name}", ratio, reach=reach, limit="rendering the rows of a page", seconds=seconds, queries=queries)
    many = decisions(_as(desk, "analyst"))
    for name, times in many.items():
        reach = "each under 100 ms at a million posts"
        limit = "a transaction's fsync, and rendering the next item"
        bench(f"desk {name}", p95(times) / p95(few[name]), reach=reach, limit=limit, seconds=p95(times))
    assert set(many) == set(few)
    assert {name: queries for name, (_s, queries) in big.items()} == {name: q for name, (_s, q) in small.items()}
