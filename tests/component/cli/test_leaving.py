"""The end of a command: with the code of what happened, and at once where something went wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

# A command that has a process at work, which would go on for a minute.
SCRIPT = """
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context
from time import sleep
from tracker.cli import app as door

def busy() -> None:
    pool = ProcessPoolExecutor(1, mp_context=get_context("fork"))
    pool.submit(sleep, 60)
    {ends}

door.app = lambda standalone_mode: busy()
door.main()
"""


@pytest.mark.parametrize(
    ("ends", "code", "said"),
    [
        ("raise KeyboardInterrupt", 130, "yidan: interrupted; run the same command again to go on."),
        ("raise door.Sentence('no room here: make some.')", 1, "yidan: no room here: make some."),
    ],
)
def test_what_failed_waits_for_no_process(ends, code, said, tmp_path):
    with (tmp_path / "said").open("w") as out:
        door = subprocess.Popen([sys.executable, "-c", SCRIPT.format(ends=ends)], stderr=out, start_new_session=True)
    try:
        assert door.wait(timeout=30) == code
    finally:
        os.killpg(door.pid, signal.SIGKILL)  # the process it left at work
        door.wait()
    assert (tmp_path / "said").read_text(encoding="utf-8").strip() == said


def test_what_went_well_waits_for_what_it_began():
    ends = "[child.terminate() for child in active_children()]; return 0"
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(ends=ends)], timeout=30, check=False)
    assert done.returncode == 0
