"""docs/api.md and docs/security.md stay true: every operation, variable and test that they name exists, and none is left out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_operation_is_named_with_its_address():
    from tracker.api.urls import description

    rows = dict(re.findall(r"^\| `(\w+)` \| (\w+ `[^`]+`) \|", API, re.MULTILINE))
    acts = set(re.findall(r"`(act_\w+)`", API))
    there = {
        said["operationId"]: f"{method.upper()} `{path.removeprefix('/api/v1')}`"
        for path, methods in description()["paths"].items()
        for method, said in methods.items()
    }
    assert rows == {name: address for name, address in there.items() if not name.startswith("act_")}
    assert acts == {name for name in there if name.startswith("act_")}


def test_every_kind_of_refusal_is_explained():
    from tracker.api.problems import _STATUS

    explained = set(map(int, re.findall(r"^\| (\d{3}) \|", API, re.MULTILINE)))
    assert {status for _kind, status in _STATUS} <= explained


def named() -> list[str]:
    return sorted(set(re.findall(r"`(tests/[\w/]+\.py(?:::\w+)*)`", SECURITY)))


@pytest.mark.parametrize("name", named())
def test_every_test_of_the_threat_model_exists(name):
    path, *parts = name.split("::")
    tree: ast.AST = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    for part in parts:
        inside = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]  # type: ignore[attr-defined]
        assert part in {n.name for n in inside}, name
        tree = next(n for n in inside if n.name == part)


def test_every_row_has_a_test_and_every_letter_of_stride_is_there():
    rows = [line for line in SECURITY.splitlines() if re.match(r"\| \d \|", line)]
    assert len(rows) > 25
    assert all("`tests/" in row for row in rows)
    letters = {letter for row in rows for letter in re.findall(r"\b([STRIDE])\b(?=[,:])", row.split("|")[3])}
    assert letters == set("STRIDE")


def test_every_variable_of_the_environment_is_documented_somewhere():
    known = set(re.findall(r"\"(YIDAN_[A-Z_]+)\"", (ROOT / "tracker" / "env.py").read_text(encoding="utf-8")))
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    told = "".join(page.read_text(encoding="utf-8") for page in pages)
    assert known - {"YIDAN_DEBUG"} <= set(re.findall(r"YIDAN_[A-Z_]+", told))
