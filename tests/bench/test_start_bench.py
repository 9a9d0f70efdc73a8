"""P9: what the command line costs before it does anything."""

from __future__ import annotations

import subprocess
import sys

from tests.bench.conftest import seconds


def run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def test_help_answers_at_once(bench):
    bare = seconds(lambda: run("-c", "pass"), 5)
    ours = seconds(lambda: run("-m", "tracker.cli", "--help"), 5)
    bench(
        "P9 --help over bare Python",
        ours / bare,
        reach="≤ .5 s more",
        limit="importing typer",
        seconds_more=ours - bare,
    )
    assert ours - bare < 5, "something heavy is imported for --help"
