"""`yidan model …` as a user runs it: list, challenge, compare, promote, rollback, rows; what is refused is one sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.home import Home
from tests.integration.test_bad_input import refused


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    """A store with enough verdicts to learn from, made by the program itself and filled in a process of its own."""
    made = Home(tmp_path_factory.mktemp("learned") / "home", ready=True)
    (line,) = made("model", "list").splitlines()
    assert line.startswith("* suite-"), "in a fresh store the shipped model works"
    script = Path(__file__).with_name("fill_verdicts.py")
    subprocess.run([sys.executable, str(script)], env=made.env, check=True, timeout=120)
    return made


def test_from_verdicts_to_a_promoted_model_and_back(home, tmp_path):
    said = home("model", "challenge")
    version = said.split()[0]
    assert "built from" in said
    assert "serious_flagged" in home("model", "compare", version)
    home("model", "promote", version, "--reason", "召回不低于现用")
    assert f"* {version}" in home("model", "list")
    assert home.one("select count(*) from ledger_entry where act = 'model.promote'") == 1
    card = home.path / "models" / version / "card.json"
    whole = card.read_bytes()
    card.write_bytes(whole.replace(b'"flag"', b'"flag" ', 1))
    assert "was changed since it was registered" in home("model", "list")
    card.write_bytes(whole)
    home("model", "rollback", "--reason", "误报多了")
    assert f"* {version}" not in home("model", "list")
    home("ledger", "verify")


def test_what_is_not_there_is_said(home):
    assert "nothing" in refused(home, "model", "promote", "nothing", "--reason", "x")


def test_the_rows_are_exported_and_logged(home, tmp_path):
    out = tmp_path / "rows.jsonl"
    count = int(home("model", "rows", "--output", str(out)).split()[0])
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == count
    assert {"title", "body", "risk", "level", "frozen"} <= set(lines[0])
    assert home.one("select count(*) from ledger_entry where act = 'export.verdicts'") == 1
    assert "cannot be written" in refused(home, "model", "rows", "--output", str(tmp_path / "no" / "rows.jsonl"))
