"""Coverage: which sources were due, ran and were healthy, and for how long we have been blind.

Printed beside every figure, because "no data" must never look like "no risk". A source that is not due, has not run or has not
finished is never shown as healthy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crawlers.api import HEALTHY, Cause, Source
from tracker.intake.models import CrawlRun, SourceAlarm, SourceState

# A source is blind when its last healthy run is older than this many of its intervals (and than ten minutes: runs take time).
PATIENCE = 3
LEAST_PATIENCE = 600.0
PAPERS = "zh-hans"


@dataclass(frozen=True, slots=True)
class AlarmNow:
    """An alarm that is open: its kind, what it says in the reader's language, since when, and the page that shows why."""

    kind: str
    sentence: str
    raised_at: datetime
    page: str


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source now: `state` is that of its last run ("never" before the first, "off" when switched off).

    `hours_blind` counts from the last healthy run (None: there has never been one); `healthy` only when that run is recent.
    """

    source: str
    title: str
    state: str
    reason: str
    last_run: datetime | None
    last_success: datetime | None
    due: bool
    healthy: bool
    hours_blind: float | None
    alarms: tuple[AlarmNow, ...] = ()
    page: str = ""
    day_new: int = 0
    day_usual: float | None = None

    @property
    def silent(self) -> bool:
        """Its last run went well, but too long ago: nobody knows what the board holds since."""
        return self.due and not self.healthy and self.state in HEALTHY


@dataclass(frozen=True, slots=True)
class Coverage:
    """All sources that are switched on, and the four figures that other parts print."""

    sources: tuple[SourceHealth, ...]

    @property
    def on(self) -> list[SourceHealth]:
        """The sources that are switched on."""
        return [s for s in self.sources if s.due]

    @property
    def off(self) -> list[SourceHealth]:
        """The sources that are described and switched off."""
        return [s for s in self.sources if not s.due]

    @property
    def due(self) -> int:
        return sum(s.due for s in self.sources)

    @property
    def run(self) -> int:
        return sum(s.due and s.last_run is not None for s in self.sources)

    @property
    def healthy(self) -> int:
        return sum(s.healthy for s in self.sources)

    @property
    def blind(self) -> int:
        return sum(s.due and not s.healthy for s in self.sources)

    def sentence(self) -> str:
        """One line for a page or a paper."""
        if not self.due:
            return _("没有启用的数据源：以下数字不代表没有隐患")
        if not self.blind:
            return _("{due} 个数据源全部正常").format(due=self.due)
        since = min((s.last_success for s in self.sources if s.due and not s.healthy and s.last_success), default=None)
        when = _("（最早自 {when:%m-%d %H:%M} 起）").format(when=localtime(since)) if since else ""
        return _("{due} 个数据源中 {blind} 个看不到数据{when}").format(due=self.due, blind=self.blind, when=when)


def coverage(sources: Mapping[str, Source], now: datetime) -> Coverage:
    """The health of each of `sources` at `now`, from the runs in the store."""
    states = SourceState.objects.in_bulk(list(sources))
    alarms: dict[str, list[AlarmNow]] = {}
    for row in SourceAlarm.objects.filter(cleared_at=None, source__in=list(sources)).order_by("raised_at"):
        alarms.setdefault(row.source, []).append(
            AlarmNow(row.kind, _sentence(row.cause), row.raised_at, _file(row.page))
        )
    return Coverage(
        tuple(_health(source, states.get(name), alarms.get(name, ()), now) for name, source in sorted(sources.items()))
    )


def _sentence(row: Mapping[str, Any], language: str | None = None) -> str:
    """A stored cause in the reader's language, or the one named; of a newer version's cause, its code."""
    try:
        return Cause.from_dict(row).say(language or get_language() or "")
    except ValueError:
        return str(row.get("code", ""))


def _reason(last: SourceState | CrawlRun) -> str:
    """Why, in the reader's language; runs from before causes were kept have their sentence only."""
    space = " " if (get_language() or "").startswith("en") else ""
    return space.join(map(_sentence, last.causes)) or last.reason


def reason_on_paper(run: CrawlRun) -> str:
    """Why a run ended as it did, in the language of the papers, whatever the reader's."""
    return "".join(_sentence(row, PAPERS) for row in run.causes) or run.reason


def _health(source: Source, last: SourceState | None, alarms: Sequence[AlarmNow], now: datetime) -> SourceHealth:
    limit = max(source.pace.every * PATIENCE, LEAST_PATIENCE)
    success = last.last_success if last else None
    blind = max((now - success).total_seconds(), 0.0) if success else None
    state = (last.state if last else "never") if source.enabled else "off"
    return SourceHealth(
        source=source.name,
        title=source.title,
        state=state,
        reason=_reason(last) if last else "",
        last_run=last.last_run if last else None,
        last_success=success,
        due=source.enabled,
        healthy=state in HEALTHY and blind is not None and blind <= limit,
        hours_blind=None if blind is None else blind / 3600,
        alarms=tuple(alarms),
        page=_file(last.page) if last else "",
        day_new=last.day_new if last else 0,
        day_usual=last.day_usual if last else None,
    )


@dataclass(frozen=True, slots=True)
class RunRow:
    """One past run for a page: what it did, and why it ended so, in the reader's language."""

    run: str
    started_at: datetime
    finished_at: datetime
    state: str
    sentence: str
    fetched: int
    new: int
    failed: int
    page: str


def runs_of(source: str, most: int) -> list[RunRow]:
    """The latest runs of `source`, newest first; `page` is the name of a kept outline without its folder."""
    rows = CrawlRun.objects.filter(source=source).order_by("-finished_at", "-pk")[:most]
    return [
        RunRow(
            row.run,
            row.started_at,
            row.finished_at,
            row.state,
            _reason(row),
            row.fetched,
            row.new,
            row.failed,
            _file(row.page),
        )
        for row in rows
    ]


def _file(page: str) -> str:
    return page.rpartition("/")[2].removesuffix(".txt")
