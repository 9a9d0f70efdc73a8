"""How much of the period each source let us see, pure: "no data" must never look like "no risk".

A source sees until `limit_hours` after its last healthy run; the hours of the period beyond that are blind. A source that is
switched on and has never run is blind all the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.reports.facts import RunRow, SourceRow


@dataclass(frozen=True, slots=True)
class Sight:
    """One source over one period: its runs, its last healthy one, the hours it was blind, and whether it sees at the end."""

    source: SourceRow
    runs: tuple[RunRow, ...]
    healthy: tuple[RunRow, ...]
    last_healthy: datetime | None
    hours_blind: float
    sees: bool


def sight(source: SourceRow, since: datetime, until: datetime) -> Sight:
    """`source` over [since, until)."""
    runs = tuple(run for run in source.runs if since <= run.finished_at < until)
    healthy = tuple(run for run in runs if run.healthy)
    limit = timedelta(hours=source.limit_hours)
    seen = max(source.last_before + limit, since) if source.last_before else since
    blind = timedelta()
    for run in healthy:
        blind += max(run.finished_at - seen, timedelta())
        seen = max(seen, run.finished_at + limit)
    blind += max(until - seen, timedelta())
    last = healthy[-1].finished_at if healthy else source.last_before
    hours = round(blind.total_seconds() / 3600, 1)
    return Sight(source, runs, healthy, last, hours, sees=bool(healthy or source.last_before) and seen >= until)


@dataclass(frozen=True, slots=True)
class Sights:
    """All sources that are switched on, over one period."""

    rows: tuple[Sight, ...]

    @property
    def due(self) -> tuple[str, ...]:
        return tuple(row.source.key for row in self.rows)

    @property
    def run(self) -> tuple[str, ...]:
        return tuple(row.source.key for row in self.rows if row.runs)

    @property
    def clear(self) -> tuple[str, ...]:
        """Those that were never blind."""
        return tuple(row.source.key for row in self.rows if not row.hours_blind)

    @property
    def seeing(self) -> tuple[str, ...]:
        """Those that see at the end of the period."""
        return tuple(row.source.key for row in self.rows if row.sees)

    @property
    def hours_blind(self) -> float:
        return round(sum(row.hours_blind for row in self.rows), 1)

    @property
    def whole(self) -> bool:
        """True when nothing was missed: there are sources and none was ever blind."""
        return bool(self.rows) and len(self.clear) == len(self.rows)

    def sentence(self) -> str:
        """One line beside the figures that rest on public posts."""
        if not self.rows:
            return "没有启用的数据源，来自公众发帖的数字不代表没有隐患"
        if self.whole:
            return f"{len(self.rows)}个数据源全程可见"
        blind = len(self.rows) - len(self.clear)
        return f"{len(self.rows)}个数据源中{blind}个有失明时段，合计{self.hours_blind:g}小时，数字可能偏少"


def sights(sources: Sequence[SourceRow], since: datetime, until: datetime) -> Sights:
    """Every source that is switched on, over [since, until)."""
    return Sights(tuple(sight(source, since, until) for source in sources if source.due))
