"""P7: the weekly report over a big store against the bare SQL aggregates that it needs; papers rendering apart.

By hand at full size: YIDAN_BENCH_SCALE=100 (a million posts, 100,000 risks).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from tests.bench.conftest import scaled, seconds
from tests.bench.store import fill
from tests.bench.weekly_sql import run
from tests.factories import make_desk
from tracker.reports.periods import week_at
from tracker.reports.services import paper_preview

NOW = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # the very end of a week: the sheet stands as the paper must have it


@pytest.mark.django_db
def test_weekly_report(bench):
    fill(make_desk(), posts=scaled(10_000), risks=scaled(1_000), now=NOW - timedelta(seconds=1), ledger=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    week = week_at(NOW - timedelta(days=7))
    papers = []
    raw = seconds(lambda: run(week))
    ours = seconds(lambda: papers.append(paper_preview(kind="weekly", period=week.name, now=NOW, sources={})))
    figures = {f["name"]: f for b in papers[-1]["sections"][0]["blocks"] if b["type"] == "text" for f in b["figures"]}
    found = run(week)
    assert figures["逾期未结"]["v"] == len(found["overdue"]) > 0
    assert figures["新列单"]["v"] == sum(row[-1] for row in found["listed"]) > 0
    bench(
        "P7 weekly report", ours / raw, reach="<= 3", seconds_raw=raw, seconds_ours=ours, overdue=len(found["overdue"]),
        limit="each figure keeps its record list, and every item is replayed from its entries rather than read from the sheet",
    )  # fmt: skip
