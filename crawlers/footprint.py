"""How much memory a tree of processes takes, by /proc: each its proportional share of what it shares (PSS), else what it shares with nobody.

Where there is no /proc nothing can be said, and 0 is said.
"""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def family(root: int) -> list[int]:
    """`root` and all that descends from it, parents first."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for entry in PROC.glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            # The name in brackets may hold anything; the parent is the second field after it.
            children[int(entry.read_text("utf-8", "replace").rpartition(")")[2].split()[1])].append(
                int(entry.parent.name)
            )
    found = [root]
    for pid in found:
        found += children[pid]
    return found


def memory(root: int) -> int:
    """Bytes that `root` and its descendants take together."""
    return sum(_taken(PROC / str(pid)) for pid in family(root))


def _taken(process: Path) -> int:
    """A process in a sandbox shows its share to the superuser only, and its counts to everybody."""
    with suppress(OSError, ValueError, IndexError):
        lines = (process / "smaps_rollup").read_text("ascii").splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    with suppress(OSError, ValueError, IndexError):
        counts = (process / "statm").read_text("ascii").split()
        return PAGE * (int(counts[1]) - int(counts[2]))
    return 0


def end(root: int) -> None:
    """Kill `root` and its descendants."""
    for pid in family(root):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
