"""The rows as the store has them, and what an item was at a moment by its entries before it."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta

EAST = timedelta(hours=8)
OPEN = {"listed", "assigned", "returned", "handling", "submitted", "approving"}
LEVELS = {3: "重大", 2: "较大", 1: "一般"}
STATES = {
    "listed": "已列单", "assigned": "已交办（待签收）", "returned": "已退回（待裁定）", "handling": "办理中",
    "submitted": "申请销号（待核查）", "approving": "待批准", "closed": "已销号", "withdrawn": "已撤单",
}  # fmt: skip
TOPICS = {
    "road": "道路设施", "project": "规划建设", "transit": "公交客运", "taxi": "出租网约", "rail": "轨道铁路民航",
    "charge": "收费票价", "enforce": "执法治理", "traffic": "交通组织", "freight": "货运物流", "water": "水运港航",
    "service": "驾培车管", "labour": "从业者权益", "other": "其他交通",
}  # fmt: skip


def rows(connection, table, *columns):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1")  # names from this file only
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def when(value):
    """A time of the store as aware UTC, however the database hands it out."""
    if value is None or value == "":
        return None
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Store:
    """Everything read once."""

    def __init__(self, connection):
        self.entries = rows(
            connection,
            "ledger_entry",
            "seq",
            "at",
            "act",
            "subject",
            "actor",
            "from_state",
            "to_state",
            "reason",
            "data",
        )
        for entry in self.entries:
            entry["data"], entry["at"] = json.loads(entry["data"]), when(entry["at"])
        self.risks = {
            f"risk:{r['number']}": r
            for r in rows(connection, "risks_risk", "number", "problem", "place", "topic", "event_id")
        }
        self.units = {u["code"]: u for u in rows(connection, "accounts_unit", "code", "name", "prefecture")}
        self.posts = rows(connection, "posts_post", "id", "published_at", "discovered_at", "flagged", "event_id")
        for post in self.posts:
            post["found"] = when(post["discovered_at"])
            post["said"] = when(post["published_at"]) or post["found"]
        self.events = {e["id"]: e for e in rows(connection, "posts_event", "id", "title", "place", "level", "flagged")}
        self.verdicts = rows(connection, "posts_verdict", "id", "event_id", "decision", "at", "labels", "machine")
        for verdict in self.verdicts:
            verdict["at"] = when(verdict["at"])
            for name in ("labels", "machine"):
                value = verdict[name]
                verdict[name] = json.loads(value) if isinstance(value, str) else value
        self.runs = rows(connection, "intake_crawlrun", "id", "source", "state", "finished_at")
        for run in self.runs:
            run["at"] = when(run["finished_at"])
        self.of = defaultdict(list)
        for entry in self.entries:
            self.of[entry["subject"]].append(entry)

    def unit(self, code):
        return self.units[code]["name"] if code in self.units else code or "未交办"

    def at(self, moment):
        """{key: what the item was just before `moment`} of every item listed by then."""
        found = {}
        for key in self.risks:
            past = [entry for entry in self.of[key] if entry["at"] < moment]
            if past:
                found[key] = stand(past)
        return found

    def between(self, since, until):
        return [e for e in self.entries if since <= e["at"] < until]

    def place_of(self, key, unit):
        if unit in self.units and self.units[unit]["prefecture"]:
            return self.units[unit]["prefecture"]
        names = {u["prefecture"] for u in self.units.values() if u["prefecture"]}
        named = [name for name in names if name in self.risks[key]["place"]]
        return named[0] if len(named) == 1 else "地点未明"

    def posts_of(self, key):
        return [post for post in self.posts if post["event_id"] == self.risks[key]["event_id"]]


def stand(entries):
    """One item after `entries`."""
    s = dict.fromkeys(("listed", "assigned", "answered", "submitted", "closed", "sign", "treat", "answer"))
    s |= {"state": "", "level": 0, "topic": "", "unit": "", "outcome": "", "back": 0, "again": 0, "supervised": False}
    for e in entries:
        act, data, at = e["act"].split(".")[1], e["data"], e["at"]
        s |= changes(s, act, data, at)
        if e["to_state"] in ("closed", "withdrawn") and e["from_state"] != e["to_state"]:
            s["closed"] = at
        for clock, due in data.get("due", {}).items():
            s[clock] = when(due)
        s["state"] = e["to_state"]
    s["open"] = s["state"] in OPEN
    return s


def changes(s, act, data, at):
    """What one entry changes."""
    told = {name: data[name] for name in ("level", "topic", "unit", "outcome") if name in data}
    if act == "list":
        return {"level": data["level"], "topic": data["topic"], "listed": at}
    if act == "submit":
        return {"outcome": data["outcome"], "submitted": at, "answered": s["answered"] or at}
    if act == "answer":
        return {"answered": s["answered"] or at}
    if act == "send_back":
        kept = None if s["answered"] == s["submitted"] else s["answered"]
        return {"answered": kept, "back": s["back"] + 1, "submitted": None}
    if act == "reopen":
        gone = dict.fromkeys(("closed", "answered", "submitted"))
        return gone | {"level": data["level"], "assigned": at, "outcome": "", "again": s["again"] + 1}
    by_act = {
        "assign": ("unit",),
        "reassign": ("unit",),
        "transfer": ("unit",),
        "retopic": ("topic",),
        "relevel": ("level",),
    }
    return {name: told[name] for name in by_act.get(act, ())} | ({"supervised": True} if act == "supervise" else {})


def short(moment):
    return f"{moment + EAST:%m-%d %H:%M}" if moment else "—"


def long_for(hours):
    days, rest = int(hours) // 24, int(hours) % 24
    if days:
        return f"{days}天{rest}小时" if rest else f"{days}天"
    return f"{max(rest, 1)}小时"


def cut(words, limit):
    line = " ".join(words.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
