"""SIGKILL at every named point of the program: what was answered for is there, nothing is twice, and the books agree."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import postgres
from tests.crash.at import located
from tests.crash.points import CHEAP, FEW, POINTS

ROOT = Path(__file__).resolve().parents[2]
# More of it by hand: docs/operations.md says how, and what came of it.
MORE = os.environ.get("YIDAN_CRASH", "").split()


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_every_point_is_there(point):
    holder, name = located(point.name)
    assert callable(getattr(holder, name))


def test_every_road_is_walked_by_some_point_and_every_point_has_its_road():
    from tests.crash.roads import ROADS

    assert {point.road for point in POINTS} == set(ROADS)


def test_a_point_that_is_not_there_is_said():
    with pytest.raises(LookupError, match=r"no function tracker\.risks\.services\.risk_forget"):
        located("tracker.risks.services.risk_forget")


def environ(folder: Path, **over: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    return kept | {
        "YIDAN_HOME": str(folder / "home"), "DJANGO_SETTINGS_MODULE": "tracker.settings", "PYTHONPATH": str(ROOT),
        "YIDAN_WEBHOOK_HOSTS": "127.0.0.1", "YIDAN_MAIL_URL": "smtp://127.0.0.1:25", "YIDAN_MAIL_FROM": "yidan@example.org",
    } | over  # fmt: skip


def driven(folder: Path, *arguments: str, **over: str) -> str:
    """What the driver said in the end; AssertionError with everything it said when something did not hold."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash.drive", *arguments, *MORE], cwd=ROOT, env=environ(folder, **over),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout.splitlines()[-1]


@pytest.mark.slow
def test_killed_at_every_point_nothing_is_lost_and_nothing_is_twice(tmp_path: Path):
    kills, failures = driven(tmp_path, "--cheap").split(" kills, ")
    assert int(kills) >= len(CHEAP)
    assert failures.startswith("0 failures")


@pytest.mark.slow
@pytest.mark.postgres
def test_the_same_on_postgresql(tmp_path: Path):
    with postgres.server() as url:
        kills, failures = driven(tmp_path, "--few", DATABASE_URL=url).split(" kills, ")
    assert int(kills) >= len(FEW)
    assert failures.startswith("0 failures")


def killed(folder: Path, *at: str) -> None:
    """The first command on a new home, killed there."""
    command = [sys.executable, "-m", "tests.crash.at", *at, "--", "yidan", "ledger", "verify"]
    done = subprocess.run(command, cwd=ROOT, env=environ(folder), capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL


def done_again(folder: Path) -> None:
    again = [sys.executable, "-m", "tracker.cli", "ledger", "verify"]
    done = subprocess.run(again, cwd=ROOT, env=environ(folder), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "entries hold" in done.stdout


def test_a_command_is_killed_at_a_point_and_done_again(tmp_path: Path):
    killed(tmp_path, "after", "tracker.cli.schema.create")
    done_again(tmp_path)


def test_a_store_is_made_to_its_end_after_its_making_was_killed(tmp_path: Path):
    """Between what a migration makes and the record of it, in one that leaves statements for its end and thus is recorded after."""
    for number in ("3", "30"):
        killed(tmp_path, "before", "django.db.migrations.recorder.MigrationRecorder.record_applied", number)
    done_again(tmp_path)
