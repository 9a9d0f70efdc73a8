"""The columns that the lists of a paper share, so that a number or a time never breaks over two lines."""

from __future__ import annotations

from typing import Final

from tracker.reports.paper import Column

NUMBER: Final = Column("编号", 23, whole=True)
PROBLEM: Final = Column("问题", 25)
LEVEL: Final = Column("等级", 9, "centre")
UNIT: Final = Column("承办单位", 16)
LATE: Final = Column("已逾期", 14)
STATE: Final = Column("状态", 15)


def when(title: str) -> Column:
    """A day and a time: 11-23 17:30."""
    return Column(title, 17, whole=True)
