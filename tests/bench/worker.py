"""One assessing worker as the product starts one: `python -m tests.bench.worker MESSAGES COUNT`.

It loads everything that a first post needs, waits for a line so that several begin together, assesses the first COUNT messages, and
says what loading and assessing took and how much memory it ever held.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

import numpy as np  # noqa: F401 — before the clock: importing it is the platform's, not the model's

from analysis.api import Analyser
from analysis.datasets import read_messages
from analysis.records import Text


def memory() -> float:
    """The most this process ever held, in MB; not `ru_maxrss`, which begins with what the parent held."""
    held = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(held[1]) / 1024 if held else float("nan")


def main() -> None:
    count = int(sys.argv[2])
    clock = time.process_time()
    analyser = Analyser.load()
    analyser.assess([Text("first", "路灯", "路灯坏了")])
    loaded = time.process_time() - clock
    messages = list(read_messages(Path(sys.argv[1])).values())[:count]
    texts = [Text(m["id"], m["title"], m["body"]) for m in messages]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    begun, clock = time.perf_counter(), time.process_time()
    analyser.assess(texts)
    spent, worked = time.perf_counter() - begun, time.process_time() - clock
    page = {"load": loaded, "wall": spent, "cpu": worked, "memory": memory(), "texts": len(texts)}
    sys.stdout.write(json.dumps(page) + "\n")


if __name__ == "__main__":
    main()
