"""The ledger under attack: raw SQL is refused by the store; what is done behind the triggers' back is named."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction

from tests.factories import NOW, advance, make_desk, make_risk
from tracker.ledger import triggers
from tracker.ledger.models import Entry, Head
from tracker.ledger.selectors import between
from tracker.ledger.services import (
    HeadMissing,
    ledger_append,
    ledger_export,
    ledger_head,
    ledger_verify,
    ledger_verify_file,
)  # fmt: skip
from tracker.risks.lifecycle import State

pytestmark = pytest.mark.django_db

ROW = "'t', 'x', '', '', 'a', 's', '', '', '', '{}'"
COLUMNS = "seq, at, actor, roles, unit, act, subject, from_state, to_state, reason, data, previous, hash"
ATTACKS = {
    "update": "UPDATE ledger_entry SET reason = 'x' WHERE seq = 2",
    "update all": "UPDATE ledger_entry SET actor = 'nobody'",
    "renumber": "UPDATE ledger_entry SET seq = seq + 100",
    "update to the same": "UPDATE ledger_entry SET reason = reason",
    "delete one": "DELETE FROM ledger_entry WHERE seq = 2",
    "delete the last": "DELETE FROM ledger_entry WHERE seq = (SELECT seq FROM ledger_head)",
    "delete all": "DELETE FROM ledger_entry",
    "insert beside": f"INSERT INTO ledger_entry ({COLUMNS}) VALUES (9999, {ROW}, 'p', 'h')",
    "insert before": f"INSERT INTO ledger_entry ({COLUMNS}) VALUES (0, {ROW}, 'p', 'h')",
    "insert next but unlinked": f"INSERT INTO ledger_entry ({COLUMNS}) SELECT seq + 1, {ROW}, 'p', 'h' FROM ledger_head",
    "head back": "UPDATE ledger_head SET seq = seq - 1",
    "head on": "UPDATE ledger_head SET seq = seq + 1",
    "head hash": "UPDATE ledger_head SET hash = 'f'",
    "head renamed": "UPDATE ledger_head SET id = 2",
    "head gone": "DELETE FROM ledger_head",
    "second head": "INSERT INTO ledger_head (id, seq, hash) VALUES (2, 0, 'f')",
}
OF_ONE_STORE = {
    "sqlite": {
        "replace": f"INSERT OR REPLACE INTO ledger_entry ({COLUMNS}) VALUES (2, {ROW}, 'p', 'h')",
        "replace by hash": f"REPLACE INTO ledger_entry ({COLUMNS}) SELECT 99, {ROW}, 'p', hash FROM ledger_entry WHERE seq = 2",
        "update or replace": "UPDATE OR REPLACE ledger_entry SET seq = 1 WHERE seq = 2",
        "update or ignore": "UPDATE OR IGNORE ledger_entry SET actor = 'x' WHERE seq = 2",
        "upsert": f"INSERT INTO ledger_entry ({COLUMNS}) VALUES (2, {ROW}, 'p', 'h')"
        " ON CONFLICT (seq) DO UPDATE SET actor = 'x'",
        "head replaced": "INSERT OR REPLACE INTO ledger_head (id, seq, hash) VALUES (1, 0, 'f')",
    },
    "postgresql": {
        "truncate": "TRUNCATE ledger_entry",
        "truncate cascade": "TRUNCATE ledger_entry, ledger_head CASCADE",
        "truncate head": "TRUNCATE ledger_head",
        "upsert": f"INSERT INTO ledger_entry ({COLUMNS}) VALUES (2, {ROW}, 'p', 'h')"
        " ON CONFLICT (seq) DO UPDATE SET actor = 'x'",
        "merge": "MERGE INTO ledger_entry e USING ledger_head h ON e.seq = h.seq WHEN MATCHED THEN DELETE",
        "with delete": "WITH gone AS (DELETE FROM ledger_entry WHERE seq = 1 RETURNING seq) SELECT * FROM gone",
    },
}


@pytest.fixture
def story():
    """A risk's way to the verifier: a dozen entries."""
    make_risk(make_desk(), State.SUBMITTED)
    assert ledger_verify() is None


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("attack", sorted({*ATTACKS, *OF_ONE_STORE["sqlite"], *OF_ONE_STORE["postgresql"]}))
def test_raw_sql_is_refused_and_changes_nothing(story, attack):
    sql = (ATTACKS | OF_ONE_STORE[connection.vendor]).get(attack)
    if sql is None:
        return  # a statement the other store speaks
    before = list(Entry.objects.values()), ledger_head()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        execute(sql)
    assert (list(Entry.objects.values()), ledger_head()) == before
    assert ledger_verify() is None


def test_the_ledger_goes_on_after_an_attack(story):
    for sql in ATTACKS.values():
        with pytest.raises(DatabaseError), transaction.atomic():
            execute(sql)
    ledger_append(act="a", subject="s", actor="x", roles="", unit="", now=NOW)
    assert ledger_verify() is None


TAMPERED = {
    "a word of a reason": ("UPDATE ledger_entry SET reason = 'x' WHERE seq = 3", 3, "has been changed"),
    "the time": ("UPDATE ledger_entry SET at = '2026-01-01T00:00:00.000000+00:00' WHERE seq = 1", 1, "has been changed"),
    "the data": ("UPDATE ledger_entry SET data = '{}' WHERE seq = 5", 5, "has been changed"),
    "a link": ("UPDATE ledger_entry SET previous = 'f' WHERE seq = 4", 4, "does not follow"),
    "one removed": ("DELETE FROM ledger_entry WHERE seq = 2", 2, "missing"),
    "the first removed": ("DELETE FROM ledger_entry WHERE seq = 1", 1, "missing"),
    "the last removed": ("DELETE FROM ledger_entry WHERE seq = (SELECT seq FROM ledger_head)", None, "missing"),
    "all removed": ("DELETE FROM ledger_entry", 1, "missing"),
    "one added behind": (f"INSERT INTO ledger_entry ({COLUMNS}) VALUES (99, {ROW}, 'p', 'h')", 99, "without the chain's head"),
    "one added in front": (f"INSERT INTO ledger_entry ({COLUMNS}) VALUES (0, {ROW}, 'p', 'h')", 1, "missing"),
    "the head moved back": ("UPDATE ledger_head SET seq = 3, hash = (SELECT hash FROM ledger_entry WHERE seq = 3)", None, "without"),
    "the head's hash": ("UPDATE ledger_head SET hash = 'f'", None, "rewritten"),
    "the head gone": ("DELETE FROM ledger_head", 0, "lost its head"),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_what_is_done_behind_the_triggers_is_named(story, what):
    sql, seq, said = TAMPERED[what]
    triggers.run(connection, triggers.DROP)
    execute(sql)
    triggers.run(connection, triggers.CREATE)
    broken = ledger_verify()
    assert broken is not None
    assert said in broken.sentence
    assert seq is None or broken.seq == seq


def test_without_its_head_nothing_is_recorded(story):
    triggers.run(connection, triggers.DROP)
    Head.objects.all().delete()
    with pytest.raises(HeadMissing):
        ledger_append(act="a", subject="s", actor="x", roles="", unit="", now=NOW)
    with pytest.raises(HeadMissing):
        ledger_head()


def test_appending_needs_the_transaction_of_the_act(story, monkeypatch):
    monkeypatch.setattr("tracker.ledger.services.connection", SimpleNamespace(in_atomic_block=False))
    with pytest.raises(RuntimeError, match="same transaction"):
        ledger_append(act="a", subject="s", actor="x", roles="", unit="", now=NOW)


def test_a_naive_time_is_refused(story):
    with pytest.raises(ValueError, match="time zone"):
        ledger_append(act="a", subject="s", actor="x", roles="", unit="", now=NOW.replace(tzinfo=None))


class TestExport:
    @pytest.fixture
    def exported(self, story, tmp_path):
        path = tmp_path / "ledger.jsonl"
        assert ledger_export(path) == Entry.objects.count()
        return path

    def test_the_file_holds_without_the_store(self, exported):
        assert ledger_verify_file(exported) is None
        assert list(exported.parent.iterdir()) == [exported]
        rows = [json.loads(line) for line in exported.read_text(encoding="utf-8").splitlines()]
        assert (rows[-1]["seq"], rows[-1]["hash"]) == ledger_head()

    def change(self, path, number, alter):
        lines = path.read_text(encoding="utf-8").splitlines()
        row = json.loads(lines[number])
        alter(row)
        lines[number] = json.dumps(row, ensure_ascii=False)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def test_a_changed_line_is_named(self, exported):
        self.change(exported, 4, lambda row: row.update(reason="x"))
        assert ledger_verify_file(exported).seq == 5

    def test_a_missing_line_is_named(self, exported):
        lines = exported.read_text(encoding="utf-8").splitlines(keepends=True)
        exported.write_text("".join(lines[:2] + lines[3:]), encoding="utf-8")
        assert ledger_verify_file(exported).seq == 3

    @pytest.mark.parametrize("alter", [lambda row: row.update(extra=1), lambda row: row.pop("reason")])
    def test_a_field_too_many_or_too_few_is_no_entry(self, exported, alter):
        self.change(exported, 1, alter)
        with pytest.raises(ValueError, match="line 2 does not have exactly the fields"):
            ledger_verify_file(exported)

    @pytest.mark.parametrize("line", [b"{", b"[]", b"null", b"1", b"\xff\xfe", b""])
    def test_a_line_that_is_no_entry_is_named(self, exported, line):
        exported.write_bytes(exported.read_bytes() + line + b"\n")
        with pytest.raises(ValueError, match=f"line {Entry.objects.count() + 1} "):
            ledger_verify_file(exported)


def test_a_period_keeps_its_first_second_in_every_collation(story):
    desk_time = NOW.replace(hour=5, minute=0, second=0, microsecond=0)
    for moment in (desk_time, desk_time.replace(microsecond=500_000), desk_time + timedelta(seconds=59)):
        ledger_append(act="t", subject="tick", actor="x", roles="", unit="", now=moment)
    assert between(desk_time, desk_time + timedelta(minutes=1)).filter(subject="tick").count() == 3
    assert between(desk_time - timedelta(minutes=1), desk_time).filter(subject="tick").count() == 0


def test_an_act_and_its_entry_stand_or_fall_together(monkeypatch):
    desk = make_desk()
    risk = make_risk(desk)

    def fail(**_entry):
        raise OSError("the disk is full")

    monkeypatch.setattr("tracker.risks.swap.entry_append", fail)
    with pytest.raises(OSError, match="disk"):
        advance(desk, risk, "assign")
    risk.refresh_from_db()
    assert (risk.state, risk.version) == (State.LISTED, 1)
