"""Extraction from real pages keeps its quality: floors, not targets; lowering one is a decision."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crawlers.api import CrawlError, extract_page

SHANGHAI = ZoneInfo("Asia/Shanghai")
FLOORS = {"title": 0.97, "date": 0.97, "starts": 0.97, "ends": 0.97, "must": 0.97, "clean": 0.93, "whole": 0.93}


def extracted(path: Path) -> dict[str, object]:
    try:
        found = extract_page(path.read_bytes())
    except CrawlError:
        return {"file": path.name, "kind": "list", "title": "", "published_at": None, "text": ""}
    when = found.published_at.astimezone(SHANGHAI).isoformat() if found.published_at else None
    return {"file": path.name, "kind": found.kind, "title": found.title, "published_at": when, "text": found.text}


@pytest.mark.shared
def test_quality_on_real_pages(shared: Path, tmp_path: Path) -> None:
    rows = [extracted(path) for path in sorted((shared / "data" / "pages").glob("*.html"))]
    assert {row["kind"] for row in rows if str(row["file"]).startswith("list_")} == {"list"}
    output = tmp_path / "pages.jsonl"
    output.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    command = [sys.executable, str(shared / "tools" / "evaluate.py"), "pages", str(output)]
    scores = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert {name: scores[name] for name, floor in FLOORS.items() if scores[name] < floor} == {}
