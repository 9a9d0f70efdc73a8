"""The tables that rest on the ledger, counted again."""

from __future__ import annotations

from datetime import timedelta

from tests.recount.raw import LEVELS, STATES, TOPICS, cut, long_for, short

HOUR = timedelta(hours=1)
OUTCOMES = {
    "fixed": "已整改", "partly": "部分整改", "explained": "解释说明", "not_ours": "非本部门", "duplicate": "重复",
    "not_found": "查无此事",
}  # fmt: skip
RETURNS = {
    "jurisdiction": "不属本单位管辖", "territory": "不在本辖区", "duplicate": "与在办事项重复",
    "incomplete": "地点或对象不明，无法核查",
}  # fmt: skip


def n(keys):
    """A count and the records behind it."""
    keys = list(keys)
    assert len(keys) == len(set(keys))
    return (len(keys), tuple(sorted(keys)))


def of(part, whole):
    part, whole = set(part), set(whole)
    assert part <= whole
    return (len(part), len(whole), tuple(sorted(part)))


def key(e):
    return f"{e['subject']}#{e['seq']}"


def moved(now, before):
    return "持平" if now == before else f"+{now - before}" if now > before else f"−{before - now}"


def moved_points(now, before):
    if not now[1] or not before[1]:
        return None
    step = round((round(now[0] / now[1], 6) - round(before[0] / before[1], 6)) * 100, 1)
    return "持平" if not step else f"{'+' if step > 0 else '−'}{abs(step):.1f}个百分点"


def applied(s):
    """The unit applied to strike off by the deadline, and was not sent back."""
    return s["submitted"] is not None and s["treat"] is not None and s["submitted"] <= s["treat"]


class Sheet:
    """One period: `since`, `until`, and every item just before each."""

    def __init__(self, store, since, until):
        self.store, self.since, self.until = store, since, until
        self.before, self.after = store.at(since), store.at(until)
        self.acts = [e for e in store.between(since, until) if e["subject"] in store.risks]

    def did(self, *names):
        return [key(e) for e in self.acts if e["act"].removeprefix("risk.") in names]

    def struck(self, outcome=None):
        return [
            key(e)
            for e in self.acts
            if e["to_state"] == "closed" and e["from_state"] != "closed"
            if outcome is None or e["data"]["outcome"] == outcome
        ]

    def breached(self):
        return [key(e) for e in self.acts if e["act"] == "risk.breach" and e["data"]["purpose"] == "treat"]

    def listed(self):
        return [k for k, s in self.after.items() if self.since <= s["listed"] < self.until]

    def open(self, shots=None):
        return [k for k, s in (self.after if shots is None else shots).items() if s["open"]]

    def overdue(self):
        return [
            k for k, s in self.after.items() if s["open"] and s["treat"] and s["treat"] < self.until and not applied(s)
        ]

    def due(self, clock="treat", done="closed"):
        """(whole, in time, late, not yet) of what fell due."""
        whole = [
            k
            for k, s in self.after.items()
            if s[clock] and self.since <= s[clock] < self.until and s["state"] != "withdrawn"
        ]
        met = [k for k in whole if self.after[k][done] or (clock == "treat" and applied(self.after[k]))]
        if clock == "treat":
            on_time = [k for k in met if applied(self.after[k])]
        else:
            on_time = [k for k in met if self.after[k][done] <= self.after[k][clock]]
        return whole, on_time, [k for k in met if k not in on_time], [k for k in whole if k not in met]

    def unanswered(self):
        return [
            k
            for k, s in self.after.items()
            if s["open"] and not s["answered"] and s["answer"] and s["answer"] < self.until
        ]

    def coming(self, end):
        return [k for k, s in self.after.items() if s["open"] and s["treat"] and self.until <= s["treat"] < end]

    def levels(self, name):
        """Rows of a table of levels, of what was listed, by `name(key, shot)`; the total last."""
        listed = self.listed()
        groups = {}
        for k in listed:
            groups.setdefault(name(k, self.after[k]), []).append(k)
        return [[*label, *self._by_level(ks)] for label, ks in groups.items()], self._by_level(listed)

    def _by_level(self, keys):
        return [*(n(k for k in keys if self.after[k]["level"] == level) for level in LEVELS), n(keys)]

    def topic(self, k, _shot):
        return (TOPICS[self.after[k]["topic"]],)

    def place(self, k, shot):
        return (self.store.place_of(k, shot["unit"]),)

    def number(self, k):
        return k.removeprefix("risk:")

    def words(self, k, limit):
        return cut(self.store.risks[k]["problem"], limit)

    def overdue_rows(self):
        return [
            [self.number(k), self.words(k, 36), LEVELS[s["level"]], self.store.unit(s["unit"]), short(s["treat"]),
             long_for((self.until - s["treat"]) / HOUR), STATES[s["state"]]]
            for k in self.overdue() for s in [self.after[k]]
        ]  # fmt: skip

    def unanswered_rows(self):
        return [
            [self.number(k), self.words(k, 40), self.store.unit(s["unit"]), short(s["answer"]),
             long_for((self.until - s["answer"]) / HOUR)]
            for k in self.unanswered() for s in [self.after[k]]
        ]  # fmt: skip

    def coming_rows(self, end, limit=60):
        found = sorted(self.coming(end), key=lambda k: (-self.after[k]["level"], self.after[k]["treat"], k))[:limit]
        return [
            [self.number(k), self.words(k, 36), LEVELS[s["level"]], self.store.unit(s["unit"]), short(s["treat"]),
             STATES[s["state"]]]
            for k in found for s in [self.after[k]]
        ]  # fmt: skip

    def returned_rows(self):
        return [
            [self.number(e["subject"]), self.words(e["subject"], 30), self.store.unit(e["data"]["unit"]), short(e["at"]),
             f"{RETURNS[e['data']['reason_code']]}：{cut(e['reason'], 40)}", STATES[self.after[e["subject"]]["state"]]]
            for e in self.acts if e["act"] == "risk.return"
        ]  # fmt: skip

    def told_rows(self, act, limit):
        """Withdrawn or reopened, one by one."""
        return [
            [self.number(e["subject"]), self.words(e["subject"], 36), self.store.unit(self.after[e["subject"]]["unit"]),
             short(e["at"]), cut(e["reason"], limit)]
            for e in self.acts if e["act"] == act
        ]  # fmt: skip

    def outcomes(self):
        return [[label, n(self.struck(code))] for code, label in OUTCOMES.items()], n(self.struck())

    def balance(self):
        return [
            n(self.open(self.before)), n(self.did("list")), n(self.did("reopen")), n(self.struck()), n(self.did("withdraw")),
            n(self.open()),
        ]  # fmt: skip

    def moves(self):
        return {
            "交办": n(self.did("assign")), "签收": n(self.did("sign")), "退回": n(self.did("return")),
            "裁定后重新交办": n(self.did("reassign")), "转办": n(self.did("transfer")), "填报进展、上传凭证": n(self.did("progress", "attach")),
            "催办": n(self.did("remind")), "督办": n(self.did("supervise")), "申请销号": n(self.did("submit")),
            "核查通过并销号": n(self.struck()), "发回重办": n(self.did("send_back")), "复发重办": n(self.did("reopen")),
            "撤单": n(self.did("withdraw")), "期末逾期未结": n(self.overdue()), "期末逾期未答复": n(self.unanswered()),
        }  # fmt: skip

    def voices(self, closing):
        """How many source posts a struck-off item had by then."""
        return sum(post["found"] <= closing["at"] for post in self.store.posts_of(closing["subject"]))

    def bud(self):
        """(quiet, fixed) strikings-off."""
        fixed = [e for e in self.acts if key(e) in set(self.struck("fixed"))]
        return [key(e) for e in fixed if self.voices(e) < 5], [key(e) for e in fixed]

    def key_items(self):
        """The numbers of the key risks, in any order."""
        touched = {e["subject"] for e in self.acts}
        return {
            k
            for k, s in self.after.items()
            if s["state"] != "withdrawn"
            and (s["level"] == 3 or s["supervised"] or s["again"] or s["back"] >= 2)
            and (s["open"] or k in touched)
        }
