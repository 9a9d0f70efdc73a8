"""Entries played again: the table is kept, and what it does not allow is named."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from tracker.risks.replay import COLUMNS, Unlawful, differences, replayed

AT = "2026-11-23T02:00:00.000000+00:00"


def entry(seq, act, before, after, *, roles="analyst", actor="p", **data):
    return SimpleNamespace(
        seq=seq, at=AT, actor=actor, roles=roles, act=f"risk.{act}", from_state=before, to_state=after,
        data=json.dumps(data),
    )  # fmt: skip


LISTED = entry(1, "list", "", "listed", level=2, due={"answer": "2026-11-25T02:00:00+00:00"})
ASSIGNED = entry(2, "assign", "listed", "assigned", roles="dispatcher", unit="road")
SIGNED = entry(3, "sign", "assigned", "handling", roles="handler")


def test_a_short_story():
    standing = replayed([LISTED, ASSIGNED, SIGNED])
    assert set(standing) == set(COLUMNS)
    assert standing["state"] == "handling"
    assert standing["unit"] == "road"
    assert standing["version"] == 3
    assert standing["signed_at"] == standing["assigned_at"] == AT
    assert standing["answer_due"] == "2026-11-25T02:00:00.000000+00:00"


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([ASSIGNED], "entry 2: risk.assign starts from 'listed', the risk stood at ''"),
        ([entry(1, "sign", "", "handling", roles="handler")], "cannot lead from ''"),
        ([LISTED, LISTED], "starts from ''"),
        (
            [LISTED, entry(2, "assign", "listed", "closed", roles="dispatcher", unit="x")],
            "cannot lead from 'listed' to",
        ),
        ([LISTED, entry(2, "sign", "listed", "handling", roles="handler")], "cannot lead from 'listed'"),
        ([LISTED, entry(2, "assign", "listed", "assigned", roles="handler", unit="x")], "without a role for it"),
        ([LISTED, entry(2, "relevel", "listed", "listed", roles="handler", level=1)], "without a role for it"),
        ([LISTED, entry(2, "explode", "listed", "closed")], "no act of the lifecycle"),
    ],
)
def test_what_the_table_does_not_allow_is_named(entries, said):
    with pytest.raises(Unlawful, match=said):
        replayed(entries)


def test_level_three_does_not_close_on_a_verification():
    road = [
        LISTED,
        ASSIGNED,
        SIGNED,
        entry(4, "submit", "handling", "submitted", roles="handler", outcome="x", answer="y"),
    ]
    raised = entry(5, "relevel", "submitted", "submitted", level=3)
    assert replayed([*road, entry(5, "verify", "submitted", "closed", roles="verifier")])["closed_at"] == AT
    with pytest.raises(Unlawful, match="cannot lead"):
        replayed([*road, raised, entry(6, "verify", "submitted", "closed", roles="verifier")])


def test_passing_time_makes_no_page_stale_and_rules_may_raise():
    late = entry(3, "breach", "assigned", "assigned", roles="system", purpose="sign")
    rule = entry(4, "relevel", "assigned", "assigned", roles="system", level=3)
    assert replayed([LISTED, ASSIGNED, late])["version"] == 2
    assert replayed([LISTED, ASSIGNED, late, rule])["level"] == 3


def test_differences_name_column_and_both_values():
    standing = replayed([LISTED])
    assert differences(standing, standing) == []
    assert differences({**standing, "level": 1}, standing) == ["level is 1 on the sheet, 2 by the ledger"]
