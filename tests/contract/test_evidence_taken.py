"""Evidence on its way in: allowed first, then cleaned and scanned; what is refused leaves nothing behind."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from tests.factories import NOW, PNG, make_desk, make_risk
from tracker.ledger.models import Entry
from tracker.risks import evidence
from tracker.risks.audit import evidence_verify, sheet_verify
from tracker.risks.errors import Incomplete, NotYours
from tracker.risks.files import path_of, store
from tracker.risks.lifecycle import State

pytestmark = pytest.mark.django_db
BROUGHT = PNG + b"hidden behind the picture"


@pytest.fixture
def desk():
    return make_desk()


def take(desk, root, risk, who="handler", content=BROUGHT):
    return evidence.evidence_take(
        risk=risk.pk,
        version=risk.version,
        actor=desk.actor(who),
        now=NOW,
        root=root,
        name="桥.png",
        read=lambda: content,
    )


def test_what_is_kept_is_cleaned_and_the_entry_knows_both_digests(desk, tmp_path):
    risk = take(desk, tmp_path, make_risk(desk, State.HANDLING))
    row = risk.attachments.get()
    data = json.loads(Entry.objects.get(act="risk.attach").data)
    assert data["original"] == row.original == sha256(BROUGHT).hexdigest()
    assert data["digest"] == row.digest != row.original
    assert b"hidden" not in b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert list(evidence_verify(tmp_path)) == list(sheet_verify()) == []


def test_what_is_refused_leaves_nothing_on_disk(desk, tmp_path, settings):
    risk = make_risk(desk, State.HANDLING)
    with pytest.raises(NotYours):
        take(desk, tmp_path, risk, "other_handler")
    for content in (b"", b"<svg/>", b"\x89PNG\r\n\x1a\nbroken"):
        with pytest.raises(Incomplete):
            take(desk, tmp_path, risk, content=content)
    settings.ENV = replace(settings.ENV, scan=(sys.executable, "-c", "raise SystemExit(1)"))
    with pytest.raises(Incomplete, match="有害"):
        take(desk, tmp_path, risk)
    assert not list(tmp_path.iterdir())
    assert not risk.attachments.exists()


def test_an_item_has_a_bounded_number_of_files(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(evidence, "MOST_FILES", 1)
    risk = take(desk, tmp_path, make_risk(desk, State.HANDLING))
    with pytest.raises(Incomplete, match="最多 1 份"):
        take(desk, tmp_path, risk)


def test_what_a_cut_off_upload_left_goes_after_a_day_and_nothing_else(desk, tmp_path):
    risk = take(desk, tmp_path, make_risk(desk, State.HANDLING))
    kept = path_of(tmp_path, risk.attachments.get().digest)
    digest, _kind = store(tmp_path, b"%PDF-1.4 nobody's")
    orphan, part = path_of(tmp_path, digest), kept.with_name(f"{kept.name}.00.part")
    part.write_bytes(b"half")
    now = datetime.now(UTC)
    assert evidence.left_behind_remove(root=tmp_path, now=now) == 0, "an upload may be under way"
    later = now + timedelta(days=1, minutes=1)
    assert set(evidence.left_behind(root=tmp_path, now=later)) == {orphan, part}
    store(tmp_path, b"%PDF-1.4 nobody's")  # brought again meanwhile
    os.utime(orphan, (later.timestamp(), later.timestamp()))
    assert evidence.left_behind_remove(root=tmp_path, now=later) == 1
    assert kept.exists()
    assert orphan.exists()
