"""Every operation as every role, as a stranger and as a source, with whatever fits its description and what does not.

Never an answer of 500, and no answer that the description does not promise. Examples are made by schemathesis out of the
description; half of them name things that are really there, at every state of the lifecycle. Everybody sends the same example to
the same store: what one of them changes is rolled back before the next asks. How many examples an operation gets comes from
YIDAN_FUZZ (1 here, to stay short; run with 40 by hand).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema_rs import validator_for
from schemathesis.core import NOT_SET

from tests.api.conftest import key_of
from tests.api.test_access import FAMILIES, filled
from tests.api.test_push import letters
from tests.factories import make_event, make_risk
from tests.integration.test_pages_access import read
from tracker.accounts.models import Role
from tracker.api.urls import description
from tracker.risks.lifecycle import State

pytestmark = pytest.mark.django_db
__all__ = ["letters"]
EXAMPLES = int(os.environ.get("YIDAN_FUZZ", "1"))
TAGS = [*FAMILIES, "posts"]


@cache
def operations() -> list[Any]:
    schema = schemathesis.openapi.from_dict(description())
    return [found.ok() for found in schema.get_all_operations()]


@cache
def promise(path: str, method: str, status: int) -> Callable[[Any], Iterator[Any]] | None:
    """Finds the faults of this answer; None where no JSON is promised. KeyError when the description names no such answer."""
    said = {str(code): told for code, told in description()["paths"][path][method]["responses"].items()}[str(status)]
    schema = next((how["schema"] for kind, how in said.get("content", {}).items() if kind.endswith("json")), None)
    return validator_for(schema | {"components": description()["components"]}).iter_errors if schema else None


def answer(client, key: str, case, there: Mapping[str, Any] | None):
    """Send `case`; with `there` its path names what exists."""
    names = there or {name: quote(str(value), safe="") or "-" for name, value in (case.path_parameters or {}).items()}
    path = case.operation.path.format(**names)
    query = f"?{urlencode(case.query, doseq=True)}" if case.query else ""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    if case.media_type == "multipart/form-data":
        body = case.body if isinstance(case.body, dict) else {}
        return client.post(path + query, {k: _plain(v) for k, v in body.items()}, headers=headers)
    body = b"" if case.body is NOT_SET else json.dumps(case.body).encode()
    return client.generic(case.method, path + query, body, content_type="application/json", headers=headers)


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bytes) else str(value)


def faults(operation, found) -> list[str]:
    """What is wrong with an answer; nothing when it is what the description promises."""
    if found.status_code >= 500:
        return [f"answered {found.status_code}: {found.content.decode()}"]
    if found.status_code >= 400:
        assert found["Content-Type"] == "application/problem+json"
        assert found.json()["status"] == found.status_code
        assert "Traceback" not in found.content.decode()
    if found.status_code == 400 and "无法处理的字符" in found.content.decode():
        return []  # the door's own answer to an address with a NUL, the same for everything
    try:
        held = promise(operation.path, operation.method, found.status_code)
    except KeyError:
        return [f"answered {found.status_code}, which the description does not name: {found.content.decode():.200}"]
    if held is None or found.streaming:
        return []
    return [f"{found.status_code}: {error.message} at {error.instance_path}" for error in held(found.json())]


def askers(desk, letters: str) -> dict[str, str]:
    """Everybody who may knock, and their key."""
    return {role: key_of(desk, role) for role in Role.values} | {"stranger": "", "liar": "yd_none", "source": letters}


def stages(desk) -> list[dict[str, Any]]:
    """What the names of a path can stand for: each state of the lifecycle once, an event that is decided and one that is not."""
    there = desk.department.there
    risks = [make_risk(desk, state, level=3 if state is State.APPROVING else 2) for state in State]
    events = [there["event"], make_event().pk, *(risk.event_id for risk in risks)]
    numbers = [there["number"], *(risk.number for risk in risks)]
    return [there | {"number": numbers[n % len(numbers)], "event": event} for n, event in enumerate(events)]


@pytest.mark.parametrize(
    "tags", [[tag] for tag in TAGS] if EXAMPLES > 1 else [TAGS], ids=lambda tags: "-".join(tags[:2])
)
def test_no_operation_breaks_whatever_it_is_sent(desk, web, client, letters, tags):
    filled("/", desk, web)
    keys, places = askers(desk, letters), stages(desk)
    wrong: dict[str, str] = {}
    asked = set()

    def one(operation) -> None:
        @settings(
            max_examples=EXAMPLES, derandomize=EXAMPLES == 1, phases=[Phase.generate], database=None, deadline=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(), real=st.none() | st.sampled_from(places))
        def run(case, real) -> None:
            names = real and real | ({"kind": "assignment"} if "/risks/" in operation.path else {})
            for who, key in keys.items():
                with transaction.atomic():
                    found = answer(client, key, case, names)
                    read(found)
                    transaction.set_rollback(True)
                asked.add((operation.path, operation.method, who))
                for fault in faults(operation, found):
                    wrong.setdefault(
                        f"{operation.method} {operation.path} {fault}"[:400],
                        f"{who}: {case.body!r:.500} {case.query} {names}",
                    )

        run()

    every = [operation for operation in operations() if operation.tags[0] in tags]
    for operation in every:
        one(operation)
    assert not wrong, "\n".join(f"{fault}\n    {sent}" for fault, sent in wrong.items())
    assert len(asked) == len(every) * len(keys) > 0


def test_every_operation_has_its_turn():
    assert {tag for operation in operations() for tag in operation.tags} == set(TAGS)


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
