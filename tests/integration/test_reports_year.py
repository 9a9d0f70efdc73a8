"""A simulated year, and every figure of every paper on it held against a second, slow computation.

YIDAN_YEAR_PROBLEMS and YIDAN_YEAR_UNITS give the size; the full one, of over 5,000 items on the sheet, is 8200 and 50.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection, transaction

from tests.recount.annual import AnnualRecount
from tests.recount.papers import Recount, Span, stated
from tests.recount.public import interval
from tests.recount.raw import Store
from tests.recount.year import BOARDS, END, EVERY_HOURS, simulate
from tests.unit.reports.sums import assert_adds_up
from tracker.reports.services import paper_preview
from tracker.reports.weekly_public import wilson
from tracker.risks.deadlines import current_calendar

pytestmark = pytest.mark.django_db

PROBLEMS = int(os.environ.get("YIDAN_YEAR_PROBLEMS", "80"))
UNITS = int(os.environ.get("YIDAN_YEAR_UNITS", "6"))
PATIENCE = 3 * EVERY_HOURS
SOURCES = {
    name: SimpleNamespace(
        name=name, title=f"{name} 问政板", enabled=True, pace=SimpleNamespace(every=EVERY_HOURS * 3600.0)
    )
    for name in BOARDS
}
LATER = END + timedelta(hours=9)
WEEKS = (date(2026, 2, 16), date(2026, 10, 5), date(2026, 12, 21))
MONTHS = (2, 10)


@pytest.fixture(scope="module")
def year(django_db_setup, django_db_blocker):
    """The raw rows and the papers of some weeks, months and the year; the store is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        simulate(seed=17, problems=PROBLEMS, units=UNITS)
        store, calendar = Store(connection), current_calendar()
        print(f"{len(store.risks)} items, {len(store.posts)} posts, {len(store.entries)} entries")
        free = {day for n in range(500) if not calendar(day := date(2025, 10, 1) + timedelta(days=n)).working}
        papers = {}
        for monday in WEEKS:
            name = "{}-W{:02d}".format(*monday.isocalendar()[:2])
            papers |= {(kind, monday): made(kind, name) for kind in ("weekly", "circular")}
        for month in MONTHS:
            papers |= {(kind, month): made(kind, f"2026-{month:02d}") for kind in ("monthly", "circular")}
        papers["annual", 2026] = made("annual", "2026")
        transaction.set_rollback(True)
    return SimpleNamespace(store=store, free=free, papers=papers)


def made(kind, period):
    return paper_preview(kind=kind, period=period, now=LATER, sources=SOURCES)


def recount(year, span, kind=Recount):
    return kind(year.store, span, {name: (row.title, PATIENCE) for name, row in SOURCES.items()}, year.free)


def span_of(when):
    return Span.week(when) if isinstance(when, date) else Span.month(2026, when)


def held(content, expected):
    """Nothing is stated that was not recomputed, and nothing recomputed is missing."""
    found = loosened(stated(content), expected)
    assert set(found) == set(expected)
    for where, value in expected.items():
        assert found[where] == value, where


def loosened(found, expected):
    """Charts whose order follows ranks or ties, and words of definitions, in the form that the recount gives."""
    for where, value in expected.items():
        name = where.partition("~")[2] or where.partition("#")[2]
        if where not in found:
            continue
        if name in ("各领域的等级", "各市州的等级"):
            labels, series = found[where]
            found[where] = sorted((label, *(series[s][at] for s in series)) for at, label in enumerate(labels))
        elif name == "应结事项的去向":
            labels, series = found[where]
            found[where] = len(labels) if isinstance(value, int) else sorted(zip(*series.values(), strict=True))
        elif name.endswith("发帖最多的事件"):
            found[where] = found[where][1]
        elif where.startswith("ledger#"):
            found[where] = [row[0] for row in found[where]]
        elif name == "各数据源":
            found[where] = [[row[0], row[1], float(row[2]), row[3]] for row in found[where]]
    return found


def test_the_year_has_what_a_year_has(year):
    acts = {entry["act"] for entry in year.store.entries}
    told = (
        "return",
        "reassign",
        "reopen",
        "withdraw",
        "send_back",
        "grant",
        "pause",
        "resume",
        "relevel",
        "answer",
        "remind",
    )
    assert {f"risk.{act}" for act in told} <= acts
    assert "event.merge" in acts
    assert any(sum(p["event_id"] == r["event_id"] for p in year.store.posts) >= 5 for r in year.store.risks.values())


@pytest.mark.parametrize("when", [*WEEKS, *MONTHS])
def test_every_figure_of_a_report_is_that_of_a_slow_recount(year, when):
    kind = "weekly" if isinstance(when, date) else "monthly"
    held(year.papers[kind, when], recount(year, span_of(when)).report())


@pytest.mark.parametrize("when", [*WEEKS, *MONTHS])
def test_every_figure_of_a_circular_is_that_of_a_slow_recount(year, when):
    held(year.papers["circular", when], recount(year, span_of(when)).circular())


def test_every_figure_of_the_annual_summary_is_that_of_a_slow_recount(year):
    held(year.papers["annual", 2026], recount(year, Span.year(2026), AnnualRecount).annual(2026))


def test_totals_are_the_sums_of_their_rows_in_every_paper(year):
    for content in year.papers.values():
        assert_adds_up(content)


def test_the_published_figures_say_how_they_are_defined(year):
    content = year.papers["annual", 2026]
    figures = next(b for b in content["sections"][0]["blocks"] if b["type"] == "table")
    meanings = next(part for part in content["annex"] if part["key"] == "definitions")["blocks"][0]
    assert [row[0] for row in figures["rows"]] == [row[0] for row in meanings["rows"]]
    assert all(len(row[1]) > 10 for row in meanings["rows"])
    assert {row[0].partition("（")[0] for row in figures["rows"]} >= {"萌芽化解隐患", "网络互动办理", "答复诉求"}


@pytest.mark.parametrize(("hits", "trials"), [(0, 7), (3, 9), (9, 9), (57, 1000)])
def test_the_interval_is_wilsons(hits, trials):
    assert wilson(hits, trials) == pytest.approx(interval(hits, trials), abs=1e-6)
