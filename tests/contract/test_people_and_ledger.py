"""A role, a unit or an account that somebody writes into the store is found: no entry of the ledger gives it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from tests.factories import NOW, make_desk, make_risk
from tracker.accounts import audit
from tracker.accounts.actors import system_actor
from tracker.accounts.audit import people_verify
from tracker.accounts.roles import role_end, role_give, user_leave, user_move
from tracker.accounts.services import user_create
from tracker.jobs.tasks import TASKS, LedgerDisagrees
from tracker.ledger.services import ledger_verify
from tracker.risks.lifecycle import State

pytestmark = pytest.mark.django_db
BY = {"by": system_actor("tests"), "now": NOW, "reason": "x"}


def test_what_was_done_by_the_rules_agrees():
    desk = make_desk(recorded=True)
    role_give(user="nobody", role="verifier", until=NOW + timedelta(days=7), **BY)
    role_give(user="nobody", role="auditor", **BY)
    role_end(user="nobody", role="auditor", **BY)
    user_move(user="handler", unit=desk.port, **BY)
    user_leave(user="other_handler", **BY)
    desk.users["handler2"] = user_create(
        username="handler2", password=None, roles=["handler"], unit=desk.bureau, by=BY["by"], now=NOW
    )
    user_create(username="lan", password=None, roles=[], by=BY["by"], now=NOW)
    assert list(people_verify()) == []
    make_risk(desk, State.SUBMITTED, unit=desk.bureau, handler="handler2")
    assert TASKS["ledger"]("") is False


def test_a_role_given_while_the_people_are_read_agrees(monkeypatch):
    make_desk(recorded=True)
    told = audit._told

    def read():
        found = told()
        if "lan" not in found:
            user_create(username="lan", password=None, roles=["auditor"], by=BY["by"], now=NOW)
        return found

    monkeypatch.setattr(audit, "_told", read)
    assert list(people_verify()) == []


ATTACKS = {
    "a role": ("INSERT INTO accounts_grant (user_id, role) SELECT id, 'verifier' FROM accounts_user WHERE username = 'handler'",
               "handler", "holds the role verifier, which no entry gives"),
    "a role taken": ("DELETE FROM accounts_grant WHERE role = 'auditor'", "auditor", "does not hold the role auditor"),
    "another role": ("UPDATE accounts_grant SET role = 'manager' WHERE role = 'analyst'", "analyst", "role manager, which no entry"),
    "an end": ("UPDATE accounts_grant SET until = NULL WHERE until IS NOT NULL", "nobody", "until for good, by the ledger 20"),
    "a unit": ("UPDATE accounts_user SET unit_id = (SELECT id FROM accounts_unit WHERE code = 'port') WHERE username = 'handler'",
               "handler", "is in the unit port, by the ledger in road"),
    "an account opened": ("UPDATE accounts_user SET is_active = TRUE WHERE username = 'other_handler'", "other_handler", "open account"),
    "an account closed": ("UPDATE accounts_user SET is_active = FALSE WHERE username = 'auditor'", "auditor", "without an entry"),
    "another name": ("UPDATE accounts_user SET username = 'wang' WHERE username = 'verifier'", "wang", "does not know"),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_written_into_the_store_is_found(attack):
    make_desk(recorded=True)
    role_give(user="nobody", role="dispatcher", until=NOW + timedelta(days=7), **BY)
    user_leave(user="other_handler", **BY)
    statement, name, sentence = ATTACKS[attack]
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount == 1
    assert ledger_verify() is None
    with pytest.raises(LedgerDisagrees, match=name):
        TASKS["ledger"]("")
    assert any(who == name and sentence in said for who, said in people_verify())
