"""The sheet is what the ledger makes it, on whichever store the suite runs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.contract.acts import race
from tests.factories import NOW, PNG, advance, make_desk, make_event, make_risk
from tracker.risks import audit, files, services
from tracker.risks.audit import evidence_verify, sheet_verify
from tracker.risks.lifecycle import State
from tracker.risks.models import Attachment, NumberSeries, Risk

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("level", [2, 3])
def test_the_ledger_replays_to_every_state(state, level):
    if state is State.APPROVING and level < 3:
        level = 3
    make_risk(make_desk(), state, level=level)
    assert list(sheet_verify()) == []


def test_the_ledger_replays_a_long_story():
    desk = make_desk()
    risk = make_risk(desk, State.HANDLING, level=1)
    later = NOW
    for step in ("attach", "submit", "send_back", "submit", "send_back", "submit", "verify"):
        later += timedelta(hours=1)
        risk = advance(desk, risk, step, now=later)
    risk = services.risk_reopen(
        risk=risk.pk, version=risk.version, actor=desk.actor("dispatcher"), now=later, reason="又塌了"
    )
    risk = advance(desk, risk, "return", now=later)
    services.risk_reassign(
        risk=risk.pk, version=risk.version, actor=desk.actor("dispatcher"), now=later, unit=desk.port, reason="由港口办"
    )
    assert list(sheet_verify()) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("state", "closed"),
        ("level", 1),
        ("treat_due", NOW + timedelta(days=90)),
        ("answer", "改过的答复"),
        ("verified_by", "somebody"),
        ("version", 2),
        ("unit", None),
        ("hands", []),
        ("plan", {"funds": "many"}),
        ("answered_at", NOW - timedelta(days=1)),
        ("problem", "小事一桩"),
        ("place", "外省"),
        ("requirements", "不必办理"),
        ("contact", "某人"),
    ],
)
def test_a_column_changed_behind_the_ledger_is_named(column, value):
    risk = make_risk(make_desk(), State.SUBMITTED, level=3)
    Risk.objects.filter(pk=risk.pk).update(**{column: value})
    told = {"problem": "words", "place": "words"}.get(column, column)
    assert [(number, told in sentence) for number, sentence in sheet_verify()] == [(risk.number, True)]


def test_numbers_skipped_behind_the_ledger_are_named():
    desk = make_desk()
    make_risk(desk)
    NumberSeries.objects.update(last=3)
    make_risk(desk, event=make_event("又一处"))
    assert list(sheet_verify()) == [("YD-2026-00002", "was given to nothing, as 2 of the 4 numbers of 2026")]


def test_an_item_listed_while_the_sheet_is_read_is_no_gap(monkeypatch):
    desk = make_desk()
    make_risk(desk)

    def read(risks):
        yield list(risks)
        make_risk(desk, event=make_event("又一处"))

    monkeypatch.setattr(audit, "_chunks", read)
    assert list(sheet_verify()) == []


def test_a_row_removed_from_the_sheet_is_named():
    risk = make_risk(make_desk())
    Risk.objects.all().delete()
    assert list(sheet_verify()) == [(risk.number, "is in the ledger but not on the sheet")]


def test_a_row_the_ledger_does_not_know_is_named():
    risk = make_risk(make_desk())
    Risk.objects.filter(pk=risk.pk).update(number="YD-2026-09999")
    assert dict(sheet_verify()) == {
        "YD-2026-09999": "is on the sheet but not in the ledger",
        risk.number: "is in the ledger but not on the sheet",
    }


def test_evidence_added_or_taken_away_behind_the_ledger_is_named():
    risk = make_risk(make_desk(), State.SUBMITTED)
    forged = Attachment.objects.create(
        risk=risk, digest="f" * 64, name="x.png", content_type="image/png", size=1, by="x", at=NOW
    )
    assert [number for number, sentence in sheet_verify() if "evidence" in sentence] == [risk.number]
    forged.delete()
    assert list(sheet_verify()) == []
    risk.attachments.all().delete()
    assert [number for number, sentence in sheet_verify() if "evidence" in sentence] == [risk.number]


def test_a_file_gone_or_changed_on_disk_is_named(tmp_path):
    risk = make_risk(make_desk(), State.SUBMITTED)
    digest, _kind = files.store(tmp_path, PNG)
    assert risk.attachments.get().digest == digest
    assert list(evidence_verify(tmp_path)) == []
    files.path_of(tmp_path, digest).write_bytes(PNG + b"x")
    assert ["changed" in sentence for _number, sentence in evidence_verify(tmp_path)] == [True]
    files.path_of(tmp_path, digest).unlink()
    assert ["gone" in sentence for _number, sentence in evidence_verify(tmp_path)] == [True]


def test_the_queries_do_not_grow_with_the_sheet(django_assert_max_num_queries):
    desk = make_desk()
    for number in range(5):
        make_risk(desk, State.SUBMITTED, event=make_event(f"{number}处"))
    with django_assert_max_num_queries(6):
        assert list(sheet_verify()) == []


@pytest.mark.django_db(transaction=True)
def test_people_at_work_are_not_mistaken_for_forgers():
    desk = make_desk()
    risk = make_risk(desk, State.HANDLING)

    def work():
        current = risk
        for _round in range(25):
            current = advance(desk, current, "progress")

    assert race(work, *[lambda: [list(sheet_verify()) for _round in range(25)]] * 2) == [None, [[]] * 25, [[]] * 25]
