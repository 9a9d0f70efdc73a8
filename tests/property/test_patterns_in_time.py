"""No pattern over public text takes more than its share of time (ReDoS): every compiled pattern there is, on text made to hurt."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("crawlers", "analysis", "tracker.posts", "tracker.risks", "tracker.intake", "tracker.web", "tracker.api", "tracker.reports",
            "tracker.ledger", "tracker.accounts", "tracker.learning", "tracker.notify", "tracker.outward", "tracker.privacy")  # fmt: skip
# Pieces that patterns of this kind go wrong on when they are repeated: digits and gaps, quotes, brackets, names, white space.
PIECES = (
    " ", "1", "1 ", "1-", "０", "a", "a.", "A1", "一", "我叫", "湘A", "一二", "　", "\n", "(", "<", "<a ", "[", "“", "网友“", "=", "/../", "0731-",
    "栋", "号楼", "。", ".@", "a@", "&#", "=x;", "\t ", "年1月",
)  # fmt: skip
SMALL, LARGE, SECONDS = 60, 6_000, 0.5


def written() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Those that stand as words in the sources, wherever they are compiled or used, and those of the shipped catalogue."""
    for path in sorted(
        path for package in ("crawlers", "analysis", "tracker") for path in (ROOT / package).rglob("*.py")
    ):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match call:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name("re"), attr=attr), args=[ast.Constant(str(text)), *rest]
                ) if attr != "escape":
                    flags = rest[-1] if rest and attr == "compile" else ast.Constant(0)
                    yield f"{path.name}:{call.lineno}", re.compile(text, eval(ast.unparse(flags), {"re": re}))
    for path in sorted((ROOT / "crawlers" / "catalogue").glob("*.toml")):
        key = tomllib.loads(path.read_text(encoding="utf-8")).get("list", {}).get("key", "")
        if "\\" in key:
            yield path.name, re.compile(key)


def patterns() -> list[tuple[str, re.Pattern[str]]]:
    found = {(pattern.pattern, pattern.flags): (name, pattern) for name, pattern in written()}
    for package in PACKAGES:
        root = importlib.import_module(package)
        for module in pkgutil.walk_packages(root.__path__, f"{package}."):
            if "migrations" in module.name or module.name.endswith("__main__"):
                continue
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    found[value.pattern, value.flags] = (f"{module.name}.{name}", value)
    return list(found.values())


def spent(pattern: re.Pattern[str], text: str) -> float:
    start = time.process_time()
    for _match in pattern.finditer(text):
        pass
    pattern.match(text)
    return time.process_time() - start


def test_every_pattern_answers_in_time():
    every = patterns()
    assert len(every) > 90, "the walk finds too little to prove anything"
    slow = []
    for name, pattern in every:
        for piece in PIECES:
            # An exponential one would never come back from a long text: it shows on sixty characters already.
            if spent(pattern, piece * SMALL + "!") > 0.05 or spent(pattern, (piece * LARGE)[:LARGE] + "!") > SECONDS:
                slow.append((name, piece))
    assert not slow


def test_the_measure_would_find_a_bad_one():
    with pytest.raises(AssertionError):
        assert spent(re.compile(r"(a+)+$"), "a" * 22 + "!") < 0.05
