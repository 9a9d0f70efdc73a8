"""The bare SQL aggregates that a weekly report needs, as somebody who knows SQL would write them over the sheet's columns.

Only counts where the report counts, and rows where it prints rows; no record lists, no replay of the ledger, no sentences.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import connection

from tracker.ledger.models import moment_text
from tracker.reports.periods import Week

_OPEN: Final = "('listed', 'assigned', 'returned', 'handling', 'submitted', 'approving')"
_LATE: Final = (
    f"state IN {_OPEN} AND treat_due < %(end)s AND NOT (submitted_at IS NOT NULL AND submitted_at <= treat_due)"
)
_SAID: Final = "((published_at >= %(start)s AND published_at < %(end)s) OR (published_at IS NULL AND discovered_at >= %(start)s AND discovered_at < %(end)s)) AND event_id IS NOT NULL"

# Asked for the week and for the week before it.
EACH: Final = {
    "listed": """SELECT u.prefecture, r.topic, r.level, COUNT(*) FROM risks_risk r LEFT JOIN accounts_unit u ON u.id = r.unit_id
        WHERE r.listed_at >= %(start)s AND r.listed_at < %(end)s GROUP BY 1, 2, 3""",
    "acts": "SELECT act, COUNT(*) FROM ledger_entry WHERE at >= %(start_text)s AND at < %(end_text)s GROUP BY act",
    "outcomes": """SELECT data, COUNT(*) FROM ledger_entry WHERE to_state = 'closed' AND from_state <> 'closed'
        AND at >= %(start_text)s AND at < %(end_text)s GROUP BY data""",
    "open": "SELECT COUNT(*) FROM risks_risk WHERE listed_at < %(end)s AND (closed_at IS NULL OR closed_at >= %(end)s)",
    "due": """SELECT COUNT(*), SUM(CASE WHEN submitted_at <= treat_due THEN 1 ELSE 0 END), SUM(CASE WHEN closed_at IS NULL THEN 1 ELSE 0 END)
        FROM risks_risk WHERE treat_due >= %(start)s AND treat_due < %(end)s AND state <> 'withdrawn'""",
    "answers": """SELECT COUNT(*), SUM(CASE WHEN answered_at <= answer_due THEN 1 ELSE 0 END), SUM(CASE WHEN answered_at IS NULL THEN 1 ELSE 0 END)
        FROM risks_risk WHERE answer_due >= %(start)s AND answer_due < %(end)s AND state <> 'withdrawn'""",
    "units": """SELECT unit_id, COUNT(*), SUM(CASE WHEN submitted_at <= treat_due THEN 1 ELSE 0 END), SUM(CASE WHEN closed_at IS NULL THEN 1 ELSE 0 END)
        FROM risks_risk WHERE treat_due < %(end)s AND state <> 'withdrawn'
        AND (closed_at IS NULL OR closed_at >= %(start)s OR treat_due >= %(start)s) GROUP BY unit_id""",
    "posts": f"SELECT COUNT(*), SUM(CASE WHEN flagged THEN 1 ELSE 0 END) FROM posts_post WHERE {_SAID}",
}  # fmt: skip
ONCE: Final = {
    "days": f"SELECT substr(CAST(published_at AS text), 1, 10), COUNT(*) FROM posts_post WHERE {_SAID} GROUP BY 1",
    "heat": f"SELECT event_id, COUNT(*) FROM posts_post WHERE {_SAID} GROUP BY event_id",
    "usual": f"""SELECT event_id, COUNT(*) FROM posts_post WHERE published_at >= %(four)s AND published_at < %(start)s
        AND event_id IN (SELECT event_id FROM posts_post WHERE {_SAID}) GROUP BY event_id""",
    "events": f"SELECT id, title, place, level FROM posts_event WHERE id IN (SELECT event_id FROM posts_post WHERE {_SAID})",
    "overdue": f"SELECT number, problem, level, unit_id, treat_due, state FROM risks_risk WHERE {_LATE} ORDER BY treat_due",
    "unanswered": f"""SELECT number, problem, unit_id, answer_due FROM risks_risk
        WHERE state IN {_OPEN} AND answered_at IS NULL AND answer_due < %(end)s ORDER BY answer_due""",
    "coming": f"""SELECT number, problem, level, unit_id, treat_due, state FROM risks_risk
        WHERE state IN {_OPEN} AND treat_due >= %(end)s AND treat_due < %(next)s ORDER BY level DESC, treat_due""",
    "key": f"""SELECT number, problem, place, level, unit_id, treat_due, state FROM risks_risk
        WHERE (level = 3 OR recurrences > 0 OR send_backs > 1) AND state IN {_OPEN} ORDER BY level DESC, treat_due""",
    "returned": "SELECT subject, reason, data FROM ledger_entry WHERE act = 'risk.return' AND at >= %(start_text)s AND at < %(end_text)s",
    "flow": """SELECT act, substr(at, 1, 10), COUNT(*) FROM ledger_entry WHERE at >= %(eight_text)s AND at < %(end_text)s
        AND (act IN ('risk.list', 'risk.breach') OR to_state = 'closed') GROUP BY 1, 2""",
    "voices": """SELECT r.number, COUNT(*) FROM risks_risk r JOIN posts_post p ON p.event_id = r.event_id
        WHERE r.closed_at >= %(eight)s AND r.closed_at < %(end)s AND p.discovered_at <= r.closed_at GROUP BY r.number""",
    "verdicts": "SELECT decision, COUNT(*) FROM posts_verdict WHERE at >= %(start)s AND at < %(end)s GROUP BY decision",
    "pending": """SELECT e.id FROM posts_event e WHERE e.flagged
        AND NOT EXISTS (SELECT 1 FROM posts_verdict v WHERE v.event_id = e.id AND v.at < %(end)s)
        AND EXISTS (SELECT 1 FROM posts_post p WHERE p.event_id = e.id AND p.discovered_at < %(end)s)""",
    "runs": "SELECT source, state, COUNT(*) FROM intake_crawlrun WHERE finished_at >= %(start)s AND finished_at < %(end)s GROUP BY 1, 2",
    "ledger": "SELECT seq, at, act, subject, actor, reason FROM ledger_entry WHERE at >= %(start_text)s AND at < %(end_text)s ORDER BY seq LIMIT 300",
}  # fmt: skip


def run(week: Week) -> dict[str, list[tuple[Any, ...]]]:
    """Every query's rows."""
    found = {}
    for name, sql in EACH.items():
        found[name] = _rows(sql, week)
        found[f"{name} before"] = _rows(sql, week.shifted(-1))
    return found | {name: _rows(sql, week) for name, sql in ONCE.items()}


def _rows(sql: str, week: Week) -> list[tuple[Any, ...]]:
    moments = {
        "start": week.since, "end": week.until, "next": week.shifted(1).until, "four": week.shifted(-4).since,
        "eight": week.shifted(-7).since,
    }  # fmt: skip
    given = {name: connection.ops.adapt_datetimefield_value(moment) for name, moment in moments.items()}
    given |= {f"{name}_text": moment_text(moment) for name, moment in moments.items()}
    with connection.cursor() as cursor:
        cursor.execute(sql, {name: value for name, value in given.items() if f"%({name})s" in sql})
        return cursor.fetchall()
