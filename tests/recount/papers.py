"""What each paper must state: {where: value} for every figure, table, list and chart, to be held against `stated(content)`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from tests.recount import public, units
from tests.recount.raw import EAST
from tests.recount.sheet import Sheet, moved, moved_points, n, of


def day0(day):
    """Midnight of the office."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - EAST


def week_edges(monday, back=0):
    start = monday - timedelta(weeks=back)
    return day0(start), day0(start + timedelta(days=7))


def month_edges(year, month, back=0):
    at = year * 12 + month - 1 - back
    following = at + 1
    return day0(date(at // 12, at % 12 + 1, 1)), day0(date(following // 12, following % 12 + 1, 1))


class Span:
    """A period of a paper: its edges `back` periods ago, its words, and what trends and bursts look back on."""

    def __init__(self, edges, words, trend, earlier, label):
        self.edges, self.words, self.trend, self.earlier, self.label = edges, words, trend, earlier, label

    @classmethod
    def week(cls, monday):
        def label(back):
            return f"第{(monday - timedelta(weeks=back)).isocalendar()[1]}周"

        return cls(lambda back=0: week_edges(monday, back), ("本周", "上周", "下周", "前四周均值"), 8, 4, label)

    @classmethod
    def month(cls, year, month):
        def label(back):
            return f"{(year * 12 + month - 1 - back) % 12 + 1}月"

        return cls(lambda back=0: month_edges(year, month, back), ("本月", "上月", "下月", "上月"), 12, 1, label)

    @classmethod
    def year(cls, year):
        def edges(back=0):
            return day0(date(year - back, 1, 1)), day0(date(year - back + 1, 1, 1))

        return cls(edges, ("本年", "上年", "下年", "上年"), 5, 1, lambda back: f"{year - back}年")

    @property
    def days(self):
        since, until = self.edges()
        return [(since + EAST).date() + timedelta(days=k) for k in range((until - since).days)]


class Recount:
    """All of one period, ready to be asked for the parts of a paper. `boards` {name: (title, patience)}, `free` days."""

    def __init__(self, store, span, boards, free):
        self.store, self.span, self.boards, self.free = store, span, boards, free
        self.now, self.past = Sheet(store, *span.edges()), Sheet(store, *span.edges(1))
        self.this, self.last, self.coming, self.usual = span.words
        self.end = span.edges(-1)[1]
        self.found = {}

    def figure(self, section, name, value):
        assert f"{section}|{name}" not in self.found
        self.found[f"{section}|{name}"] = value

    def table(self, section, title, rows, total=None):
        self.found[f"{section}#{title}"] = (sorted(map(repr, rows)), total and repr(total))

    def chart(self, section, title, labels, series):
        self.found[f"{section}~{title}"] = (list(labels), {name: list(values) for name, values in series.items()})

    def conclusion(self):
        now, past = self.now, self.past
        due, answers = now.due(), now.due("answer", "answered")
        coming = now.coming(self.end)
        put = lambda name, value: self.figure("conclusion", name, value)  # noqa: E731
        put("新列单", n(now.listed()))
        put(f"{self.last}新列单", n(past.listed()))
        put("期末在办", n(now.open()))
        put("期初在办", n(now.open(now.before)))
        put(f"{self.this}到期", n(due[0]))
        put("按期销号率", of(due[1], due[0]))
        put("销号", n(now.struck()))
        put("已整改", n(now.struck("fixed")))
        put("逾期未结", n(now.overdue()))
        put("应答复", n(answers[0]))
        put("按时答复率", of(answers[1], answers[0]))
        put("逾期未答复", n(answers[3]))
        put(f"{self.coming}到期", n(coming))
        rows = []
        for name, ask in (
            ("新列单隐患", Sheet.listed), ("交办（含重新交办、转办）", lambda s: s.did("assign", "reassign", "transfer")), ("销号", Sheet.struck),
            ("其中已整改", lambda s: s.struck("fixed")), ("期末在办", Sheet.open), ("期末逾期未结", Sheet.overdue),
        ):  # fmt: skip
            rows.append([name, n(ask(now)), n(ask(past)), moved(len(ask(now)), len(ask(past)))])
        rows += [self._rate("按期销号率"), self._rate("公众答复按时率", "answer", "answered")]
        self.table("conclusion", f"{self.this}主要指标", rows)

    def _rate(self, name, clock="treat", done="closed"):
        pair = [of(*reversed(sheet.due(clock, done)[:2])) for sheet in (self.now, self.past)]
        return [name, *pair, moved_points(*pair)]

    def coverage(self):
        figures, rows = public.coverage(self.store, self.boards, *self.span.edges())
        for name, value in figures.items():
            self.figure("coverage", name, value)
        self.found["coverage#各数据源"] = rows

    def new(self):
        for title, head, name in (
            ("按领域和等级", "各领域的等级", self.now.topic),
            ("按市州和等级", "各市州的等级", self.now.place),
        ):
            rows, total = self.now.levels(name)
            self.table("new", title, rows, ["合计", *total] if rows else None)
            if len(rows) > 1:
                self.found[f"new~{head}"] = sorted((row[0], *(cell[0] for cell in row[1:4])) for row in rows)
        rows, total = self.now.levels(lambda k, s: (*self.now.place(k, s), *self.now.topic(k, s)))
        if rows:
            self.table("crossed", "市州与领域交叉", rows, ["合计", "", *total])

    def key(self):
        found = self.now.key_items()
        self.found["key|items"] = (min(len(found), 30), found)
        if len(found) > 30:
            # Open before closed, grave before light, soonest due first.
            def urgency(k):
                s = self.now.after[k]
                return (not s["open"], -s["level"], s["treat"] or self.now.until, k)

            self.figure("key", "未逐件列出的重点隐患", n(sorted(found, key=urgency)[30:]))

    def mechanisms(self):
        self.table("mechanisms", "清单收支", [self.now.balance()])
        self.four("mechanisms")
        self.units("mechanisms")
        self.outcomes("mechanisms")
        quiet, fixed = self.now.bud()
        self.figure("mechanisms", "已整改", n(fixed))
        self.figure("mechanisms", "萌芽化解率", of(quiet, fixed))
        sheets = [Sheet(self.store, *self.span.edges(back)) for back in reversed(range(self.span.trend))]
        labels = [self.span.label(back) for back in reversed(range(self.span.trend))]
        began = self.store.entries[0]["at"]
        seen = [began < sheet.until for sheet in sheets]
        flows = {"新列单": lambda s: s.did("list"), "销号": Sheet.struck, "新逾期": Sheet.breached}
        unit = "周" if self.this == "本周" else "月"
        self.chart("mechanisms", f"近{len(labels)}{unit}新列单、销号与新逾期", labels, {
            name: [len(ask(s)) if known else None for s, known in zip(sheets, seen, strict=True)]
            for name, ask in flows.items()
        })  # fmt: skip
        shares = [round(100 * len(q) / len(f)) if f else None for q, f in (sheet.bud() for sheet in sheets)]
        if sum(value is not None for value in shares) > 1:
            self.chart("mechanisms", "萌芽化解率的走势", labels, {"萌芽化解率": shares})

    def four(self, section):
        before, rows = self.past.moves(), []
        groups = ["交办制"] * 5 + ["台账制"] * 3 + ["销号制"] * 5 + ["通报制"] * 2
        for group, (name, value) in zip(groups, self.now.moves().items(), strict=True):
            rows.append([group, name, value, before[name], moved(value[0], before[name][0])])
        self.table(section, "四制运行", rows)

    def outcomes(self, section):
        rows, total = self.now.outcomes()
        self.table(section, "销号结果", rows, ["合计", total])

    def units(self, section):
        rows, total = units.table(self.now, self.past)
        self.table(section, "各单位办理情况", rows, total)
        owing = sum(row[4][0] > 0 for row in rows)
        if owing > 1:
            self.found[f"{section}~应结事项的去向"] = (
                sorted(tuple(cell[0] for cell in row[5:8]) for row in rows if row[4][0]) if owing <= 14 else 14
            )

    def named(self):
        self.figure("named", "逾期未结", n(self.now.overdue()))
        self.table("named", "逾期未结", self.now.overdue_rows())
        self.table("named", f"{self.this}退回", self.now.returned_rows())

    def answers(self):
        whole, on_time, late, still = self.now.due("answer", "answered")
        for name, value in (
            ("应答复", n(whole)), ("按时答复", n(on_time)), ("逾期后答复", n(late)), ("仍未答复", n(still)),
            ("按时率", of(on_time, whole)), ("期末逾期未答复", n(self.now.unanswered())),
        ):  # fmt: skip
            self.figure("answers", name, value)
        self.table("answers", "期末逾期未答复", self.now.unanswered_rows())

    def heat(self):
        since, until = self.span.edges()
        this, last = (public.said(self.store, *self.span.edges(back)) for back in (0, 1))
        flagged = [p for p in this if p["flagged"]]
        self.figure("heat", "发帖", n(public.ids(this)))
        self.figure("heat", f"{self.last}发帖", n(public.ids(last)))
        self.figure("heat", "提示研判", n(public.ids(flagged)))
        days = self.span.days
        self.chart("heat", "每日发帖", [f"{d.month}-{d.day}" if len(days) == 7 else str(d.day) for d in days], {
            "发帖": public.by_day(this, days), "提示研判": public.by_day(flagged, days),
        })  # fmt: skip
        rows, loud = public.bursts(self.store, since, until, self.span.edges(self.span.earlier)[0], self.span.earlier)
        self.table("heat", "突增事件", rows)
        shown = [(now, usual) for _event, now, usual in loud if now > 1][:10]
        if shown:
            self.found[f"heat~{self.this}发帖最多的事件"] = {
                self.this: [a for a, _b in shown],
                self.usual: [b for _a, b in shown],
            }

    def review(self):
        for name, value in public.review(self.store, *self.span.edges()).items():
            self.figure("review", name, value)

    def next(self):
        self.figure("next", f"{self.coming}到期", n(self.now.coming(self.end)))
        self.table("next", f"{self.coming}到期", self.now.coming_rows(self.end))

    def annex(self):
        acts = self.store.between(*self.span.edges())
        self.found[f"ledger#{self.this}台账"] = [str(e["seq"]) for e in acts[:300]]

    def report(self):
        """The weekly or the monthly report."""
        for part in (
            self.conclusion, self.coverage, self.new, self.key, self.mechanisms, self.named, self.answers, self.heat,
            self.review, self.next, self.annex,
        ):  # fmt: skip
            part()
        return self.found

    def circular(self):
        found = units.standing(self.now).values()
        every = {name: [record for s in found for record in s[name]] for name in units.HEADS}
        for name, heading in (
            ("交办", "assign"), ("应结", "owed"), ("按期销号", "on_time"), ("逾期后销号", "late"), ("逾期未结", "overdue"),
        ):  # fmt: skip
            self.figure("whole", name, n(every[heading]))
        self.figure("whole", "按期率", of(every["on_time"], every["owed"]))
        self.units("units")
        named = units.named(self.now, self.free)
        records = {record for keys in named.values() for record in keys}
        self.figure("named", "点名事项", n(records))
        self.table("named", "点名单位与依据", [
            [unit, rule, n(keys), "、".join(sorted({k.partition("#")[0][5:] for k in keys}))]
            for (unit, rule), keys in named.items()
        ])  # fmt: skip
        self.table("overdue", "逾期未结", self.now.overdue_rows())
        rows = self.now.told_rows("risk.withdraw", 60)
        if rows:
            self.table("withdrawn", "撤单", rows)
        return self.found


_WHOLE = ("各数据源",)


def stated(content):
    """Every figure, table, list and chart of a paper, in the form of `Recount.found`."""
    found = {}

    def put(where, value):
        assert where not in found, where
        found[where] = value

    # The definitions are words: another test reads them.
    for section in [*content["sections"], *(part for part in content["annex"] if part["key"] != "definitions")]:
        for block in section["blocks"]:
            where = section["key"]
            title = (block.get("title") or "").split("（")[0]
            if block["type"] == "text":
                for f in block["figures"]:
                    put(f"{where}|{f['name']}", value_of(f))
            elif block["type"] == "items":
                keys = [k for item in block["items"] for k in item["r"]]
                rest = [k for b in section["blocks"] if b["type"] == "text" for f in b["figures"] for k in f["r"]]
                put(f"{where}|items", (len(keys), {*keys, *rest}))
            elif block["type"] == "chart":
                put(f"{where}~{title}", (block["labels"], {s["name"]: s["values"] for s in block["series"]}))
            else:
                rows = [[value_of(cell) for cell in row] for row in block["rows"]]
                total = [value_of(cell) for cell in block["total"]] if block["total"] else None
                put(
                    f"{where}#{title}",
                    (sorted(map(repr, rows)), total and repr(total))
                    if title not in _WHOLE and where != "ledger"
                    else rows,
                )
    return found


def value_of(cell):
    if not isinstance(cell, dict):
        return cell
    records = tuple(sorted(cell["r"]))
    return (cell["n"], cell["of"], records) if "of" in cell else (cell["v"] or 0, records)
