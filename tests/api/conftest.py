"""Programs that speak to the API: with a key, with a session, and as nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import Desk
from tests.integration.conftest import desk, person, web
from tracker.accounts.actors import system_actor
from tracker.accounts.selectors import roles_of
from tracker.accounts.tokens import token_make

__all__ = ["desk", "person", "web"]


class Program:
    """Asks as one person's program does: a key and JSON."""

    def __init__(self, key: str = "") -> None:
        self.client = Client()
        self.key = key

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return self.client.generic(
            method, f"/api/v1{path}", json.dumps(body) if body is not None else b"", content_type="application/json",
            headers=sent | headers,
        )  # fmt: skip

    def get(self, path: str) -> Any:
        return self("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("POST", path, {} if body is None else body, **headers)


def key_of(desk: Desk, name: str, **over: Any) -> str:
    now = timezone.now()
    given = {"roles": roles_of(desk.user(name), now), "until": now + timedelta(days=9), "name": "测试程序"} | over
    return token_make(user=name, by=system_actor("tests"), now=now, **given)[1]


@pytest.fixture
def program(desk: Desk, web: Any) -> Callable[..., Program]:
    """`program("analyst")` asks with a key of theirs."""
    return lambda name="", **over: Program(key_of(desk, name, **over) if name else "")
