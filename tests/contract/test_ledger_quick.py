"""The store writes the same bytes as Python, whatever the words; and no way of changing a row gets past the quick look."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import NOW
from tracker.ledger import quick, triggers
from tracker.ledger.chain import FIELDS
from tracker.ledger.services import ledger_append, ledger_head, ledger_verify

pytestmark = pytest.mark.django_db
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
ODD = "“引号”\"'\\/\b\f\n\r\t\x01\x1f\x7f\x80\u2028\u2029\ufeff\U0001f6a7<&>%s{}"


def write(**over: str) -> None:
    given = {"act": "t", "subject": "s", "actor": "x", "roles": "", "unit": ""}
    ledger_append(now=NOW, **(given | over))


@given(TEXT, TEXT)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_give_the_same_bytes_in_the_store(reason, word):
    with transaction.atomic():
        write(reason=reason, data={word: word})
        assert quick.holds(*ledger_head())
        transaction.set_rollback(True)


@pytest.fixture
def story():
    for number in range(5):
        write(reason=ODD, data={"n": number})
    assert quick.holds(*ledger_head())


CHANGES = {name: f"'{name}!'" for name in FIELDS if name != "seq"} | {"previous": "'f'", "hash": "'f'"}
OF_SQLITE = {
    "a zero behind the words": "reason = reason || char(0) || 'more'",
    "bytes that are no text": "reason = cast(x'ff' as text)",
    "a blob": "reason = x'61'",
    "a number for the text": "actor = 5",
}


def behind_the_triggers(sql: str) -> None:
    triggers.run(connection, triggers.DROP)
    with connection.cursor() as cursor:
        cursor.execute(sql)
    triggers.run(connection, triggers.CREATE)


@pytest.mark.parametrize("column", CHANGES)
def test_a_change_in_any_column_is_seen(story, column):
    behind_the_triggers(f"UPDATE ledger_entry SET {column} = {CHANGES[column]} WHERE seq = 3")
    assert not quick.holds(*ledger_head())
    assert ledger_verify().seq in (3, 4)


@pytest.mark.parametrize("how", OF_SQLITE)
def test_what_sqlite_lets_into_a_column_of_text_is_seen(story, how):
    if connection.vendor != "sqlite":
        return  # PostgreSQL keeps text columns to text
    behind_the_triggers(f"UPDATE ledger_entry SET {OF_SQLITE[how]} WHERE seq = 3")
    assert not quick.holds(*ledger_head())
    assert ledger_verify().seq == 3


@pytest.mark.parametrize(
    "sql", ["DELETE FROM ledger_entry WHERE seq = 2", "DELETE FROM ledger_entry WHERE seq = 5", "UPDATE ledger_entry SET seq = 9 WHERE seq = 5"]
)  # fmt: skip
def test_a_gap_is_seen(story, sql):
    behind_the_triggers(sql)
    assert not quick.holds(*ledger_head())
    assert ledger_verify() is not None


def test_a_rewritten_head_is_seen(story):
    seq, digest = ledger_head()
    assert not quick.holds(seq, "f" * 64)
    assert not quick.holds(seq + 1, digest)
    assert not quick.holds(seq - 1, digest)


def test_an_empty_ledger_holds():
    assert quick.holds(0, "0" * 64)
    assert not quick.holds(1, "0" * 64)


def test_the_entry_alone_moves_the_head(story):
    before = ledger_head()[0]
    write()
    assert ledger_head()[0] == before + 1
