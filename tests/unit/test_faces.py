"""Others use only the public faces of crawlers and analysis: a list of modules in a linter's file would miss new ones."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FACES = {f"{package}.{face}" for package in ("crawlers", "analysis") for face in ("api", "records")}


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {
                f"{node.module}.{a.name}" if node.module in ("crawlers", "analysis") else node.module
                for a in node.names
            }
    return {name for name in found if name.split(".")[0] in ("crawlers", "analysis")}


FILES = sorted((ROOT / "tracker").rglob("*.py"))


def test_there_is_something_to_look_at():
    assert len(FILES) > 50
    assert any(imported(path) for path in FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_tracker_uses_the_public_faces_only(path):
    assert imported(path) <= FACES
