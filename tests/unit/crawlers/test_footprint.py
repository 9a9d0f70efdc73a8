"""What a tree of processes weighs, and its end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawlers import footprint

FILLED = 40 << 20
CHILD = f"""
import subprocess, sys
own = "filled = bytearray(b'x') * {FILLED}; print('full', flush=True); input()"
subprocess.run([sys.executable, "-c", own])
"""


@pytest.fixture
def tree() -> Iterator[subprocess.Popen[bytes]]:
    """A process whose child holds FILLED bytes."""
    with subprocess.Popen([sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as root:
        assert root.stdout
        assert root.stdout.readline() == b"full\n"
        yield root
        root.kill()


def test_a_tree_weighs_what_its_processes_weigh_and_ends_as_a_whole(tree: subprocess.Popen[bytes]) -> None:
    root, child = footprint.family(tree.pid)
    assert root == tree.pid
    assert FILLED < footprint.memory(child) < FILLED + (30 << 20)
    assert footprint.memory(root) > footprint.memory(child)
    footprint.end(root)
    tree.wait(10)
    assert footprint.memory(root) == 0


def test_a_process_that_hides_its_share_is_weighed_by_its_counts(
    tree: subprocess.Popen[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = footprint.family(tree.pid)[1]
    shown = tmp_path / str(child)
    shown.mkdir()
    for name in ("stat", "statm"):
        (shown / name).write_bytes(Path(f"/proc/{child}/{name}").read_bytes())
    monkeypatch.setattr(footprint, "PROC", tmp_path)
    assert FILLED < footprint.memory(child) < FILLED + (30 << 20)
