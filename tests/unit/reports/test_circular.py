"""The circular as a pure function: who stands where, who is named by which rule, nobody overdue left out."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import translation
from hypothesis import given, settings

from tests.unit.reports.histories import histories
from tests.unit.reports.rows import LONG_AFTER, MONDAY, WEEK, facts, risk
from tracker.reports.circular import circular
from tracker.reports.facts import Facts
from tracker.reports.history import snapshot
from tracker.reports.paper import figures_of
from tracker.reports.standing import standings, working_days_between
from tracker.reports.tally import tally
from tracker.reports.weekly import weekly
from tracker.risks.lifecycle import Act

HOUR = timedelta(hours=1)


def paper(rows, **more):
    return circular(facts(rows, **more), period=WEEK, as_of=LONG_AFTER)


def block(content, key, kind="table"):
    part = next(s for s in content["sections"] if s["key"] == key)
    return next(b for b in part["blocks"] if b["type"] == kind)


def told(number, *steps, **more):
    return risk(number, [(act, MONDAY + hours * HOUR) for act, hours in steps], **more)


@settings(deadline=None, max_examples=25)
@given(histories())
def test_every_overdue_item_is_listed_and_every_table_adds_up(rows):
    content = paper(rows)
    late = {r.number for r in rows if snapshot(r, WEEK.until).overdue(WEEK.until)}
    assert {row[0] for row in block(content, "overdue")["rows"]} == late
    units = block(content, "units")
    for row in [*units["rows"], *([units["total"]] if units["total"] else [])]:
        owed, on_time, after, still = (row[i]["v"] for i in (4, 5, 6, 7))
        assert owed == on_time + after + still
    if units["total"]:
        for index in (3, 4, 5, 6, 7, 9, 10, 11):
            assert units["total"][index]["v"] == sum(row[index]["v"] for row in units["rows"])
        assert units["total"][7]["v"] == len(late)
    for figure in figures_of(content):
        assert len(figure["r"]) == (figure.get("n", figure["v"]) or 0)


def test_the_rank_follows_the_share_in_time_and_ties_share_a_rank():
    closing = [(Act.SIGN, -70), (Act.SUBMIT, -1), (Act.VERIFY, 20)]
    rows = [
        told(1, (Act.LIST, -90), (Act.ASSIGN, -80), *closing, unit="aa", due_after=101),
        told(2, (Act.LIST, -90), (Act.ASSIGN, -80), *closing, unit="bb", due_after=101),
        told(3, (Act.LIST, -90), (Act.ASSIGN, -80), *closing, unit="cc", due_after=70),
        told(4, (Act.LIST, 3), (Act.ASSIGN, 4), unit="cc", due_after=300),
    ]
    lines = {row[2]: row for row in block(paper(rows), "units")["rows"]}
    assert {name: row[0] for name, row in lines.items()} == {
        "青川市交通运输局": "1",
        "白石市交通运输局": "1",
        "临江市交通运输局": "3",
    }
    assert (lines["临江市交通运输局"][8]["n"], lines["临江市交通运输局"][8]["of"]) == (0, 1)


def test_an_old_overdue_item_weighs_every_week_until_it_is_struck_off():
    row = told(1, (Act.LIST, -400), (Act.ASSIGN, -399), unit="aa", due_after=72)
    assert block(paper([row]), "units")["rows"][0][7]["v"] == 1


def test_hours_in_returns_are_those_of_the_period_and_of_the_unit_that_returned():
    row = told(
        1, (Act.LIST, -60), (Act.ASSIGN, -50), (Act.RETURN, -10), (Act.REASSIGN, 14), (Act.RETURN, 160), unit="bb"
    )
    found = standings(tally([row], WEEK.since, WEEK.until))
    assert found["bb"].hours_lost == 14 + 8
    assert len(found["bb"].returned) == 1


def rulings(content):
    return {(row[0], row[1]) for row in block(content, "named")["rows"]}


def test_each_rule_names_whom_it_should():
    grave = told(1, (Act.LIST, -400), (Act.ASSIGN, -399), level=3, unit="aa")
    reminded = told(2, (Act.LIST, -400), (Act.ASSIGN, -399), (Act.REMIND, -200), unit="bb")
    bounced = told(3, (Act.LIST, -20), (Act.ASSIGN, -19), (Act.RETURN, -10), (Act.REASSIGN, 5), unit="cc")
    back = told(
        4, (Act.LIST, -90), (Act.ASSIGN, -80), (Act.SIGN, -70), (Act.SUBMIT, -60), (Act.SEND_BACK, 10), (Act.SUBMIT, 20),
        (Act.SEND_BACK, 30), unit="cc", due_after=900,
    )  # fmt: skip
    assert rulings(paper([grave, reminded, bounced, back])) == {
        ("青川市交通运输局", "重大隐患逾期未结"),
        ("白石市交通运输局", "催办后逾期超过5个工作日仍未结"),
        ("临江市交通运输局", "退回后经裁定仍由本单位办理"),
        ("临江市交通运输局", "本期被发回重办2件次以上"),
    }


def test_overdue_without_a_reminder_or_within_holidays_is_listed_but_not_named():
    quiet = told(1, (Act.LIST, -400), (Act.ASSIGN, -399), unit="aa")
    rested = told(2, (Act.LIST, -400), (Act.ASSIGN, -399), (Act.REMIND, -200), unit="bb")
    holidays = frozenset(date(2026, 11, 9) + timedelta(days=n) for n in range(10))
    content = paper([quiet, rested], free_days=holidays)
    assert len(block(content, "overdue")["rows"]) == 2
    assert rulings(content) == set()


def test_working_days_between_leave_the_first_and_the_last_day_out():
    free = frozenset({date(2026, 11, 14), date(2026, 11, 15)})
    friday = MONDAY - timedelta(days=3) + 17 * HOUR
    assert working_days_between(friday, MONDAY, free) == 0
    assert working_days_between(friday, MONDAY + timedelta(days=2), free) == 2


def test_withdrawn_items_are_printed_with_their_reason():
    row = told(1, (Act.LIST, -5), (Act.WITHDRAW, 5))
    assert block(paper([row]), "withdrawn")["rows"][0][0] == "YD-2026-00001"


def test_an_empty_circular_names_nobody_and_ranks_nobody():
    content = paper([])
    assert "没有应结事项" in block(content, "whole", "text")["text"]
    assert block(content, "units")["rows"] == []
    assert "没有单位达到点名条件" in block(content, "named", "text")["text"]


def test_papers_speak_chinese_whoever_asks():
    rows = [told(1, (Act.LIST, -400), (Act.ASSIGN, -399), (Act.SIGN, 3), unit="aa", level=3)]
    given_facts: Facts = facts(rows)
    chinese = [make(given_facts, period=WEEK, as_of=LONG_AFTER) for make in (weekly, circular)]
    with translation.override("en"):
        assert [make(given_facts, period=WEEK, as_of=LONG_AFTER) for make in (weekly, circular)] == chinese


APPLIED = [(Act.LIST, -90), (Act.ASSIGN, -80), (Act.SIGN, -70), (Act.SUBMIT, 5)]


def standing_of(*more):
    """The one unit's (owed, on time, late, overdue) of an item due ten hours into the week, and the numbers listed as overdue."""
    content = paper([told(1, *APPLIED, *more, unit="aa", due_after=90)])
    rows = block(content, "units")["rows"]
    figures = tuple(rows[0][i]["v"] for i in (4, 5, 6, 7)) if rows else (0, 0, 0, 0)
    return figures, [row[0] for row in block(content, "overdue")["rows"]]


def test_applied_in_time_is_in_time_however_late_it_is_verified():
    assert standing_of((Act.VERIFY, 100)) == ((1, 1, 0, 0), [])


def test_while_it_is_verified_it_is_neither_owed_nor_overdue():
    assert standing_of() == ((0, 0, 0, 0), [])


def test_sent_back_it_is_overdue_and_cannot_be_left_out():
    assert standing_of((Act.SEND_BACK, 60)) == ((1, 0, 0, 1), ["YD-2026-00001"])
    assert standing_of((Act.SEND_BACK, 60), (Act.SUBMIT, 80), (Act.VERIFY, 90)) == ((1, 0, 1, 0), [])
