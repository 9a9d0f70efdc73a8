"""Extraction from real pages keeps its quality: floors, not targets; lowering one is a decision."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FLOORS = {"title": 0.97, "date": 0.97, "starts": 0.97, "ends": 0.97, "must": 0.97, "clean": 0.93, "whole": 0.93}


@pytest.mark.shared
def test_quality_on_real_pages(shared: Path, tmp_path: Path) -> None:
    output = tmp_path / "pages.jsonl"
    yidan = [sys.executable, "-m", "tracker.cli", "extract", str(shared / "data" / "pages"), "--output", str(output)]
    subprocess.run(yidan, check=True, env={**os.environ, "YIDAN_HOME": str(tmp_path / "home")})
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert {row["kind"] for row in rows if row["file"].startswith("list_")} == {"list"}
    command = [sys.executable, str(shared / "tools" / "evaluate.py"), "pages", str(output)]
    scores = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert {name: scores[name] for name, floor in FLOORS.items() if scores[name] < floor} == {}
