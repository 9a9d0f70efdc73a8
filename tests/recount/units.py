"""The standing of the units, and whom the circular must name, counted again."""

from __future__ import annotations

from datetime import timedelta

from tests.recount.raw import EAST
from tests.recount.sheet import applied, key, n, of

HEADS = ("assign", "owed", "on_time", "late", "overdue", "send_back", "return", "reopen")


def in_charge(entries, seq):
    """The unit in charge when entry `seq` was done (for an assignment, the unit that received)."""
    unit = ""
    for e in entries:
        if e["seq"] > seq:
            break
        if e["act"] in ("risk.assign", "risk.reassign", "risk.transfer"):
            unit = e["data"]["unit"]
    return unit


def standing(sheet):
    """{unit: {heading: records, "lost": hours}}."""
    found = {}

    def add(unit, heading, record):
        found.setdefault(unit, {name: [] for name in HEADS} | {"lost": 0.0})[heading].append(record)

    for k, s in sheet.after.items():
        if s["unit"] and s["state"] != "withdrawn" and s["treat"] and s["treat"] < sheet.until:
            settled_before = s["closed"] and s["closed"] < sheet.since and s["treat"] < sheet.since
            if not settled_before and not (s["open"] and applied(s)):
                add(s["unit"], "owed", k)
                add(s["unit"], "overdue" if not s["closed"] else "on_time" if applied(s) else "late", k)
    for e in sheet.acts:
        name = {"risk.reassign": "assign", "risk.transfer": "assign"}.get(e["act"], e["act"].removeprefix("risk."))
        unit = in_charge(sheet.store.of[e["subject"]], e["seq"])
        if name in ("assign", "send_back", "return", "reopen") and unit:
            add(unit, name, key(e))
    for unit, hours in away(sheet):
        found.setdefault(unit, {name: [] for name in HEADS} | {"lost": 0.0})["lost"] += hours
    return found


def away(sheet):
    """(unit, hours within the period) of each stay as returned."""
    for k in sheet.after:
        entries = [e for e in sheet.store.of[k] if e["at"] < sheet.until]
        for at, e in enumerate(entries):
            if e["act"] == "risk.return":
                left = next(
                    (later["at"] for later in entries[at + 1 :] if later["to_state"] != "returned"), sheet.until
                )
                hours = (min(left, sheet.until) - max(e["at"], sheet.since)) / timedelta(hours=1)
                if hours > 0:
                    yield in_charge(entries, e["seq"]), hours


def ranks(found):
    """{unit: rank} of those that owed anything; equals share a rank."""
    merit = {
        unit: (-len(s["on_time"]) / len(s["owed"]), len(s["overdue"]), len(s["send_back"]))
        for unit, s in found.items()
        if s["owed"]
    }
    return {unit: 1 + sum(other < mine for other in merit.values()) for unit, mine in merit.items()}


def table(sheet, past):
    """Rows and total of the table of units."""
    found, rank, earlier = standing(sheet), ranks(standing(sheet)), ranks(standing(past))
    rows = []
    for unit, s in found.items():
        place = rank.get(unit)
        step = "—" if place is None else "新" if unit not in earlier else shift(place, earlier[unit])
        rows.append([str(place or "—"), step, sheet.store.unit(unit), *cells([s]), f"{s['lost']:.1f}"])
    lost = sum(s["lost"] for s in found.values())
    return rows, ["", "", "合计", *cells(list(found.values())), f"{lost:.1f}"] if rows else None


def shift(now, before):
    return "平" if now == before else f"↑{before - now}" if now < before else f"↓{now - before}"


def cells(group):
    every = {name: [record for s in group for record in s[name]] for name in HEADS}
    first = [n(every[name]) for name in ("assign", "owed", "on_time", "late", "overdue")]
    return [
        *first,
        of(every["on_time"], every["owed"]),
        *(n(every[name]) for name in ("send_back", "return", "reopen")),
    ]


def named(sheet, free):
    """{(unit name, rule): records} of the circular."""
    found = {}

    def add(unit, rule, record):
        found.setdefault((sheet.store.unit(unit), rule), []).append(record)

    for k in sheet.overdue():
        s = sheet.after[k]
        if s["level"] == 3:
            add(s["unit"], "重大隐患逾期未结", k)
        reminded = [e["at"] for e in sheet.store.of[k] if e["act"] == "risk.remind" and e["at"] < sheet.until]
        if reminded and worked(max(s["treat"], min(reminded)), sheet.until, free) > 5:
            add(s["unit"], "催办后逾期超过5个工作日仍未结", k)
    for unit, s in standing(sheet).items():
        if len(s["send_back"]) >= 2:
            for record in s["send_back"]:
                add(unit, "本期被发回重办2件次以上", record)
    for k in sheet.after:
        entries, gave = sheet.store.of[k], None
        for e in entries:
            if e["act"] == "risk.return":
                gave = in_charge(entries, e["seq"])
            elif e["act"] == "risk.reassign":
                if e["data"]["unit"] == gave and sheet.since <= e["at"] < sheet.until:
                    add(gave, "退回后经裁定仍由本单位办理", key(e))
                gave = None
    return found


def worked(start, end, free):
    """Working days after the day of `start` up to the last whole day before `end`."""
    day, last, days = (start + EAST).date(), (end + EAST - timedelta(microseconds=1)).date(), 0
    while day < last:
        day += timedelta(days=1)
        days += day not in free
    return days
