"""Posts on PostgreSQL stand in a table a month, that of their taking in, and a post's key says which: year, month and a running number.

So the key alone stays unique, whatever names a post (sightings, events, the text index) names it as before, and a post found by its key is
looked for in one table. Keys grow with time, as without months: they come from one sequence, which a new month moves ahead and nothing
moves back. Posts from before this order stand in a table of their own, under the keys they had. On SQLite all posts stand in one table.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.utils import CursorWrapper

from crawlers.api import SHANGHAI

TABLE: Final = "posts_post"
KEYS: Final = 10**10  # of one month; year and month before them, so that a key still is an exact number in a browser
_ALONE: Final = 0x796964616E_03  # the lock of who begins a month, beside those of the leader and the schema


def first_key(month: date) -> int:
    """The key below all those of `month` (any day of it)."""
    return (month.year * 100 + month.month) * KEYS


def month_of(key: int) -> date | None:
    """The month (its first day) that `key` names; None for a key from before keys did."""
    year, month = divmod(key // KEYS, 100)
    return date(year, month, 1) if year else None


def following(month: date) -> date:
    """The first day of the month after that of `month`."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def parted(*, using: str = DEFAULT_DB_ALIAS) -> bool:
    """Does this store keep its posts by month? PostgreSQL does, but for a schema of before that."""
    if connections[using].vendor != "postgresql":
        return False
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_partitioned_table WHERE partrelid = to_regclass(%s)", [TABLE])
        return bool(cursor.fetchone()[0])


def month_begin(now: datetime, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """From `now` on keys are of this month, or of a later one that was begun before; its table is there, and that of the month after.

    One look when that is so already. To be called outside the transaction that writes posts: making a table waits for those who write.
    """
    if connections[using].vendor != "postgresql":
        return
    this = now.astimezone(SHANGHAI).date()
    with connections[using].cursor() as cursor:
        if _begun(cursor, this):
            return
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ALONE])
        month = max(this, month_of(_last(cursor)) or this)
        for needed in (month, following(month)):
            month_table(cursor, needed)
    # Only now: the sequence obeys no transaction, and nobody may be given a key whose table is not there yet.
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ALONE])
        if _last(cursor) < first_key(this):
            cursor.execute("SELECT setval('posts_post_id_seq', %s)", [first_key(this)])


def month_table(cursor: CursorWrapper, month: date) -> None:
    """The table of `month`, made where it is missing, with every index, rule and trigger of the others."""
    if not _there(cursor, month):
        name, bounds = _name(month), [first_key(month), first_key(following(month))]
        # Made first and attached then: readers of the other months go on meanwhile.
        cursor.execute(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING ALL)")
        cursor.execute(f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)", bounds)


def _begun(cursor: CursorWrapper, this: date) -> bool:
    last = _last(cursor)
    month = month_of(last)
    return month is not None and last >= first_key(this) and _there(cursor, month)


def _last(cursor: CursorWrapper) -> int:
    cursor.execute("SELECT last_value FROM posts_post_id_seq")
    return int(cursor.fetchone()[0])


def _there(cursor: CursorWrapper, month: date) -> bool:
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [_name(month)])
    return bool(cursor.fetchone()[0])


def _name(month: date) -> str:
    return f"{TABLE}_{month:%Y_%m}"
