"""Seconds of a processor: what processes used of them, and what part of one a busy process gets here and now.

Unlike seconds of a clock they stay what they are while others use the machine, up to a tenth or so for shared caches.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

_TICKS = os.sysconf("SC_CLK_TCK")
_SPIN = (
    "import time\nend, n = time.perf_counter() + 1, 0\nwhile time.perf_counter() < end: n += 1\n"
    "print(n, time.process_time())"
)


def used(pids: Iterable[int]) -> float:
    """By these processes and by their children that are gone already; one that is gone itself counts for nothing."""
    return sum(sum(_fields(pid)[11:15]) for pid in pids) / _TICKS


def _fields(pid: int) -> list[int]:
    try:
        after = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return [0] * 20
    return [0, *(int(word) for word in after[1:20])]


def server(url: str) -> list[int]:
    """The processes of the tests' PostgreSQL at `url`."""
    folder = Path(unquote(urlsplit(url).netloc.split("@")[1]))
    postmaster = int((folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    everybody = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    return [postmaster, *(pid for pid in everybody if _fields(pid)[1] == postmaster)]


def share(busy: int) -> float:
    """Of an undisturbed processor, what each of `busy` processes gets that begin at once: 1 on a machine that is free."""
    spinning = [subprocess.Popen([sys.executable, "-c", _SPIN], stdout=subprocess.PIPE) for _one in range(busy)]
    counted = [tuple(map(float, one.communicate()[0].split())) for one in spinning]
    quickest = max(count / seconds for count, seconds in counted)
    return sum(count for count, _seconds in counted) / busy / quickest
