"""The annual summary, counted again."""

from __future__ import annotations

from tests.recount import public
from tests.recount.papers import Recount, month_edges
from tests.recount.sheet import Sheet, moved, moved_points, n, of


def fixed(sheet):
    return [
        k
        for k, s in sheet.after.items()
        if s["state"] == "closed" and s["outcome"] == "fixed" and sheet.since <= s["closed"] < sheet.until
    ]


def bud(sheet):
    """Of the fixed, those whose posts found by the closing are fewer than five."""
    return [k for k in fixed(sheet) if sum(p["found"] <= sheet.after[k]["closed"] for p in sheet.store.posts_of(k)) < 5]


def answered(sheet):
    return [k for k, s in sheet.after.items() if s["answered"] and sheet.since <= s["answered"] < sheet.until]


def interactions(sheet):
    return [
        f"post:{p['id']}"
        for k in answered(sheet)
        for p in sheet.store.posts_of(k)
        if p["found"] <= sheet.after[k]["answered"]
    ]


class AnnualRecount(Recount):
    """All of one year."""

    def annual(self, year):
        self.head()
        self.coverage()
        self.months(year)
        self.new()
        self.four("mechanisms")
        self.outcomes("mechanisms")
        self.units("units")
        self.table("named", "逾期未结", self.now.overdue_rows())
        self.table("named", "复发重办", self.now.told_rows("risk.reopen", 50))
        self.table("named", "撤单", self.now.told_rows("risk.withdraw", 60))
        self.answers()
        self.review()
        self.next()
        return self.found

    def head(self):
        now, past = self.now, self.past
        due, answers = now.due(), now.due("answer", "answered")
        for name, value in (
            ("新列单", n(now.listed())), ("上年新列单", n(past.listed())), ("已整改", n(fixed(now))), ("萌芽化解", n(bud(now))),
            ("萌芽化解率", of(bud(now), fixed(now))), ("应销号", n(due[0])), ("按期销号率", of(due[1], due[0])),
            ("年末在办", n(now.open())), ("逾期未结", n(now.overdue())), ("答复诉求", n(answered(now))),
            ("网络互动", n(interactions(now))), ("应答复", n(answers[0])), ("按时答复率", of(answers[1], answers[0])),
        ):  # fmt: skip
            self.figure("conclusion", name, value)
        rows = [
            *(
                [name, n(ask(now)), n(ask(past)), moved(len(ask(now)), len(ask(past)))]
                for name, ask in (
                    ("列单隐患（件）", Sheet.listed), ("已整改隐患（件）", fixed), ("萌芽化解隐患（件）", bud), ("答复诉求（件）", answered),
                    ("网络互动办理（条）", interactions), ("撤单（件次）", lambda s: s.did("withdraw")),
                    ("年末逾期未结（件）", Sheet.overdue),
                )
            ),
            self._line("按期销号率"), self._line("公众答复按时率", "answer", "answered"),
        ]  # fmt: skip
        self.table("conclusion", "年度公布数字", rows)

    def _line(self, name, clock="treat", done="closed"):
        pair = [of(*reversed(sheet.due(clock, done)[:2])) for sheet in (self.now, self.past)]
        return [name, *pair, moved_points(*pair)]

    def months(self, year):
        rows, sums, sheets = [], [0, 0], []
        for month in range(1, 13):
            sheet = Sheet(self.store, *month_edges(year, month))
            said = public.said(self.store, *month_edges(year, month))
            pair = [len(said), sum(bool(p["flagged"]) for p in said)] if said else [None, None]
            sums = [a + (b or 0) for a, b in zip(sums, pair, strict=True)]
            rows.append([f"{month}月", *(n(f) for f in flows(sheet)), n(sheet.open()), n(sheet.overdue()), *pair])
            sheets.append(sheet)
        total = [n(k for sheet in sheets for k in flows(sheet)[at]) for at in range(7)]
        self.table("months", "分月情况", rows, ["合计", *total, "", "", *sums])
        names = [f"{month}月" for month in range(1, 13)]
        self.chart("months", "各月新列单、销号与新逾期", names, {
            "新列单": [len(s.did("list")) for s in sheets], "销号": [len(s.struck()) for s in sheets],
            "新逾期": [len(s.breached()) for s in sheets],
        })  # fmt: skip
        self.chart("months", "各月末在办与逾期", names, {
            "月末在办": [len(s.open()) for s in sheets], "月末逾期未结": [len(s.overdue()) for s in sheets],
        })  # fmt: skip


def flows(sheet):
    return [
        sheet.did("list"), sheet.did("assign", "reassign", "transfer"), sheet.did("reopen"), sheet.did("withdraw"), sheet.struck(),
        sheet.struck("fixed"), sheet.breached(),
    ]  # fmt: skip
