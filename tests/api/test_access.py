"""Every operation as every role, as a scoped key and as a stranger, against the one access table; and the API's description."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from tests.factories import PNG, make_event, make_risk
from tests.integration.test_pages_access import read
from tracker.accounts.access import PAGES
from tracker.accounts.models import Role
from tracker.api.urls import description
from tracker.risks import files
from tracker.risks.lifecycle import State

pytestmark = pytest.mark.django_db
# The family of the access table that each group of operations belongs to.
FAMILIES = {"queue": "queue", "sheet": "sheet", "acts": "sheet", "ledger": "ledger", "papers": "papers",
            "sources": "sources", "office": "today", "tables": "office", "people": "people", "privacy": "privacy", "many": "sheet", "views": "sheet", "search": "search", "account": "account", "outgoing": "office"}  # fmt: skip
OWN_PAGES = {"ledger_verify": "ledger-verify", "writeback": "sheet-writeback", "hook_secret": "office-secret"}
SNAPSHOT = Path(__file__).with_name("openapi.json")
REFUSED = {401, 403}


def operations() -> list[tuple[str, str, str, str]]:
    """(operation, method, path, page of the table) of everything the description names, but the push, which has keys of its own."""
    found = []
    for path, methods in description()["paths"].items():
        for method, said in methods.items():
            (tag,) = said["tags"]
            if tag != "posts":
                page = OWN_PAGES.get(said["operationId"], FAMILIES[tag])
                found.append((said["operationId"], method.upper(), path.removeprefix("/api/v1"), page))
    return found


def filled(path: str, desk, web) -> str:
    """`path` with what is really there."""
    if not hasattr(desk.department, "there"):
        files.store(web / "files", PNG)
        risk = make_risk(desk, State.SUBMITTED)
        desk.department.there = {
            "number": risk.number, "event": make_event("另一处路灯不亮", ("路灯不亮",)).pk, "digest": sha256(PNG).hexdigest(),
            "kind": "weekly", "period": "2026-W40", "paper": 1, "suffix": "docx", "source": "demo-api", "notice": 1, "username": "handler", "day": "2026-12-01", "view": 1, "code": "treat-75", "outgoing": 1, "name": "city", "act": "assign",
        }  # fmt: skip
    there = desk.department.there | ({"kind": "assignment"} if "/risks/" in path else {})
    return path.format(**there)


def test_the_description_names_every_address_there_is():
    addresses = {
        "/api/v1/" + str(p.pattern).replace("<", "{").replace(">", "}")
        for resolver in get_resolver().url_patterns if getattr(resolver, "namespace", "") == "api"
        for p in resolver.url_patterns if isinstance(p, URLPattern)
    }  # fmt: skip
    assert addresses - {"/api/v1/openapi.json", "/api/v1/"} == set(description()["paths"])
    assert len(operations()) > 50


def test_every_address_of_the_site_is_a_page_an_operation_or_told_to_watchers():
    """Nothing is reached but what the tests of pages and operations walk, and three addresses that tell of no person or post."""
    patterns = get_resolver().url_patterns
    own = {pattern.name for pattern in patterns if isinstance(pattern, URLPattern)}
    assert own == {"healthz", "readyz", "metrics"}
    resolvers = [pattern for pattern in patterns if not isinstance(pattern, URLPattern)]
    assert [getattr(resolver, "namespace", None) for resolver in resolvers] == ["api", None]
    assert all(isinstance(p, URLPattern) and p.name for p in resolvers[1].url_patterns), "walked by test_pages_access"


@pytest.mark.parametrize("person", [*Role.values, "nobody", "other_handler"])
def test_an_operation_is_open_to_the_roles_of_its_page_and_refused_with_a_sentence_to_others(
    desk, web, program, person
):
    roles = desk.actor(person).roles
    ask = program(person) if roles else None
    for operation, method, path, page in operations():
        address = filled(path, desk, web)
        if ask is None:
            client = Client()
            client.force_login(desk.user(person), backend="django.contrib.auth.backends.ModelBackend")
            answer = client.generic(method, f"/api/v1{address}", b"{}", content_type="application/json")
        else:
            answer = ask(method, address, {} if method == "POST" else None)
        read(answer)
        assert answer.status_code < 500, (operation, person, answer.status_code)
        if PAGES[page].roles & roles:
            # An act may be refused by the lifecycle, a body may be empty: but the door is open, and says so in another way.
            assert answer.status_code not in (401, 405), (operation, person)
            assert "这一页供" not in said(answer), (operation, person)
        else:
            assert answer.status_code == 403, (operation, person, answer.status_code)
            assert "您现在没有这个角色" in said(answer)


def said(answer) -> str:
    return "" if answer.streaming else answer.content.decode(errors="replace")


@pytest.mark.parametrize("key", ["", "yd_wrong", "' OR 1=1 --", "é"])
def test_a_stranger_gets_nothing_but_the_description(desk, web, key):
    client, before = Client(), len(operations())
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    for operation, method, path, _page in operations():
        answer = client.generic(method, f"/api/v1{filled(path, desk, web)}", b"{}", "application/json", headers=headers)
        assert answer.status_code == 401, operation
        assert answer["WWW-Authenticate"] == "Bearer"
        assert set(answer.json()) == {"type", "title", "status", "detail"}
    assert client.post("/api/v1/posts", b"[]", "application/json", headers=headers).status_code == 401
    assert client.get("/api/v1/openapi.json").status_code == 200
    assert client.get("/api/v1/nothing").status_code == 404
    assert before == len(operations())


EXAMPLES = {"integer": 1, "string": "x", "array": [], "boolean": True, "number": 1.0}


def filling(path: str) -> dict[str, Any]:
    """A body that fits the description of the operation: what is refused is refused for who asks, not for what is sent."""
    said = description()["paths"][f"/api/v1{path}"]["post"].get("requestBody")
    if not said or "application/json" not in said["content"]:
        return {}
    name = said["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = description()["components"]["schemas"][name]
    needed = {field: schema["properties"][field] for field in schema.get("required", ())}
    return {
        field: "2030-01-01" if how.get("format") == "date" else EXAMPLES[how.get("type", "string")]
        for field, how in needed.items()
    }


def test_what_one_may_not_see_does_not_exist_by_any_operation(desk, web, program):
    """IDOR: the number of another unit's risk, in every operation that takes one."""
    other = program("other_handler")
    seen = 0
    for operation, method, path, _page in operations():
        if "{number}" not in path:
            continue
        seen += 1
        body = filling(path) if method == "POST" else None
        answer = other(method, filled(path, desk, web), body)
        assert answer.status_code in ((404, 422) if operation == "act_attach" else (404,)), (operation, said(answer))
        assert desk.department.there["number"] not in said(answer)
    assert seen > 20
    assert desk.department.there["number"] not in said(other.get("/risks"))


def test_a_key_narrowed_to_a_unit_sees_that_unit_only(desk, program):
    here, there = (
        make_risk(desk, State.HANDLING),
        make_risk(desk, State.HANDLING, unit=desk.port, handler="other_handler"),
    )
    listed = make_risk(desk)
    narrow = program("auditor", unit=desk.bureau)
    assert [row["number"] for row in narrow.get("/risks").json()["items"]] == [here.number]
    assert narrow.get(f"/risks/{there.number}").status_code == narrow.get(f"/risks/{listed.number}").status_code == 404
    assert narrow.get("/ledger").status_code == narrow.get("/papers").status_code == 403
    assert program("auditor").get(f"/risks/{there.number}").status_code == 200


def test_a_key_narrowed_to_roles_gives_no_more(desk, program):
    from tracker.accounts.models import Grant

    Grant.objects.create(user=desk.user("analyst"), role="auditor")
    narrow = program("analyst", roles=["auditor"])
    assert narrow.get("/queue").status_code == 403
    assert narrow.get("/ledger").status_code == 200
    Grant.objects.filter(role="auditor", user=desk.user("analyst")).delete()
    assert narrow.get("/ledger").status_code == 403


def test_the_description_is_what_was_agreed():
    """Programs rely on it. When the change is meant: python -m tests.api.snapshot."""
    from tests.api.snapshot import as_text

    assert SNAPSHOT.read_text(encoding="utf-8") == as_text(), (
        "the API's description changed: python -m tests.api.snapshot"
    )


def test_the_description_refers_to_nothing_missing():
    text = json.dumps(description())
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named <= set(description()["components"]["schemas"])
    assert {
        said["security"][0].popitem()[0] for path in json.loads(text)["paths"].values() for said in path.values()
    } == set(description()["components"]["securitySchemes"])
