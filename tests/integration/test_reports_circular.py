"""The circular through the store: beside the weekly report, frozen like it, with every overdue item."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_desk, make_risk
from tests.unit.reports.world import make_world
from tracker.reports.models import Paper
from tracker.reports.services import paper_make, paper_preview, paper_write
from tracker.risks.lifecycle import OPEN, State
from tracker.risks.models import Risk

pytestmark = pytest.mark.django_db

END = datetime(2026, 11, 22, 16, tzinfo=UTC)
LATER = END + timedelta(hours=9)


def rows_of(content, key):
    part = next(s for s in content["sections"] if s["key"] == key)
    return next(b for b in part["blocks"] if b["type"] == "table")["rows"]


def in_time(risk: Risk) -> bool:
    """The unit applied within the deadline, and that stands."""
    return risk.submitted_at is not None and risk.submitted_at <= risk.treat_due


def test_the_units_of_a_month_are_those_of_a_slow_recount():
    make_world(seed=4, problems=40).run(END)
    content, since = paper_make(kind="circular", period="2026-W47", now=LATER, sources={}), END - timedelta(days=7)
    late = [r for r in Risk.objects.filter(state__in=OPEN, treat_due__lt=END) if not in_time(r)]
    assert {row[0] for row in rows_of(content, "overdue")} == {r.number for r in late} != set()
    for row in rows_of(content, "units"):
        mine = Risk.objects.exclude(state=State.WITHDRAWN).filter(unit__name=row[2], treat_due__lt=END)
        owed = [r for r in mine if r.closed_at is None or r.closed_at >= since or r.treat_due >= since]
        owed = [r for r in owed if r.closed_at or not in_time(r)]
        on_time = [r for r in owed if in_time(r)]
        assert (row[4]["v"], row[5]["v"]) == (len(owed), len(on_time)), row[2]


def test_circular_and_report_of_a_week_are_frozen_side_by_side(tmp_path):
    make_risk(make_desk(), State.HANDLING, now=END - timedelta(days=20))
    first = paper_make(kind="circular", period="2026-W47", now=LATER, sources={})
    paper_make(kind="weekly", period="2026-W47", now=LATER, sources={})
    assert paper_make(kind="circular", period="2026-W47", now=LATER + timedelta(hours=1), sources={}) == first
    assert sorted(Paper.objects.values_list("kind", flat=True)) == ["circular", "weekly"]
    paths = paper_write(
        kind="circular", period="2026-W47", formats=["docx", "html"], output=tmp_path, now=LATER, sources={}
    )
    assert [p.name for p in paths] == ["circular-2026-W47.docx", "circular-2026-W47.html"]


def test_a_preview_names_units_and_keeps_nothing():
    make_risk(make_desk(), State.HANDLING, now=END - timedelta(days=20), level=3)
    content = paper_preview(kind="circular", period="2026-W48", now=LATER, sources={})
    assert content["status"] == "interim"
    assert [row[1] for row in rows_of(content, "named")] == ["重大隐患逾期未结"]
    assert not Paper.objects.exists()
