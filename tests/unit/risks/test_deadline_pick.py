"""The most specific row of the table of periods holds, whatever order the rows come in."""

from __future__ import annotations

from itertools import permutations

import pytest

from tracker.risks.deadlines import NoRule, pick
from tracker.risks.models import DeadlineRule

ROWS = [("hazard", 3, 1), ("hazard", 0, 2), ("*", 3, 3), ("*", 0, 4)]


def rules(rows, purpose="treat"):
    return [DeadlineRule(purpose=purpose, kind=k, level=n, amount=a, unit="hours") for k, n, a in rows]


@pytest.mark.parametrize(
    ("kind", "level", "amount"),
    [("hazard", 3, 1), ("hazard", 2, 2), ("complain", 3, 3), ("complain", 1, 4)],
)
def test_kind_and_level_beat_kind_beats_level_beats_any(kind, level, amount):
    for order in permutations(ROWS):
        assert pick(rules(order), "treat", kind, level).amount == amount


def test_rows_of_another_purpose_or_kind_do_not_count():
    with pytest.raises(NoRule, match="treat / ask / 1"):
        pick(rules(ROWS, "sign") + rules([("hazard", 1, 1)]), "treat", "ask", 1)
