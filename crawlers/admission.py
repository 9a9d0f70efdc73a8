"""Whether a run may start now: not in the quiet hours, not beyond the day's budget, and not so soon after failing again and again.

A start counts as a failure until its run has ended otherwise, so a source that kills its crawl is asked less often like one that is down.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from crawlers.causes import Cause, cause
from crawlers.monitors import Alarm
from crawlers.reports import CrawlReport
from crawlers.run import STARTED, STREAK, Run

PATIENT: Final = 3  # failures in a row after which a scheduled source is asked less often
LONGEST: Final = timedelta(hours=6)  # that a source waits, unless its own interval is longer


def refusal(run: Run, *, asked: bool) -> CrawlReport | None:
    """The report of a run that may not start, or None: then the start is noted. A person who asks is not held back by failures."""
    if until := run.quiet_until():
        return _skipped(run, cause("quiet", until=until.strftime("%H:%M")))
    if not run.may_ask:
        return _skipped(run, cause("budget-spent", n=run.source.pace.budget))
    history, now = run.history, run.started_at
    streak, started = int(history.number(STREAK) or 0), history.number(STARTED)
    if started and started > now.timestamp():
        started = None  # noted under a clock that ran ahead: nobody waits for that
    until = _waits_until(streak, started, timedelta(seconds=run.source.pace.every))
    if until and now < until and not asked:
        said = cause("backing-off", n=streak, until=until.astimezone(run.source.zone).strftime("%m-%d %H:%M"))
        return _skipped(run, said, Alarm("failing", said))
    history.keep_number(STREAK, streak + 1)
    history.keep_number(STARTED, now.timestamp())
    return None


def _waits_until(streak: int, started: float | None, every: timedelta) -> datetime | None:
    """When a source that failed `streak` times may be asked again: the wait doubles with each failure, up to a limit."""
    if streak < PATIENT or started is None:
        return None
    wait = min(every * (1 << min(streak - PATIENT + 1, 20)), max(every, LONGEST))
    return datetime.fromtimestamp(started, UTC) + wait


def _skipped(run: Run, why: Cause, *alarms: Alarm) -> CrawlReport:
    when = run.started_at
    return CrawlReport(run.source.name, run.name, when, when, "skipped", why.say(), causes=(why,), alarms=alarms)
