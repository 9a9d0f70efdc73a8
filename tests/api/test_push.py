"""The door for pushed posts, over HTTP: by a source's token, which opens nothing else."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone

from tests.integration.test_push import CARD, row
from tracker.intake.known import known_sources
from tracker.intake.push import token_issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def letters(web) -> str:
    """A push source of this installation, and its token."""
    (web / "catalogue").mkdir()
    (web / "catalogue" / "letters.toml").write_text(CARD.format(name="letters", enabled="true"), encoding="utf-8")
    return token_issue(source=known_sources()["letters"], now=timezone.now())


def push(token: str, body: bytes | list, **headers: str):
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().post(
        "/api/v1/posts", sent, content_type="application/json", headers={"Authorization": f"Bearer {token}"} | headers
    )


def test_a_source_pushes_with_its_token_and_reads_nothing(desk, web, letters, program):
    answer = push(letters, [row(1), row(2), {"title": "没有编号"}])
    assert answer.status_code == 200, answer.content.decode()
    told = answer.json()
    assert (told["accepted"], told["new"], [bad["row"] for bad in told["refused"]]) == (2, 2, [2])
    assert told["left_behind"] == ["nickname"]
    (batch,) = (web / "spool").glob("*.jsonl")
    assert "小纸船" not in batch.read_text(encoding="utf-8")
    again = push(letters, [row(1), row(2)]).json()
    assert (again["new"], again["unchanged"]) == (0, 2)
    for path in ("/me", "/risks", "/sources", "/ledger"):
        assert Client().get(f"/api/v1{path}", headers={"Authorization": f"Bearer {letters}"}).status_code == 401
    assert push(program("admin").key, [row(3)]).status_code == 401, "no person's key pushes"


@pytest.mark.parametrize("body", [b"", b"{", b'"x"', b"7", b"\xff"])
def test_what_is_no_array_is_told_so(desk, web, letters, body):
    answer = push(letters, body)
    assert answer.status_code in (400, 422)
    assert answer["Content-Type"] == "application/problem+json"


def test_too_many_at_once_are_refused_before_anything_is_written(desk, web, letters):
    assert push(letters, [row(1)] * 10_001).status_code == 413
    assert not list((web / "spool").glob("*.jsonl"))


def test_many_megabytes_in_one_push_are_taken(desk, web, letters):
    """More than Django keeps of an ordinary form: a day of a city's letters must fit."""
    rows = [row(number, body=f"第{number}根一推就晃。" * 300) for number in range(1000)]
    answer = push(letters, rows)
    assert answer.status_code == 200
    assert answer.json()["accepted"] == 1000


def test_without_a_token_nothing(desk, web, letters):
    for token in ("", "yidan_x", letters + "x"):
        assert push(token, [row(1)]).status_code == 401
