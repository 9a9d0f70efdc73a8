"""How the store answers its hot questions: `python -m tests.bench.plans POSTS RISKS OUTPUT.md`, on an empty PostgreSQL.

    python -m tests.postgres -- python -m tests.bench.plans 1000000 100000 plans.md

Fills the store (not with `--there`: it is filled already), opens the pages that people open all day as those people, and writes for each
question that took longest the plan that the server made of it, and how many rows all questions of the page read. Then the same posts in one
table and in one a month: what each costs (planning + answering). The rows read are kept beside the output (`plans.json`); from a second
size on, what they grow to at a hundred million posts is reckoned from the two largest: what did not grow stays, what grew goes on growing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
os.environ.setdefault("YIDAN_SECOND_FACTOR", "optional")
PAGES = (
    ("analyst", "/"), ("analyst", "/queue/"), ("manager", "/sheet/"), ("handler", "/sheet/"), ("analyst", "/search/?q=护栏"),
    ("manager", "/trends/"),
)  # fmt: skip
WORST = 2  # questions of a page whose plans are kept
# What is asked of posts every day, on a table of posts given by its name, with one post's values.
ASKED = {
    "posts of the last week": "SELECT count(*) FROM {} WHERE discovered_at > now() - interval '7 days'",
    "words that have had their time": "SELECT id FROM {} WHERE discovered_at < now() - interval '700 days' AND erased_at IS NULL LIMIT 5000",
    "one post by its key": "SELECT title FROM {} WHERE id = {id}",
    "two hundred posts by their keys": "SELECT title FROM {} WHERE id IN (SELECT id FROM posts_post ORDER BY id DESC LIMIT 200)",
    "posts of an event": "SELECT title FROM {} WHERE event_id = {event_id}",
    "posts of two hundred events": "SELECT count(*) FROM {} WHERE event_id IN (SELECT id FROM posts_event ORDER BY id DESC LIMIT 200)",
    "a post by its digest": "SELECT id FROM {} WHERE digest = '{digest}'",
    "two hundred by their digests": "SELECT count(*) FROM {} WHERE digest IN (SELECT digest FROM posts_post ORDER BY id DESC LIMIT 200)",
}


def questions(who: str, page: str) -> list[tuple[float, str]]:
    """(seconds, SQL) of each question that `page` asks, slowest first."""
    from django.core.cache import cache
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tracker.accounts.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username=who), backend="django.contrib.auth.backends.ModelBackend")
    client.get(page)
    cache.clear()  # what is kept for a minute is computed by somebody
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(page)
    assert answer.status_code == 200, (page, answer.status_code)
    found = [(float(row["time"]), row["sql"]) for row in asked.captured_queries if row["sql"].startswith("SELECT")]
    return sorted(found, reverse=True)


def plan(sql: str) -> list[str]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY ON) " + sql.replace("%", "%%"), [])
        return [re.sub(r"\s*\(actual rows=(\d+) loops=(\d+)\)", r" [\1 × \2]", line) for (line,) in cursor.fetchall()]


def read(sql: str) -> tuple[int, float, set[str]]:
    """(rows, milliseconds, tables): how many rows the scans of this question looked at, the quickest of three answers of the server, and
    which tables it read from end to end."""
    from django.db import connection

    said: list[dict[str, Any]] = []
    with connection.cursor() as cursor:
        for _turn in range(3):
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) " + sql.replace("%", "%%"), [])
            said.append(json.loads(found)[0] if isinstance(found := cursor.fetchone()[0], str) else found[0])
    return looked_at(said[0]["Plan"]), min(one["Execution Time"] for one in said), set(whole(said[0]["Plan"]))


def looked_at(node: dict[str, Any]) -> int:
    """Rows that the scans under `node` gave or threw away."""
    inner = node.get("Plans", [])
    if inner:
        return sum(map(looked_at, inner))
    thrown = sum(node.get(name, 0) for name in ("Rows Removed by Filter", "Rows Removed by Index Recheck"))
    return int((node.get("Actual Rows", 0) + thrown) * node.get("Actual Loops", 1))


def whole(node: dict[str, Any]) -> Iterator[str]:
    """Tables of more than a few pages that a scan under `node` reads without an index."""
    if node["Node Type"].endswith("Seq Scan") and looked_at(node | {"Plans": []}) > SMALL:
        yield node["Relation Name"]
    for inner in node.get("Plans", []):
        yield from whole(inner)


SMALL = 5_000  # rows of a table that may be read from end to end: units, sources, a session's few rows
HUNDRED_MILLION = 100_000_000


def growth(kept: dict[str, dict[str, tuple[int, float]]]) -> Iterator[str]:
    """The rows and milliseconds of each page by size, and what the two largest sizes lead to at a hundred million posts."""
    sizes = sorted(kept, key=int)
    yield "\n## What grows\n\nRows that all questions of a page look at (and milliseconds of the server, the quickest of three).\n"
    yield f"| page | {' | '.join(f'{int(size):,} posts' for size in sizes)} | {HUNDRED_MILLION:,}, reckoned |"
    yield f"|---|{'---|' * len(sizes)}---|"
    for page in kept[sizes[-1]]:
        rows = [kept[size].get(page, (0, 0.0)) for size in sizes]
        cells = " | ".join(f"{count:,} ({took:.0f} ms)" for count, took in rows)
        yield f"| {page} | {cells} | {reckoned(sizes, rows)} |"


def reckoned(sizes: list[str], rows: list[tuple[int, float]]) -> str:
    if len(sizes) == 1:
        return "one size says nothing"
    (few, many), (before, _took), (after, took) = map(int, sizes[-2:]), *rows[-2:]
    if after <= before * 1.1:
        return "the same: none of them grows"
    slope = (after - before) / (many - few)
    at_last = after + slope * (HUNDRED_MILLION - many)
    return f"{at_last:,.0f} (about {took * at_last / after / 1000:.1f} s)"


def pages(page_rows: dict[str, tuple[int, float]]) -> Iterator[str]:
    for who, page in PAGES:
        asked = questions(who, page)
        spent = [read(sql) for _took, sql in asked]
        page_rows[f"{page} as {who}"] = (sum(rows for rows, _ms, _all in spent), sum(ms for _rows, ms, _all in spent))
        yield f"\n## {page} as {who}: {len(asked)} questions, {1000 * sum(t for t, _sql in asked):.0f} ms in the store\n"
        ends = sorted(set().union(*(tables for _rows, _ms, tables in spent)))
        yield f"Tables of more than {SMALL:,} rows read from end to end: {', '.join(ends) or 'none'}.\n"
        for took, sql in asked[:WORST]:
            table = re.search(r"FROM \"(\w+)\"", sql)
            yield f"From `{table[1] if table else '?'}`, {1000 * took:.0f} ms:\n\n```text"
            yield from plan(sql)
            yield "```\n"


def by_month() -> Iterator[str]:
    """The posts of this store twice more, in one table and in one a month, alike but for that: what writing, asking and erasing cost."""
    from django.db import connection

    from tracker.posts.months import KEYS

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE whole (LIKE posts_post INCLUDING ALL)")
        cursor.execute("CREATE TABLE parted (LIKE posts_post INCLUDING ALL) PARTITION BY RANGE (id)")
        cursor.execute("SELECT inhrelid::regclass::text, pg_get_expr(relpartbound, oid) FROM pg_inherits JOIN pg_class ON oid = inhrelid"
                       " WHERE inhparent = 'posts_post'::regclass ORDER BY 1")  # fmt: skip
        parts = cursor.fetchall()
        for name, bounds in parts:
            cursor.execute(f"CREATE TABLE parted{name.removeprefix('posts_post')} PARTITION OF parted {bounds}")
        written = _spent(cursor, "INSERT INTO {} SELECT * FROM posts_post", "whole", "parted")
        cursor.execute("VACUUM ANALYZE whole, parted")
        cursor.execute(
            "SELECT id, event_id, digest FROM posts_post WHERE event_id IS NOT NULL ORDER BY id DESC LIMIT 1"
        )
        post = dict(zip(("id", "event_id", "digest"), cursor.fetchone(), strict=True))
    yield f"\n## Posts in one table, and in {len(parts)}\n\n| | one table | by month |\n|---|---|---|"
    yield f"| all posts written, with their indexes | {written} |"
    for name, sql in ASKED.items():
        yield f"| {name} | {_ms(sql.format('whole', **post))} | {_ms(sql.format('parted', **post))} |"
    with connection.cursor() as cursor:
        # The first month may be half of one.
        cursor.execute(f"SELECT DISTINCT id / {KEYS} FROM parted ORDER BY 1 OFFSET 1 LIMIT 1")
        (oldest,) = cursor.fetchone()
        month = f"parted_{oldest // 100}_{oldest % 100:02d}"
        erase = f"UPDATE {{}} SET title = '-', body = '', reply = '', signature = '' WHERE id / {KEYS} = {oldest}"
        yield f"| the words of the oldest whole month erased | {_spent(cursor, erase, 'whole', 'parted')} |"
        yield f"| and the table vacuumed that held them | {_spent(cursor, 'VACUUM {}', 'whole', month)} |"
        yield f"| and its room given back to the disk | {_spent(cursor, 'VACUUM FULL {}', 'whole', month)} |"
        cursor.execute("DROP TABLE whole, parted")  # the store may be one that is kept


def _spent(cursor: Any, sql: str, *tables: str) -> str:
    """The seconds that `sql` took on each of `tables`, as cells."""
    spent = []
    for table in tables:
        begun = time.monotonic()
        cursor.execute(sql.format(table))
        spent.append(f"{time.monotonic() - begun:.1f} s")
    return " | ".join(spent)


def _ms(sql: str) -> str:
    """Planning and answering, each the quickest of five, as the server measures it."""
    said = ["\n".join(plan(sql)) for _turn in range(5)]
    planned, took = (
        min(float(re.search(rf"{what} Time: ([\d.]+)", one)[1]) for one in said) for what in ("Planning", "Execution")
    )
    return f"{planned:.2f} + {took:.2f} ms"


def main(posts: int, risks: int, output: Path, *, there: bool, parts: bool) -> None:
    from tests.bench import make

    if there:
        import django

        django.setup()
    else:
        make.main(posts, risks)
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)
    beside = output.with_suffix(".json")
    kept = json.loads(beside.read_text(encoding="utf-8")) if beside.exists() else {}
    kept[str(posts)] = {}
    found = [*pages(kept[str(posts)])]
    beside.write_text(json.dumps(kept, indent=1, ensure_ascii=False), encoding="utf-8")
    head = f"# Plans of the hot questions\n\nPostgreSQL, {posts:,} posts, {risks:,} risks; `[rows × loops]`. Made by `tests/bench/plans.py`."
    lines = [head, *growth(kept), *found, *(by_month() if parts else ())]
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.plans")
    parser.add_argument("posts", type=int)
    parser.add_argument("risks", type=int)
    parser.add_argument("output", type=Path)
    parser.add_argument("--there", action="store_true", help="the store is filled already")
    parser.add_argument(
        "--no-parts", action="store_true", help="leave out one table against many, for which posts are written twice"
    )
    given = parser.parse_args()
    main(given.posts, given.risks, given.output, there=given.there, parts=not given.no_parts)
