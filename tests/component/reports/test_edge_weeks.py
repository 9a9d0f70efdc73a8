"""Weeks at the edge: nothing at all, sources that saw nothing, a single risk, and very many; in every paper and every format.

YIDAN_BIG_WEEK gives the size of the last; 20,000 by hand.
"""

from __future__ import annotations

import os
from datetime import timedelta
from io import BytesIO
from itertools import count

import pytest
from docx import Document
from openpyxl import load_workbook

from tests.unit.reports.rows import LONG_AFTER, MONDAY, UNITS, WEEK, board, facts, risk
from tests.unit.reports.sums import assert_adds_up
from tracker.reports.annual import annual
from tracker.reports.circular import circular
from tracker.reports.facts import EventRow, PostRow
from tracker.reports.paper import figures_of
from tracker.reports.periods import Month, Year
from tracker.reports.render import docx, html, xlsx
from tracker.reports.weekly import monthly, weekly
from tracker.risks.lifecycle import Act

HOUR = timedelta(hours=1)
BIG = int(os.environ.get("YIDAN_BIG_WEEK", "120"))
STEPS = (Act.LIST, Act.ASSIGN, Act.SIGN, Act.SUBMIT, Act.VERIFY)
KINDS = {
    "weekly": (weekly, WEEK),
    "monthly": (monthly, Month(2026, 11)),
    "circular": (circular, WEEK),
    "annual": (annual, Year(2026)),
}
SEEING = {"hours": range(0, 168, 6), "last_before": MONDAY - HOUR}


def one():
    return [risk(1, [(Act.LIST, MONDAY + HOUR), (Act.ASSIGN, MONDAY + 2 * HOUR)], level=3)]


def many(number):
    """Listed over the whole week, each gone one to four steps further, a third of them overdue at its end."""
    serial = count(1)
    for n in range(number):
        start = MONDAY + n * 160 / number * HOUR
        steps = [(act, start + at * HOUR / 4) for at, act in enumerate(STEPS[: 2 + n % 4])]
        yield risk(
            n + 1, steps, level=1 + n % 2, unit=list(UNITS)[n % 3], topic=("road", "taxi")[n % 2], due_after=30 + n % 100,
            serial=serial,
        )  # fmt: skip


WEEKS = {
    "nothing": facts(),
    "never seen": facts(sources=(board("甲"), board("乙"))),
    "blind": facts(sources=(board("甲", failed=(5, 30)), board("乙", hours=(1,)))),
    "one": facts(one(), sources=(board(**SEEING),)),
}


def made(kind, name):
    make, period = KINDS[kind]
    content = make(WEEKS[name], period=period, as_of=LONG_AFTER)
    return content | {"revision": 1, "changes": [], "computed_at": LONG_AFTER.isoformat()}


@pytest.mark.parametrize("name", WEEKS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_paper_of_such_a_week_stands_in_every_format(kind, name):
    content = made(kind, name)
    assert_adds_up(content)
    document = Document(BytesIO(docx.render(content)))
    assert all(p.text for p in document.paragraphs if p.style.name in ("Normal", "Heading 1", "Heading 2"))
    words = "\n".join(p.text for p in document.paragraphs)
    assert "None" not in words
    assert "nan" not in html.render(content)
    sheets = load_workbook(BytesIO(xlsx.render(content))).sheetnames
    assert len(sheets) >= 1 + len(content["sections"])


@pytest.mark.parametrize("name", ["nothing", "never seen", "blind"])
def test_no_data_never_looks_like_no_risk(name):
    content = made("weekly", name)
    first, heat = content["sections"][0], next(s for s in content["sections"] if s["key"] == "heat")
    assert "没有列单不等于没有隐患" in first["blocks"][0]["text"]
    said = heat["blocks"][0]
    if name == "blind":
        assert "没有发帖不等于没有诉求" in said["text"]
    else:
        assert said["text"].endswith("本周无数据。")
        assert said["figures"][0]["v"] is None, "not known is no zero"
    assert all(f["v"] is None for f in figures_of(content) if "of" in f)


def test_one_risk_is_told_without_charts_of_one_bar():
    content = made("weekly", "one")
    blocks = [block for s in content["sections"] for block in s["blocks"]]
    assert not [b["title"] for b in blocks if b["type"] == "chart" and b["kind"] == "stacked"]
    table = next(b for b in blocks if b["type"] == "table" and b["title"].startswith("逾期未结"))
    assert [row[0] for row in table["rows"]] == ["YD-2026-00001"]


def test_a_very_big_week_names_every_overdue_item_and_still_opens():
    said = tuple(PostRow(n, MONDAY + n * 160 / BIG * HOUR, flagged=n % 3 == 0, event=n // 2) for n in range(BIG))
    events = {
        n: EventRow(n, "路口信号灯黑了三天", "青川市", 2, flagged=True, decision="", opened_at=MONDAY)
        for n in range(BIG)
    }
    given = facts(list(many(BIG)), posts=said, events=events, sources=(board(**SEEING),))
    content = weekly(given, period=WEEK, as_of=LONG_AFTER) | {
        "revision": 1,
        "changes": [],
        "computed_at": LONG_AFTER.isoformat(),
    }
    assert_adds_up(content)
    late = {r.number for r in given.risks if len(r.acts) < len(STEPS)}
    table = next(b for s in content["sections"] for b in s["blocks"] if b.get("title", "").startswith("逾期未结"))
    named = {row[0] for row in table["rows"]}
    assert len(named) > BIG / 5
    assert named <= late
    rows = next(t for t in Document(BytesIO(docx.render(content))).tables if len(t._tbl.tr_lst) == len(named) + 1)
    assert rows._tbl.tr_lst[-1].xpath("string()").startswith("YD-2026-")
    book = load_workbook(BytesIO(xlsx.render(content)))
    assert {str(c.value) for sheet in book for c in sheet["A"]} >= named
    assert_only_named_items_are_never_cut(content, named)


def assert_only_named_items_are_never_cut(content, named):
    """On paper a long table ends after some rows and says so, except the one that names what is overdue."""
    most = len(named) - 1
    printed = html.article(content, html.Reading(lambda _key: None, opens=False, most=most))
    tables = {b["title"]: b for s in content["sections"] for b in s["blocks"] if b["type"] == "table"}
    assert all(f'<td class="whole">{number}</td>' in printed for number in named)
    cut = [b for title, b in tables.items() if len(b["rows"]) > most and not title.startswith("逾期未结")]
    assert cut
    for block in cut:
        rest = len(block["rows"]) - most
        assert f"此处列出前{most}行，其余{rest}行逐一列在本文的 .xlsx 和 .docx 中。" in printed
