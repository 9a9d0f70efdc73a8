"""Rows for papers without a database: lawful histories of risks, told as steps."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import count

from tracker.ledger.models import moment_text
from tracker.reports.facts import ActRow, Facts, LedgerHead, RiskRow, RunRow, SourceRow, UnitRow
from tracker.reports.periods import Week
from tracker.risks.lifecycle import TABLE, Act, State

WEEK = Week(2026, 47)
MONDAY = WEEK.since
UNITS = {
    code: UnitRow(code, f"{town}交通运输局", town)
    for code, town in (("aa", "青川市"), ("bb", "白石市"), ("cc", "临江市"))
}


# The acts whose entries this module can write, with what each brings along.
TOLD = (
    Act.ASSIGN, Act.SIGN, Act.RETURN, Act.REASSIGN, Act.SUBMIT, Act.VERIFY, Act.APPROVE, Act.SEND_BACK, Act.REOPEN,
    Act.WITHDRAW, Act.PROGRESS, Act.REMIND, Act.SUPERVISE,
)  # fmt: skip


def risk(
    number,
    steps,
    *,
    level=2,
    unit="aa",
    topic="road",
    place="青川市云台县",
    problem="护栏断开",
    due_after=72,
    serial=None,
):
    """`steps` are (act, moment) in order; deadlines fall `due_after` hours after listing and assignment."""
    serial = serial or count(number * 100)
    subject, state, acts, current = f"risk:YD-2026-{number:05d}", "", [], level
    for act, moment in steps:
        data = {
            Act.LIST: {"level": level, "topic": topic, "due": {"answer": later(moment, 48)}},
            Act.ASSIGN: {"unit": unit, "due": {"sign": later(moment, 24), "treat": later(moment, due_after)}},
            Act.REASSIGN: {"unit": unit, "due": {"sign": later(moment, 24)}},
            Act.RETURN: {"unit": unit, "reason_code": "territory"},
            Act.SUBMIT: {"outcome": "fixed", "answer": "已修复"},
            Act.VERIFY: {"outcome": "fixed"},
            Act.APPROVE: {"outcome": "fixed"},
            Act.REOPEN: {"level": min(level + 1, 3), "due": {"treat": later(moment, 48), "answer": later(moment, 48)}},
        }.get(act, {})
        target = State.LISTED if act is Act.LIST else TABLE[act].leads_to(State(state), current)
        role = min(TABLE[act].roles)
        acts.append(
            ActRow(next(serial), moment_text(moment), f"risk.{act}", subject, role, role, str(state), str(target), "",
                   json.dumps(data))
        )  # fmt: skip
        state, current = target, data.get("level", current)
    return RiskRow(f"YD-2026-{number:05d}", problem, place, topic, tuple(acts))


def later(moment, hours):
    return moment_text(moment + timedelta(hours=hours))


def board(name="board", hours=(), *, limit=18.0, last_before=None, due=True, failed=()):
    """A source with healthy runs at `hours` after Monday and failed ones at `failed`."""
    runs = [RunRow(name, MONDAY + timedelta(hours=h), "ok", "", healthy=True) for h in hours]
    runs += [RunRow(name, MONDAY + timedelta(hours=h), "down", "拒绝连接", healthy=False) for h in failed]
    return SourceRow(name, f"{name}问政板", due, limit, last_before, tuple(sorted(runs, key=lambda r: r.finished_at)))


def facts(risks=(), **rest):
    moves = sorted((a for r in risks for a in r.acts if WEEK.since <= a.moment < WEEK.until), key=lambda a: a.seq)
    return Facts(
        head=LedgerHead(len(moves), "0" * 64, "2026-11-03T00:00:00.000000+00:00"),
        risks=tuple(risks),
        acts=tuple(moves),
        units=UNITS,
        **rest,
    )


LONG_AFTER = datetime(2027, 1, 1, tzinfo=UTC)
