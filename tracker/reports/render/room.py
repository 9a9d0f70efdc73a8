"""How much of a paper one page of the desk holds, pure: a paper of any size stays light, and a small one is shown whole.

Rows of a table and records under a figure are shown up to the highest step at which all of them together have room; the rest is
counted on the page and stands in the files beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tracker.reports.paper import Json, figures_of

# Rows of one table; records under one figure.
ROWS: Final = (300, 100, 50, 25)
RECORDS: Final = (200, 50, 20, 10, 4)
# All rows, all records of a page.
ROWS_IN_ALL, RECORDS_IN_ALL = 400, 1500


def room(content: Json) -> tuple[int, int]:
    """(rows of a table, records under a figure) that a page shows of `content`."""
    blocks = [block for part in ("sections", "annex") for section in content[part] for block in section["blocks"]]
    rows = _step(ROWS, (len(block["rows"]) for block in blocks if block["type"] == "table"), ROWS_IN_ALL)
    shown = [block | {"rows": block["rows"][:rows]} if block["type"] == "table" else block for block in blocks]
    return rows, _step(RECORDS, (len(figure["r"]) for figure in figures_of(shown)), RECORDS_IN_ALL)


def _step(steps: Sequence[int], sizes: Iterable[int], most: int) -> int:
    known = list(sizes)
    return next((step for step in steps if sum(min(size, step) for size in known) <= most), steps[-1])
