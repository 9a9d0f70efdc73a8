"""Every operation as every role with whatever fits its description, and what does not: never an answer of 500.

Examples are made by schemathesis out of the description; half of them name things that are really there. How many an operation
gets comes from YIDAN_FUZZ (1 here, to stay short; run with 40 by hand).
"""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core import NOT_SET

from tests.api.conftest import key_of
from tests.api.test_access import filled
from tests.integration.test_pages_access import read
from tracker.accounts.models import Role
from tracker.api.urls import description

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("YIDAN_FUZZ", "1"))


def operations() -> list[Any]:
    schema = schemathesis.openapi.from_dict(description())
    return [found.ok() for found in schema.get_all_operations()]


def answer(client, key: str, case, there: dict[str, Any] | None):
    """Send `case`; with `there` its path names what exists."""
    names = there or {name: quote(str(value), safe="") or "-" for name, value in (case.path_parameters or {}).items()}
    path = case.operation.path.format(**names)
    query = f"?{urlencode(case.query, doseq=True)}" if case.query else ""
    headers = {"Authorization": f"Bearer {key}"}
    if case.media_type == "multipart/form-data":
        body = case.body if isinstance(case.body, dict) else {}
        return client.post(path + query, {k: _plain(v) for k, v in body.items()}, headers=headers)
    body = b"" if case.body is NOT_SET else json.dumps(case.body).encode()
    return client.generic(case.method, path + query, body, content_type="application/json", headers=headers)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bytes) else str(value)


@pytest.mark.parametrize("role", Role.values)
def test_no_operation_breaks_whatever_it_is_sent(desk, web, client, role, monkeypatch):
    key = key_of(desk, role)
    filled("/", desk, web)
    there = desk.department.there
    seen = set()

    def one(operation) -> None:
        @settings(
            max_examples=EXAMPLES, derandomize=EXAMPLES == 1, phases=[Phase.generate], database=None, deadline=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(), real=st.booleans())
        def run(case, real) -> None:
            names = there | ({"kind": "assignment"} if "/risks/" in operation.path else {})
            found = answer(client, key, case, names if real else None)
            read(found)
            seen.add((operation.method, operation.path))
            assert found.status_code < 500, (operation.method, operation.path, case.body, case.query, found.content)
            if found.status_code >= 400:
                assert found["Content-Type"] == "application/problem+json"
                assert found.json()["status"] == found.status_code
                assert "Traceback" not in found.content.decode()

        run()

    every = operations()
    for operation in every:
        one(operation)
    assert len(seen) == len(every) > 50


HOSTILE = (
    b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"version":1e999}', b'{"version":"1"}', b'{"version":99999999999999999999}',
    b'{"version":1,"reason":"\\u0000"}', b'{"version":1,"reason":"\\ud800"}', b'{"version":true,"reason":[]}',
    b"[" * 5000, b'{"version":1,"reason":"' + b"x" * 20_000 + b'"}',
)  # fmt: skip


@pytest.mark.parametrize("sent", HOSTILE, ids=lambda sent: repr(sent[:30]))
def test_a_body_that_is_no_body_is_told_so(desk, web, program, sent):
    asker = program("analyst")
    filled("/", desk, web)
    for path in (
        f"/risks/{desk.department.there['number']}/acts/comment",
        f"/events/{desk.department.there['event']}/dismiss",
    ):
        found = asker.client.generic(
            "POST",
            f"/api/v1{path}",
            sent,
            content_type="application/json",
            headers={"Authorization": f"Bearer {asker.key}"},
        )
        assert 400 <= found.status_code < 500, (path, found.status_code)
        assert found["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    ["/risks?after=x_9", "/risks?sort=due&after=2026_9", "/risks?level=9", "/risks?words=%00", "/ledger?after=-1",
     "/ledger?after=99999999999999999999", "/queue?after=99999999999999999999", "/events/99999999999999999999",
     "/papers/weekly/2026-W99", "/papers/king/2026-W01", "/papers/99999999999999999999/file/docx", "/risks/%00",
     "/risks/..%2F..%2Fetc", "/risks?unit=' OR 1=1 --", "/risks?since=yesterday"],
)  # fmt: skip
def test_an_address_that_is_none_is_told_so(desk, program, path):
    found = program("auditor" if "queue" not in path and "events" not in path else "analyst").get(path)
    assert found.status_code in (200, 400, 404, 422)
    if found.status_code == 200:
        assert found.json()["items"] == []
