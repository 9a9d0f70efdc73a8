"""The weekly and the monthly report, pure: facts of one period → the content of the paper, in the sections an office reads.

Conclusions first, in three lines and one small table that a manager reads in three minutes; everything else is there to look
things up. No clock, no database: the same facts give the same paper to the digit.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tracker.reports import weekly_public, weekly_sheet
from tracker.reports.conclusion import conclusion
from tracker.reports.facts import Facts
from tracker.reports.frame import Frame, Rules, frame
from tracker.reports.paper import Json, Section
from tracker.reports.periods import Period
from tracker.reports.skeleton import skeleton
from tracker.reports.weekly_heat import heat
from tracker.reports.weekly_progress import mechanisms
from tracker.reports.wording import in_chinese

TITLES = {"weekly": "交通运输舆情隐患“一单四制”周报", "monthly": "交通运输舆情隐患“一单四制”月报"}


def weekly(facts: Facts, *, period: Period, as_of: datetime, rules: Rules | None = None) -> Json:
    """The content of the report of a week as known at `as_of` (aware UTC); before the week's end it is marked as interim."""
    return _report("weekly", facts, period, as_of, rules)


def monthly(facts: Facts, *, period: Period, as_of: datetime, rules: Rules | None = None) -> Json:
    """The content of the report of a month: the sections of the weekly one, beside the month before."""
    return _report("monthly", facts, period, as_of, rules)


@in_chinese()
def _report(kind: str, facts: Facts, period: Period, as_of: datetime, rules: Rules | None) -> Json:
    view = frame(facts, period, as_of, rules or Rules())
    annex = (weekly_sheet.crossed(view), weekly_public.ledger_annex(view))
    return skeleton(kind, TITLES[kind], view, as_of, [make(view) for make in _SECTIONS], annex)


_SECTIONS: tuple[Callable[[Frame], Section], ...] = (
    conclusion,
    weekly_public.coverage,
    weekly_sheet.new_risks,
    weekly_sheet.key_risks,
    mechanisms,
    weekly_sheet.named,
    weekly_public.answers,
    heat,
    weekly_public.review,
    weekly_public.next_period,
)
