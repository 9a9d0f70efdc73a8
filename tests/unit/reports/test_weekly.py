"""The weekly report as a pure function: totals, bases, balance, whatever the history."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta

import pytest
from hypothesis import given, settings

from tests.unit.reports.histories import histories
from tests.unit.reports.rows import LONG_AFTER, MONDAY, WEEK, board, facts, risk
from tests.unit.reports.sums import assert_adds_up
from tracker.accounts.models import Role
from tracker.ledger.models import moment_text
from tracker.reports.annual import annual
from tracker.reports.circular import circular
from tracker.reports.facts import ActRow, EventRow, PostRow, VerdictRow
from tracker.reports.frame import Rules
from tracker.reports.paper import figures_of
from tracker.reports.periods import Month, Year
from tracker.reports.weekly import monthly, weekly
from tracker.reports.weekly_public import ROLES, wilson
from tracker.risks.lifecycle import Act

HOUR = timedelta(hours=1)


def paper(given_facts, **options):
    return weekly(given_facts, period=WEEK, as_of=LONG_AFTER, **options)


def section(content, key):
    return next(s for s in [*content["sections"], *content["annex"]] if s["key"] == key)


def sentences(content, key):
    return [b["text"] for b in section(content, key)["blocks"] if b["type"] == "text"]


def table_of(content, key, title):
    return next(b for b in section(content, key)["blocks"] if b["type"] == "table" and b["title"].startswith(title))


@settings(deadline=None, max_examples=25)
@given(histories())
def test_every_table_adds_up_and_every_count_has_its_records(risks):
    given_facts = facts(risks)
    for make, period in ((weekly, WEEK), (monthly, Month(2026, 11)), (circular, WEEK), (annual, Year(2026))):
        assert_adds_up(make(given_facts, period=period, as_of=LONG_AFTER))


@settings(deadline=None, max_examples=25)
@given(histories())
def test_the_balance_closes_and_due_items_are_parted_without_rest(risks):
    content = paper(facts(risks))
    before, listed, reopened, struck, withdrawn, after = (
        c["v"] for c in table_of(content, "mechanisms", "清单收支")["rows"][0]
    )
    assert before + listed + reopened - struck - withdrawn == after
    figures = {f["name"]: f["v"] for f in section(content, "answers")["blocks"][0]["figures"]}
    assert figures["应答复"] == figures["按时答复"] + figures["逾期后答复"] + figures["仍未答复"]


@settings(deadline=None, max_examples=10)
@given(histories())
def test_a_paper_is_json_and_the_same_facts_give_the_same_paper(risks):
    content = paper(facts(risks))
    assert json.loads(json.dumps(content, ensure_ascii=False)) == content == paper(facts(risks))


def test_the_ten_sections_stand_in_the_order_an_office_reads():
    assert [s["key"] for s in paper(facts())["sections"]] == [
        "conclusion", "coverage", "new", "key", "mechanisms", "named", "answers", "heat", "review", "next",
    ]  # fmt: skip


def test_the_conclusion_has_three_lines_with_comparison_and_bases():
    listed = [risk(n, [(Act.LIST, MONDAY + n * HOUR)], level=2, place="白石市") for n in range(1, 5)]
    listed += [risk(9, [(Act.LIST, MONDAY - 30 * HOUR), (Act.ASSIGN, MONDAY - 20 * HOUR)], level=3)]
    lines = sentences(paper(facts(listed, sources=(board(hours=range(0, 168, 6)),))), "conclusion")
    assert lines == [
        "本周新列单隐患4件，比上周（1件）增加3件；其中较大4件；地区均为白石市；领域均为道路设施。",
        "期末在办5件（期初1件）；本周到期1件，按期销号率0.0%（0/1）；本周没有销号；逾期未结1件，比上周末（0件）增加1件，涉及青川市交通运输局（1件）。",
        "本周应答复公众5件，按时答复率0.0%（0/5），5件逾期未答复；下周没有到期事项。",
    ]


def test_a_quiet_week_of_blind_sources_does_not_claim_that_there_was_no_risk():
    content = paper(facts(sources=(board(failed=(5, 30)),)))
    assert "没有列单不等于没有隐患" in sentences(content, "conclusion")[0]
    assert "1个有失明时段，合计168小时" in section(content, "heat")["scope"]


def test_a_quiet_week_of_seeing_sources_says_so_plainly():
    content = paper(facts(sources=(board(hours=range(0, 168, 6), last_before=MONDAY - HOUR),)))
    assert sentences(content, "conclusion")[0] == "本周没有新列单隐患，与上周持平（0件）。"
    assert "1个数据源全程可见" in section(content, "heat")["scope"]


def test_no_rate_is_printed_without_a_base():
    rates = [f for f in figures_of(paper(facts())) if "of" in f]
    assert rates
    assert all(f["v"] is None for f in rates)
    assert "%" not in "".join(sentences(paper(facts()), "conclusion"))


def test_closing_late_is_not_on_time_and_explained_is_not_fixed():
    moments = [(Act.LIST, -90), (Act.ASSIGN, -60), (Act.SIGN, -50), (Act.SUBMIT, 20), (Act.VERIFY, 30)]
    late = risk(1, [(a, MONDAY + h * HOUR) for a, h in moments], due_after=70)
    content = paper(facts([late]))
    row = {r[0]: r[1] for r in table_of(content, "conclusion", "本周主要指标")["rows"]}
    assert (row["按期销号率"]["n"], row["按期销号率"]["of"]) == (0, 1)
    assert row["其中已整改"]["v"] == 1
    explained = late.acts[-1]._replace(data='{"outcome":"explained"}')
    other = late.__class__(late.number, late.problem, late.place, late.topic, (*late.acts[:-1], explained))
    row = {r[0]: r[1] for r in table_of(paper(facts([other])), "conclusion", "本周主要指标")["rows"]}
    assert (row["销号"]["v"], row["其中已整改"]["v"]) == (1, 0)


def test_key_risks_beyond_the_printable_are_counted_not_dropped():
    grave = [risk(n, [(Act.LIST, MONDAY + HOUR)], level=3) for n in range(1, 9)]
    blocks = section(paper(facts(grave), rules=Rules(key_shown=3)), "key")["blocks"]
    assert len(blocks[0]["items"]) == 3
    assert blocks[1]["figures"][0]["v"] == 5


def posts(event, day, number, first=1):
    return [
        PostRow(first + n, MONDAY + timedelta(days=day, minutes=n), flagged=n % 2 == 0, event=event)
        for n in range(number)
    ]


def test_a_burst_is_measured_against_the_four_weeks_before():
    events = {n: EventRow(n, f"事件{n}", "", 2, flagged=True, decision="", opened_at=MONDAY) for n in (1, 2)}
    said = [*posts(1, 2, 6), *posts(2, 3, 6, 50), *posts(2, -3, 9, 100)]
    given_facts = facts(posts=tuple(said), earlier_posts={2: 9}, events=events, sources=(board(hours=(1,)),))
    content = paper(given_facts)
    assert [row[0] for row in table_of(content, "heat", "突增事件")["rows"]] == ["事件1"]
    chart = next(b for b in section(content, "heat")["blocks"] if b["type"] == "chart")
    assert chart["series"][0]["values"] == [0, 0, 6, 6, 0, 0, 0]


def test_days_to_come_are_gaps_in_the_trend_not_zeros():
    content = weekly(
        facts(posts=tuple(posts(1, 0, 2)), sources=(board(hours=(1,)),)), period=WEEK, as_of=MONDAY + 30 * HOUR
    )
    chart = next(b for b in section(content, "heat")["blocks"] if b["type"] == "chart")
    assert chart["series"][0]["values"] == [2, 0, None, None, None, None, None]
    assert content["status"] == "interim"


def test_false_alarms_are_printed_with_their_interval_and_misses_with_their_absence():
    made = [
        VerdictRow(
            n,
            n,
            "dismissed" if n < 2 else "confirmed",
            MONDAY,
            {"level": 2},
            {"level": 1 if n in (4, 5) else 2},
            flagged=n != 6,
        )
        for n in range(1, 7)
    ]
    lines = sentences(paper(facts(verdicts=tuple(made), pending=(4, 5))), "review")
    assert lines[0] == "本周研判6件次：列单5件次，不列单1件次；列单时改正标签2件。"
    assert lines[1].startswith("误报率20.0%（1/5），95%置信区间3.6%至62.4%")
    assert lines[2] == "系统未提示而由人工补列1件；本周未做漏报抽查，漏报率尚未测得。"


def test_what_was_taken_back_is_no_verdict_and_what_was_decided_after_that_is():
    told = (
        (1, 1, "dismissed"),
        (2, 1, "pending"),
        (3, 2, "dismissed"),
        (4, 2, "pending"),
        (5, 2, "dismissed"),
        (6, 3, "confirmed"),
    )
    made = [VerdictRow(n, event, decision, MONDAY, {}, {}, flagged=True) for n, event, decision in told]
    lines = sentences(paper(facts(verdicts=tuple(made))), "review")
    assert lines[0] == "本周研判2件次：列单1件次，不列单1件次。"
    assert lines[1].startswith("误报率50.0%（1/2）")


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(1, 5, 0.0362, 0.6245), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0, 1)],
)
def test_wilson_interval_against_published_values(hits, trials, low, high):
    assert wilson(hits, trials) == pytest.approx((low, high), abs=2e-4)


def test_the_annex_prints_what_fits_and_says_how_much_there_is():
    many = [risk(n, [(Act.LIST, MONDAY + HOUR)]) for n in range(1, 8)]
    block = section(paper(facts(many), rules=Rules(annex_shown=4)), "ledger")["blocks"][0]
    assert len(block["rows"]) == 4
    assert "共7条" in block["title"]
    assert "前4条" in block["note"]


def act_row(seq: int, act: str, subject: str, actor: str, roles: str) -> ActRow:
    return ActRow(seq, moment_text(MONDAY + HOUR), act, subject, actor, roles, "", "", "", "{}")


def test_the_annex_names_roles_and_no_person():
    acts = [
        act_row(1, "risk.verify", "risk:YD-2026-00001", "wangfang", "analyst,verifier"),
        act_row(2, "role.give", "user:lilei", "wangfang", "admin,auditor"),
        act_row(3, "risk.breach", "risk:YD-2026-00001", "system:clocks", "system"),
        act_row(4, "notice.digest", "notice:lilei", "system:ladder", "system"),
        act_row(5, "address.set", "address:lilei", "lilei", ""),
        act_row(6, "notice.send", "notice:YD-2026-00001", "system:ladder", "system"),
        act_row(7, "event.dismissed", "event:7", "lilei", "analyst"),
    ]
    rows = section(paper(dataclasses.replace(facts(), acts=acts)), "ledger")["blocks"][0]["rows"]
    assert [(row[3], row[4]) for row in rows] == [
        ("YD-2026-00001", "核查员"), ("人员", "管理员、审计员"), ("YD-2026-00001", "系统"), ("人员", "系统"), ("外发地址", "—"),
        ("YD-2026-00001", "系统"), ("事件7", "研判员"),
    ]  # fmt: skip
    assert not [cell for row in rows for cell in row if "wangfang" in str(cell) or "lilei" in str(cell)]
    assert set(ROLES) == set(Role.values)


def fixed_twice():
    steps = [(Act.LIST, -90), (Act.ASSIGN, -60), (Act.SIGN, -50), (Act.SUBMIT, 20), (Act.VERIFY, 30)]
    return [risk(n, [(a, MONDAY + h * HOUR) for a, h in steps], due_after=300) for n in (1, 2)]


def test_what_was_fixed_before_it_grew_loud_is_the_share_in_the_bud():
    rows = fixed_twice()
    voices = {rows[0].acts[-1].key: 4, rows[1].acts[-1].key: 5}
    block = section(paper(facts(rows, voices=voices)), "mechanisms")["blocks"][-1]
    assert (block["figures"][1]["n"], block["figures"][1]["of"]) == (1, 2)
    assert "萌芽化解率50.0%（1/2）" in block["text"]
    assert "萌芽化解率无数据" in section(paper(facts()), "mechanisms")["blocks"][-1]["text"]


def test_the_flow_of_eight_weeks_ends_with_this_one():
    rows = fixed_twice()
    flow = [a for r in rows for a in r.acts if a.act in ("risk.list", "risk.verify")]
    chart = next(
        b for b in section(paper(facts(rows, flow=tuple(flow))), "mechanisms")["blocks"] if b["type"] == "chart"
    )
    assert chart["labels"][-1] == "第47周"
    assert {s["name"]: s["values"][-2:] for s in chart["series"]} == {
        "新列单": [2, 0],
        "销号": [0, 2],
        "新逾期": [0, 0],
    }
    # The ledger began in week 45: what lies before is not known, which is not zero.
    assert [v is None for v in chart["series"][0]["values"]] == [True] * 5 + [False] * 3
