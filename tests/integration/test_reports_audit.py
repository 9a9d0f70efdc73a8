"""The blind audit in the weekly report: of the week's days, as judged by its end, with what may be said and no more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.factories import make_desk, make_event
from tracker.learning.models import Draw, Stratum
from tracker.posts.models import Decision, Verdict
from tracker.reports.services import paper_preview

pytestmark = pytest.mark.django_db

END = datetime(2026, 11, 22, 16, tzinfo=UTC)
LATER = END + timedelta(hours=9)


def review():
    content = paper_preview(kind="weekly", period="2026-W47", now=LATER, sources={})
    part = next(s for s in content["sections"] if s["key"] == "review")
    return "".join(b["text"] for b in part["blocks"]), {f["name"]: f for b in part["blocks"] for f in b["figures"]}


def drawn(day, decision=None, at=END - timedelta(hours=2)):
    event = make_event(now=END - timedelta(days=3))
    Draw.objects.create(event=event, day=day, stratum=Stratum.NEAR, chance=0.5)
    if decision:
        Verdict.objects.create(event=event, decision=decision, by="analyst", at=at)


def test_a_week_without_a_draw_says_that_nothing_was_measured():
    make_desk()
    text, figures = review()
    assert "未做漏报抽查，漏报率尚未测得" in text
    assert figures["漏报率"]["v"] is None


def test_what_was_drawn_of_the_week_is_counted_as_judged_by_its_end():
    make_desk()
    drawn(date(2026, 11, 18), Decision.CONFIRMED)
    drawn(date(2026, 11, 18), Decision.DISMISSED)
    drawn(date(2026, 11, 19), Decision.CONFIRMED, at=END + timedelta(hours=1))
    drawn(date(2026, 11, 23), Decision.CONFIRMED)
    text, figures = review()
    assert "盲抽未提示的事件3件，已研判2件，其中应列单1件" in text
    assert "95%置信区间" in text
    assert (figures["盲抽已研判"]["v"], figures["盲抽应列单"]["v"]) == (2, 1)
