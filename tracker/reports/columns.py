"""The columns that the lists of a paper share, so that a number or a time never breaks over two lines.

Widths hold their digits in the widest fonts that stand in for those of the standard (DejaVu Serif, .64 of a character).
"""

from __future__ import annotations

from typing import Final

from tracker.reports.paper import Column

NUMBER: Final = Column("编号", 25, whole=True)
PROBLEM: Final = Column("问题", 23)
LEVEL: Final = Column("等级", 9, "centre")
UNIT: Final = Column("承办单位", 15)
LATE: Final = Column("已逾期", 14)
STATE: Final = Column("状态", 13)


def when(title: str) -> Column:
    """A day and a time: 11-23 17:30."""
    return Column(title, 20, whole=True)
