"""The weekly report against a slow recount of the sheet itself, and against the passing of time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction

from tests.factories import make_desk, make_risk
from tests.unit.reports.world import make_world
from tracker.ledger.models import Entry
from tracker.ledger.services import ledger_head
from tracker.posts.models import Post
from tracker.reports.models import Paper
from tracker.reports.paper import figures_of
from tracker.reports.periods import BadPeriod
from tracker.reports.services import UnknownFormat, paper_make, paper_preview, paper_write
from tracker.risks.lifecycle import OPEN, State
from tracker.risks.models import Risk

pytestmark = pytest.mark.django_db

END = datetime(2026, 11, 22, 16, tzinfo=UTC)  # Monday 2026-11-23 00:00 in Shanghai: the end of 2026-W47
LATER = END + timedelta(hours=9)
WEEK = timedelta(days=7)
BOARDS = {
    name: SimpleNamespace(name=name, title=title, enabled=True, pace=SimpleNamespace(every=21600.0))
    for name, title in (("east-board", "东线问政板"), ("west-board", "西线民声板"))
}


def paper(week="2026-W47", now=LATER, sources=BOARDS):
    return paper_make(kind="weekly", period=week, now=now, sources=sources)


def section(content, key):
    return next(s for s in content["sections"] if s["key"] == key)


def tables(content, key):
    return {b["title"].split("（")[0]: b for b in section(content, key)["blocks"] if b["type"] == "table"}


def named_figures(content, key):
    return {f["name"]: f for b in section(content, key)["blocks"] if b["type"] == "text" for f in b["figures"]}


def keys_of(risks):
    return {f"risk:{r.number}" for r in risks}


@pytest.fixture(scope="module")
def month(django_db_setup, django_db_blocker):
    """Three weeks of an office, stopped at the very end of the third: the sheet's columns are then what the paper must say.

    Built once and rolled back: what stays is the paper and the rows it is held against.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        make_world(seed=9, problems=40).run(END)
        risks, entries = list(Risk.objects.select_related("unit")), list(Entry.objects.all())
        posts = {
            r.number: list(Post.objects.filter(event=r.event_id).values_list("discovered_at", flat=True)) for r in risks
        }
        found = SimpleNamespace(content=paper(), risks=risks, entries=entries, found=posts)
        transaction.set_rollback(True)
    return found


def test_figures_are_those_of_a_slow_recount_of_the_sheet(month):
    content, risks, since = month.content, month.risks, END - WEEK
    assert len(risks) > 20
    opened = [r for r in risks if r.state in OPEN]
    late = [r for r in opened if r.treat_due and r.treat_due < END]
    listed = [r for r in risks if since <= r.listed_at < END]
    due = [r for r in risks if r.treat_due and since <= r.treat_due < END and r.state != State.WITHDRAWN]
    on_time = [r for r in due if r.closed_at and r.closed_at <= r.treat_due]
    answers = [r for r in risks if since <= r.answer_due < END and r.state != State.WITHDRAWN]
    assert late
    assert listed
    assert answers

    figures = named_figures(content, "conclusion")
    assert set(figures["期末在办"]["r"]) == keys_of(opened)
    assert set(figures["逾期未结"]["r"]) == keys_of(late)
    assert set(figures["新列单"]["r"]) == keys_of(listed)
    assert set(figures["本周到期"]["r"]) == keys_of(due)
    assert (figures["按期销号率"]["n"], figures["按期销号率"]["of"]) == (len(on_time), len(due))
    replies = named_figures(content, "answers")
    assert set(replies["应答复"]["r"]) == keys_of(answers)
    assert set(replies["按时答复"]["r"]) == keys_of(
        r for r in answers if r.answered_at and r.answered_at <= r.answer_due
    )
    assert set(replies["期末逾期未答复"]["r"]) == keys_of(
        r for r in opened if r.answered_at is None and r.answer_due < END
    )


def test_movements_are_those_counted_in_the_ledger_text(month):
    content, start = month.content, (END - WEEK).isoformat(timespec="microseconds")
    entries = [(e.act, json.loads(e.data), e.from_state, e.to_state) for e in month.entries if e.at >= start]
    rows = {row[1]: row[2]["v"] for row in tables(content, "mechanisms")["四制运行"]["rows"]}
    acts = [act for act, *_rest in entries]
    assert rows["签收"] == acts.count("risk.sign") > 0
    assert rows["退回"] == acts.count("risk.return") > 0
    assert rows["发回重办"] == acts.count("risk.send_back") > 0
    struck = [data["outcome"] for act, data, was, to in entries if to == "closed" != was]
    assert rows["核查通过并销号"] == len(struck) > 0
    outcomes = {row[0]: row[1]["v"] for row in tables(content, "mechanisms")["销号结果"]["rows"]}
    assert outcomes["已整改"] == struck.count("fixed")
    assert sum(outcomes.values()) == len(struck)


def test_the_share_in_the_bud_counts_the_posts_found_by_the_closing(month):
    start = (END - WEEK).isoformat(timespec="microseconds")
    closings = [
        (e.subject.removeprefix("risk:"), datetime.fromisoformat(e.at))
        for e in month.entries
        if e.at >= start and e.to_state == "closed" != e.from_state and json.loads(e.data)["outcome"] == "fixed"
    ]
    quiet = [number for number, at in closings if sum(found <= at for found in month.found[number]) < 5]
    text = next(b["text"] for b in section(month.content, "mechanisms")["blocks"] if "text" in b)
    assert f"（{len(quiet)}/{len(closings)}）" in text
    assert len(quiet) > 0


def test_overdue_items_are_listed_one_by_one_without_exception(month):
    late = {r.number for r in month.risks if r.state in OPEN and r.treat_due and r.treat_due < END}
    rows = tables(month.content, "named")["逾期未结"]["rows"]
    assert {row[0] for row in rows} == late != set()


def test_the_balance_of_the_sheet_closes(month):
    before, listed, reopened, struck, withdrawn, after = (
        cell["v"] for cell in tables(month.content, "mechanisms")["清单收支"]["rows"][0]
    )
    assert before + listed + reopened - struck - withdrawn == after
    assert struck
    assert listed


def test_what_happens_later_does_not_reach_back():
    world = make_world(seed=3, problems=30)
    world.run(END - WEEK)
    first = paper("2026-W46", END - WEEK + timedelta(hours=1))
    world.run(END)
    assert ledger_head()[0] > first["ledger"]["seq"]
    assert paper("2026-W46", LATER) == first
    assert Paper.objects.count() == 1


def test_a_corrected_fact_makes_a_marked_revision(tmp_path):
    make_risk(make_desk(), State.HANDLING, now=END - 2 * WEEK)
    first = paper()
    assert first["revision"] == 1
    number = tables(first, "named")["逾期未结"]["rows"][0][0]
    Risk.objects.filter(number=number).update(problem="改过的题目")
    second = paper()
    assert (second["revision"], Paper.objects.count()) == (2, 2)
    assert any(number in line and "改过的题目" in line for line in second["changes"]), second["changes"]
    assert paper() == second
    (path,) = paper_write(
        kind="weekly", period="2026-W47", formats=["html"], output=tmp_path, now=LATER, sources=BOARDS
    )
    assert path.name == "weekly-2026-W47-r2.html"
    assert "第2版（更正）" in path.read_text(encoding="utf-8")


def test_blind_hours_are_those_of_the_broken_board(month):
    rows = {row[0]: row for row in tables(month.content, "coverage")["各数据源"]["rows"]}
    # Down from Wednesday 08:00 to Friday 08:00 Shanghai; last healthy run before it Wednesday 03:03, patience 18 hours.
    assert rows["西线民声板"][2] == "36"
    assert rows["东线问政板"][2] == "0"
    assert "1个有失明时段" in section(month.content, "new")["scope"]


def test_a_week_without_anything_says_so_and_claims_nothing(tmp_path):
    content = paper(sources={})
    assert "没有启用的数据源" in section(content, "conclusion")["scope"]
    assert "没有列单不等于没有隐患" in section(content, "conclusion")["blocks"][0]["text"]
    assert "无数据" in section(content, "heat")["blocks"][0]["text"]
    rates = [row for row in tables(content, "conclusion")["本周主要指标"]["rows"] if "率" in row[0]]
    assert all(row[1]["v"] is None for row in rates)
    assert content["ledger"]["seq"] == 0
    paths = paper_write(
        kind="weekly", period="2026-W47", formats=["docx", "html"], output=tmp_path, now=LATER, sources={}
    )
    assert all(path.stat().st_size > 1000 for path in paths)


def test_sources_that_never_ran_are_blind_all_week():
    content = paper()
    assert {row[2] for row in tables(content, "coverage")["各数据源"]["rows"]} == {"168"}
    assert "合计336小时" in section(content, "conclusion")["scope"]


def test_an_unfinished_week_is_marked_and_not_frozen():
    make_risk(make_desk(), State.HANDLING, now=END + timedelta(hours=10))
    content = paper("2026-W48", END + timedelta(hours=30))
    assert content["status"] == "interim"
    assert "不作正式文件" in content["notice"]
    assert Paper.objects.count() == 0
    assert named_figures(content, "conclusion")["新列单"]["v"] == 1
    early = paper_preview(kind="weekly", period="2026-W48", now=END + timedelta(hours=2), sources=BOARDS)
    assert named_figures(early, "conclusion")["新列单"]["v"] == 0


def test_every_count_carries_its_records(month):
    figures = list(figures_of(month.content))
    assert len(figures) > 60
    for figure in figures:
        assert len(set(figure["r"])) == len(figure["r"]) == (figure.get("n", figure["v"]) or 0)


def test_writing_refuses_what_it_cannot_do_before_it_writes(tmp_path):
    with pytest.raises(UnknownFormat, match="'odt' is not a format"):
        paper_write(
            kind="weekly", period="2026-W47", formats=["html", "odt"], output=tmp_path / "p", now=LATER, sources={}
        )
    with pytest.raises(BadPeriod, match="2019 has the weeks 01 to 52"):
        paper_write(kind="weekly", period="2019-W60", formats=["html"], output=tmp_path / "p", now=LATER, sources={})
    assert not (tmp_path / "p").exists()


def test_writing_tells_how_far_it_is(tmp_path):
    told: list[int] = []
    paths = paper_write(
        kind="weekly",
        period="2026-W47",
        formats=["pdf", "docx", "html", "html"],
        output=tmp_path,
        now=LATER,
        on_progress=told.append,
        sources={},
    )
    assert told == [1, 2, 3, 4]
    assert [p.name for p in paths] == [f"weekly-2026-W47.{name}" for name in ("pdf", "docx", "html")]
    assert paths[0].read_bytes().startswith(b"%PDF-"), "made beside the others"
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in paths)


def test_the_number_of_queries_does_not_grow_with_the_sheet(django_assert_max_num_queries):
    desk = make_desk()
    for _ in range(12):
        make_risk(desk, State.CLOSED, now=END - timedelta(days=1))
    with django_assert_max_num_queries(25):
        paper_preview(kind="weekly", period="2026-W47", now=LATER, sources=BOARDS)
