"""One week and the week before it, counted once, with the names that sentences and tables need. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tracker.reports.coverage import Sights, sights
from tracker.reports.facts import WeeklyFacts
from tracker.reports.history import Snapshot
from tracker.reports.periods import Week
from tracker.reports.tally import Tally, tallies
from tracker.reports.wording import UNKNOWN_PLACE, moment


@dataclass(frozen=True, slots=True)
class Rules:
    """What the department may change: when a burst is one, how much is printed before a paper refers to the ledger.

    An event bursts with at least `burst_posts` posts in the week and `burst_ratio` times its mean of the `burst_weeks` before.
    A risk fixed with fewer than `alarm_posts` source posts was dealt with in the bud.
    A circular names a unit whose item is overdue more than `overdue_days` working days after a reminder, or which was sent
    back `sent_back` times in the period.
    """

    burst_posts: int = 3
    burst_ratio: float = 3.0
    burst_weeks: int = 4
    events_shown: int = 10
    flow_weeks: int = 8
    alarm_posts: int = 5
    overdue_days: int = 5
    sent_back: int = 2
    key_shown: int = 30
    due_shown: int = 60
    annex_shown: int = 300


@dataclass(frozen=True, slots=True)
class Frame:
    """The facts of [week.since, until) counted, beside those of the week before. `until` is earlier for an unfinished week."""

    facts: WeeklyFacts
    week: Week
    until: datetime
    now: Tally
    past: Tally
    sights: Sights
    rules: Rules

    @property
    def finished(self) -> bool:
        return self.until == self.week.until

    def unit(self, code: str) -> str:
        """The unit's name; its code where the unit is gone."""
        row = self.facts.units.get(code)
        return row.name if row else code or "未交办"

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
        span = f"，本周为第{acts[0].seq}至{acts[-1].seq}条" if acts else "，本周没有新记录"
        return f"数据范围：截至{moment(self.until)}的台账{span}。"


def frame(facts: WeeklyFacts, week: Week, as_of: datetime, rules: Rules) -> Frame:
    """`facts` counted for `week`, up to `as_of` where the week has not ended by then."""
    until = min(max(as_of, week.since), week.until)
    past, now = tallies(facts.risks, (week.shifted(-1).since, week.since, until))
    return Frame(
        facts=facts,
        week=week,
        until=until,
        now=now,
        past=past,
        sights=sights(facts.sources, week.since, until),
        rules=rules,
    )
