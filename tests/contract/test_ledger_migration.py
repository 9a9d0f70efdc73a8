"""The ledger keeps its entries and its guard when its table is made anew."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from tests.factories import NOW, make_desk, make_risk
from tracker.ledger.models import Entry
from tracker.ledger.services import CHAINED, ledger_append, ledger_head, ledger_verify
from tracker.risks.lifecycle import State

pytestmark = pytest.mark.django_db(transaction=True)


def test_fewer_indexes_there_and_back_lose_nothing():
    make_risk(make_desk(), State.SUBMITTED)
    before = list(Entry.objects.values_list(*CHAINED)), ledger_head()
    call_command("migrate", "ledger", "0005", verbosity=0)
    assert (list(Entry.objects.values_list(*CHAINED)), ledger_head()) == before
    refused()
    call_command("migrate", "ledger", verbosity=0)
    assert (list(Entry.objects.values_list(*CHAINED)), ledger_head()) == before
    refused()
    with transaction.atomic():
        ledger_append(act="a", subject="s", actor="x", roles="", unit="", now=NOW)
    assert ledger_verify() is None
    assert ledger_head()[0] == before[1][0] + 1


def refused() -> None:
    for sql in (
        "UPDATE ledger_entry SET reason = 'x'",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_head SET hash = 'f'",
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_every_act_waits_for_three_indexes_and_no_more():
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "ledger_entry")
    named = {tuple(one["columns"]) for one in found.values() if one["index"] or one["unique"]}
    assert named - {("seq",)} == {("act", "seq"), ("subject", "seq"), ("at",)}
