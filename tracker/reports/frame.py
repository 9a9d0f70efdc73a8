"""One period and the one before it, counted once, with the names that sentences and tables need. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tracker.reports.coverage import Sights, sights
from tracker.reports.facts import Facts
from tracker.reports.history import Snapshot
from tracker.reports.periods import Period
from tracker.reports.tally import Tally, tallies
from tracker.reports.wording import UNKNOWN_PLACE, moment


@dataclass(frozen=True, slots=True)
class Rules:
    """What the department may change: when a burst is one, how much is printed before a paper refers to the ledger.

    An event bursts with at least `burst_posts` posts in the period and `burst_ratio` times its usual (`Period.earlier`).
    A risk fixed with fewer than `alarm_posts` source posts was dealt with in the bud.
    A circular names a unit whose item is overdue more than `overdue_days` working days after a reminder, or which was sent
    back `sent_back` times in the period.
    """

    burst_posts: int = 3
    burst_ratio: float = 3.0
    events_shown: int = 10
    alarm_posts: int = 5
    overdue_days: int = 5
    sent_back: int = 2
    key_shown: int = 30
    due_shown: int = 60
    annex_shown: int = 300


@dataclass(frozen=True, slots=True)
class Frame:
    """The facts of [period.since, until) counted, beside those of the period before. `until` is earlier for an unfinished one."""

    facts: Facts
    period: Period
    until: datetime
    now: Tally
    past: Tally
    sights: Sights
    rules: Rules

    @property
    def finished(self) -> bool:
        return self.until == self.period.until

    @property
    def this(self) -> str:
        return self.period.this

    @property
    def last(self) -> str:
        return self.period.last

    @property
    def coming(self) -> str:
        return self.period.coming

    def unit(self, code: str) -> str:
        """The unit's name; its code where the unit is gone."""
        row = self.facts.units.get(code)
        return row.name if row else code or "未交办"

    def short_unit(self, code: str) -> str:
        """The unit along the axis of a chart: its prefecture where it has one."""
        row = self.facts.units.get(code)
        return (row.prefecture if row else "") or self.unit(code)[:6]

    def prefecture(self, shot: Snapshot) -> str:
        """Of the unit in charge, else the one prefecture that the place names, else "unknown place"."""
        row = self.facts.units.get(shot.unit)
        if row and row.prefecture:
            return row.prefecture
        known = sorted({u.prefecture for u in self.facts.units.values() if u.prefecture})
        named = [name for name in known if name in shot.row.place]
        return named[0] if len(named) == 1 else UNKNOWN_PLACE

    def from_posts(self) -> str:
        """The line beside figures that rest on public posts."""
        return f"数据范围：{self.sights.sentence()}。"

    def from_ledger(self) -> str:
        """The line beside figures that rest on the ledger."""
        acts = self.facts.acts
        span = f"，{self.this}为第{acts[0].seq}至{acts[-1].seq}条" if acts else f"，{self.period.this}没有新记录"
        return f"数据范围：截至{moment(self.until)}的台账{span}。"


def frame(facts: Facts, period: Period, as_of: datetime, rules: Rules) -> Frame:
    """`facts` counted for `period`, up to `as_of` where it has not ended by then."""
    until = min(max(as_of, period.since), period.until)
    past, now = tallies(facts.risks, (period.shifted(-1).since, period.since, until))
    return Frame(
        facts=facts,
        period=period,
        until=until,
        now=now,
        past=past,
        sights=sights(facts.sources, period.since, until),
        rules=rules,
    )
