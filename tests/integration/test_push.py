"""Pushed posts: by token, row by row, masked before anything is written, and never twice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import translation

from crawlers.api import sources
from tests.fakes.understanding import FakeUnderstanding
from tracker.intake import push, services
from tracker.intake.models import CrawlRun, SourceState, SourceToken
from tracker.posts.models import Post, Sighting

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CARD = """
name = "{name}"
title = "来信推送"
family = "push"
enabled = {enabled}

[card]
legal_basis = "依法公开的政务留言"
impact_assessment = 2026-10-01
fields_taken = ["title", "body"]
fields_refused = ["nickname"]
retention_days = 180
contact = "yidan@example.org"
"""
pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(tmp_path: Path):
    """The folders and sources of a push."""
    catalogue = tmp_path / "catalogue"
    catalogue.mkdir()
    for name, enabled in (("letters", "true"), ("quiet", "false")):
        (catalogue / f"{name}.toml").write_text(CARD.format(name=name, enabled=enabled), encoding="utf-8")
    return {"sources": sources(catalogue), "spool": tmp_path / "spool", "state": tmp_path / "state", "now": NOW}


def row(number: int, **changes: object) -> dict[str, object]:
    return {
        "key": f"W{number}", "title": f"渡口栏杆松动{number}", "body": f"第{number}根一推就晃。",
        "published_at": "2026-11-20 08:30", "nickname": "小纸船", **changes,
    }  # fmt: skip


def send(desk, rows, token=None, source="letters"):
    token = token or push.token_issue(source=desk["sources"][source], now=NOW)
    return push.push_take(token=token, rows=rows, **desk)


def take(desk):
    fake = FakeUnderstanding()
    return services.spool_take(spool=desk["spool"], understanding=lambda: fake, clock=lambda: NOW)


def test_a_push_is_masked_taken_and_known_again(desk):
    token = push.token_issue(source=desk["sources"]["letters"], now=NOW)
    rows = [row(1, body="我叫王小二，电话13812345678。"), row(2)]
    first = send(desk, rows, token)
    assert (first.accepted, first.new, first.refused, first.left_behind) == (2, 2, (), ("nickname",))
    written = b"".join(path.read_bytes() for path in desk["spool"].rglob("*") if path.is_file())
    assert b"13812345678" not in written
    assert "小纸船".encode() not in written
    assert take(desk).new == 2
    again = send(desk, rows, token)
    assert (again.accepted, again.new, again.unchanged) == (2, 0, 2)
    assert take(desk).posts == 0
    assert Post.objects.count() == 2
    assert SourceState.objects.get().state == "ok-nothing-new"
    assert SourceToken.objects.get().used_at == NOW


def test_a_changed_row_is_a_new_revision_of_the_same_post(desk):
    send(desk, [row(1)])
    take(desk)
    assert send(desk, [row(1, reply={"text": "已加固", "organisation": "某县交通局"})]).new == 0
    assert take(desk).updated == 1
    assert (Post.objects.get().reply, Sighting.objects.count()) == ("已加固", 1)


@pytest.mark.parametrize("token", ["", "yidan_wrong", "令牌"])
def test_without_a_token_nothing_is_taken(desk, token):
    with pytest.raises(push.TokenRefused, match="令牌"):
        push.push_take(token=token, rows=[row(1)], **desk)
    assert not desk["spool"].exists()


def test_a_token_ends_with_the_next_one_and_opens_its_own_source_only(desk):
    old = push.token_issue(source=desk["sources"]["letters"], now=NOW)
    push.token_issue(source=desk["sources"]["letters"], now=NOW)
    with pytest.raises(push.TokenRefused):
        send(desk, [row(1)], old)
    with pytest.raises(push.PushRefused, match="没有启用"):
        send(desk, [row(1)], source="quiet")
    with pytest.raises(push.PushRefused, match="不是推送来源"):
        push.token_issue(source=sources()["wz-rednet"], now=NOW)
    assert not SourceToken.objects.filter(digest=old).exists(), "only digests are kept"


def test_ten_thousand_with_three_malformed(desk):
    rows: list[object] = [row(n) for n in range(10_000)]
    rows[7], rows[5000], rows[9999] = "一行字", row(5000, key=""), row(9999, title="长" * 501)
    pushed = send(desk, rows)
    assert (pushed.accepted, pushed.new) == (9997, 9997)
    assert [(bad.row, bad.key) for bad in pushed.refused] == [(7, ""), (5000, ""), (9999, "W9999")]
    assert [bad.sentence for bad in pushed.refused] == [
        "这一行不是一个对象", "缺少 key 或为空", "title 有 501 个字，超过 500",
    ]  # fmt: skip
    run = CrawlRun.objects.get()
    assert (run.state, run.new) == ("degraded", 9997)
    with translation.override("en"):
        assert send(desk, rows[7:8]).refused[0].sentence == "the row is not an object"
    with pytest.raises(push.PushTooLarge, match="10001"):
        send(desk, [*rows, row(10_000)])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"body": "", "title": None}, "缺少 body"),
        ({"body": ["x"]}, "body 不是文字"),
        ({"url": "javascript:alert(1)"}, "url 不是 http"),
        ({"reply": 3}, "reply 不是文字"),
        ({"counts": 3}, "counts 不是一组数字"),
        ({"key": True}, "key 不是文字"),
    ],
)
def test_a_wrong_row_is_named(desk, changes, said):
    pushed = send(desk, [row(1, **changes), row(2)])
    assert (pushed.accepted, len(pushed.refused)) == (1, 1)
    assert said in pushed.refused[0].sentence


def test_a_time_that_does_not_parse_costs_the_time_and_not_the_post(desk):
    pushed = send(desk, [row(1, published_at="前天下午"), row(2)])
    assert (pushed.accepted, pushed.undated) == (2, 1)


@pytest.mark.parametrize("rows", [{"key": "1"}, "x", 3])
def test_a_body_that_is_no_array_is_refused(desk, rows):
    with pytest.raises(push.PushRefused, match="数组"):
        send(desk, rows)
