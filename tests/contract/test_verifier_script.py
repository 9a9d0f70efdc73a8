"""The script for outsiders agrees with the product, runs on a bare Python, and is short enough to be read."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories import make_desk, make_risk
from tracker.ledger.services import ledger_export, ledger_head, ledger_verify_file
from tracker.risks.lifecycle import State

pytestmark = pytest.mark.django_db
SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "verify_ledger.py"


def run(*arguments: object) -> tuple[int, str]:
    # -I -S: no site packages, no environment.
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), *map(str, arguments)], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def exported(tmp_path):
    make_risk(make_desk(), State.SUBMITTED)
    path = tmp_path / "ledger.jsonl"
    ledger_export(path)
    return path


def rewrite(path, change):
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = change(rows) or rows
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def test_it_is_short_and_needs_nothing():
    source = SCRIPT.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 60
    imported = {
        name.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in node.names
    }
    assert imported <= {"json", "sys", "hashlib", "pathlib", "collections.abc"}


def test_a_true_export_holds_with_and_without_a_printed_head(exported):
    assert run(exported) == (0, "the chain holds\n")
    assert run(exported, *ledger_head()) == (0, "the chain holds\n")


CHANGES = {
    "changed": lambda rows: rows[3].update(reason="x"),
    "removed": lambda rows: rows[:2] + rows[3:],
    "repeated": lambda rows: [*rows[:4], rows[3], *rows[4:]],
    "moved": lambda rows: [*rows[:2], rows[3], rows[2], *rows[4:]],
    "unlinked": lambda rows: rows[5].update(previous="f" * 64),
}


@pytest.mark.parametrize("what", CHANGES)
def test_it_names_the_entry_the_product_names(exported, what):
    rewrite(exported, CHANGES[what])
    code, said = run(exported)
    assert code == 1
    assert f"entry {ledger_verify_file(exported).seq} " in said


def test_a_shortened_or_rewritten_history_does_not_match_a_printed_head(exported):
    seq, digest = ledger_head()
    rewrite(exported, lambda rows: rows[:-1])
    assert run(exported)[0] == 0
    assert run(exported, seq, digest) == (
        1,
        f"entry {seq} is missing: entry {seq} was printed, the file ends at {seq - 1}\n",
    )
    assert "rewritten" in run(exported, seq - 1, "f" * 64)[1]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"1"])
def test_a_file_that_is_no_export_is_no_traceback(tmp_path, content):
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    code, said = run(path)
    assert (code == 0) is (content == b"")
    assert "Traceback" not in said
    assert run(tmp_path / "absent")[0] == 2
    code, said = run()
    assert (code, "python3 verify_ledger.py" in said) == (1, True)
