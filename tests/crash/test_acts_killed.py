"""SIGKILL at any moment of an act: what was answered for is there, what was not is not, and the two books agree."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KILLS = 8
CHECK = """
import django; django.setup()
from tracker.ledger.services import ledger_head, ledger_verify
from tracker.risks.audit import sheet_verify
from tracker.risks.models import Risk
print(ledger_verify(), list(sheet_verify()), ledger_head()[0])
for number, version in Risk.objects.values_list("number", "version"): print(number, version)
"""


@pytest.fixture
def environ(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return {
        **os.environ, "YIDAN_HOME": str(home), "DATABASE_URL": f"sqlite:///{home / 'yidan.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "tracker.settings", "PYTHONPATH": str(ROOT),
    }  # fmt: skip


def python(environ, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], env=environ, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_killed_acts_leave_the_sheet_and_the_ledger_agreed(environ, tmp_path):
    python(environ, "manage.py", "migrate", "--verbosity=0", "--skip-checks")
    chance, answered = random.Random(19), set()
    for number in range(KILLS):
        log = tmp_path / f"{number}.log"
        with log.open("w") as out:
            child = subprocess.Popen([sys.executable, "-m", "tests.crash.acting"], env=environ, cwd=ROOT, stdout=out)
        deadline = time.monotonic() + 60
        while log.stat().st_size == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.4))
        child.send_signal(signal.SIGKILL)
        child.wait()
        lines = log.read_text().splitlines(keepends=True)
        assert lines, "the child did nothing before it was killed"
        answered |= {(risk, int(version)) for _seq, risk, version in map(str.split, filter(_whole, lines))}
        _agreed(python(environ, "-c", CHECK), answered)


def _whole(line: str) -> bool:
    return line.endswith("\n")


def _agreed(report: str, answered: set[tuple[str, int]]) -> None:
    first, *rows = report.splitlines()
    assert first.startswith("None [] "), first
    stored = {number: int(version) for number, version in map(str.split, rows)}
    assert all(stored[number] >= version for number, version in answered)
    assert sorted(stored) == [f"YD-2026-{n:05d}" for n in range(1, len(stored) + 1)]
