"""One full paper for the renderers: every kind of block, a hostile text in it, tables longer than a page."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.reports.rows import LONG_AFTER, MONDAY, WEEK, board, facts, risk
from tracker.reports.facts import PostRow
from tracker.reports.paper import Json
from tracker.reports.weekly import weekly
from tracker.risks.lifecycle import Act

HOSTILE = "<script>alert(1)</script>\"'&</td>\x00\x08\u202e\ud800\ufffe=cmd|' /C calc'!A0 😀"
HOUR = timedelta(hours=1)


def full_week() -> Json:
    steps = [(Act.LIST, MONDAY - 90 * HOUR), (Act.ASSIGN, MONDAY - 89 * HOUR)]
    rows = [risk(1, steps, level=3), risk(2, steps, problem=HOSTILE)]
    rows += [
        risk(n, [(Act.LIST, MONDAY)], problem="=1+2", place="@sum", topic=("road", "taxi")[n % 2]) for n in range(3, 45)
    ]
    said = tuple(PostRow(n, MONDAY + n * HOUR, flagged=n % 3 == 0, event=1) for n in range(40))
    content = weekly(facts(rows, posts=said, sources=(board(hours=(1, 9)),)), period=WEEK, as_of=LONG_AFTER)
    return content | {"revision": 1, "changes": [], "computed_at": LONG_AFTER.isoformat()}
