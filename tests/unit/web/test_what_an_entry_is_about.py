"""The ledger's page says in words what an entry speaks of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import translation

from tracker.web.story import Line


def line(subject: str) -> Line:
    now = datetime(2026, 11, 27, tzinfo=UTC)
    return Line(
        seq=1, at=now, who="", unit="", act="", step="", reason="", facts=(), subject=subject, hash="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("subject", "said", "english"),
    [
        ("user:zhou", "用户 zhou", "User zhou"),
        ("event:7", "事件 7", "Event 7"),
        ("paper:weekly", "周报", "Weekly report"),
        ("read:people", "—", "—"),
        ("privacy:check", "—", "—"),
        ("source:a:b", "来源 a:b", "Source a:b"),
        ("user:{key}", "用户 {key}", "User {key}"),
    ],
)
def test_it_says_what_it_is_about(subject, said, english):
    with translation.override("zh-hans"):
        assert line(subject).about == said
    with translation.override("en"):
        assert line(subject).about == english


def test_an_item_is_a_link_by_its_number():
    assert line("risk:YD-2026-00001").number == "YD-2026-00001"
    assert line("user:zhou").number == ""
