"""The runbook's own commands, in its own order, on a real installation: a block of docs/operations.md that is marked `run` runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.home import Home

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_blocks_marked_run_do(tmp_path: Path):
    blocks = re.findall(r"^```sh run\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    home = Home(tmp_path / "home")
    home.add("wz", type("Nowhere", (), {"url": "http://127.0.0.1:9"}))
    shutil.copytree(home.catalogue.home / "catalogue", home.path / "catalogue")
    home("intake")  # makes the store
    (tmp_path / "backups").mkdir()
    program = f'yidan() {{ "{sys.executable}" -m tracker.cli "$@"; }}\nset -eu\n'
    environ = home.env | {"BACKUPS": str(tmp_path / "backups"), "DRILL": str(tmp_path / "drill")}
    if home.url:  # as the page says: on PostgreSQL also with a new, empty database
        blocks.insert(2, f"export DATABASE_URL={home.database()}")
    done = subprocess.run(
        ["bash", "-c", program + "\n".join(blocks)], env=environ, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "BAD" not in done.stdout
    (backed, restored) = re.findall(r"ledger entries(?: in it)?; head (\w+)", done.stdout)[0::2]
    assert backed == restored
    assert f"entries hold; head {backed}" in done.stdout, "the restored store ends where the backup did"
