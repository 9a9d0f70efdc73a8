"""What `yidan doctor` says about backups."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.factories import NOW, make_desk, make_risk
from tracker.backup import stores
from tracker.cli.backup_findings import _age, backup_findings
from tracker.env import read


@pytest.mark.django_db
def test_a_store_of_some_days_without_a_fresh_backup_is_something_to_mend(tmp_path: Path):
    env = read({"YIDAN_HOME": str(tmp_path)})
    assert _age(env, NOW).well, "an empty store has nothing to lose"
    make_risk(make_desk(), now=NOW)
    assert _age(env, NOW + timedelta(hours=30)).well
    missing = _age(env, NOW + timedelta(days=3))
    assert not missing.well
    assert "no backup has been made" in missing.sentence
    (tmp_path / "last-backup.json").write_text(json.dumps({"at": NOW.isoformat(), "file": "/b/1.tar.gz"}))
    assert _age(env, NOW + timedelta(hours=25)).sentence == "the last backup is /b/1.tar.gz, 1 days and 1 hours old"
    late = _age(env, NOW + timedelta(days=9))
    assert not late.well
    assert "run `yidan backup FILE` every night" in late.sentence


@pytest.mark.django_db
def test_programs_that_are_missing_and_a_key_that_is_elsewhere_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    env = read({"YIDAN_HOME": str(tmp_path), "DATABASE_URL": "postgresql://u:p@h/n"})
    monkeypatch.setenv("YIDAN_SECRET_KEY", "x")
    monkeypatch.setattr(stores.shutil, "which", lambda _name: None)
    said = {finding.sentence: finding.well for finding in backup_findings(env)}
    assert not said["backups need pg_dump and pg_restore: install PostgreSQL's client programs"]
    assert said["YIDAN_SECRET_KEY is in no backup: keep it where the backups are not"]
    assert said["neither age nor gpg is installed: backups cannot be encrypted here"]
