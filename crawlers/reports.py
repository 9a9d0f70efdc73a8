"""How a crawl tells what it did: one report a source, in exactly one state, with the sentence that says why.

A run that fetched nothing must never look like a healthy one, so `ok` and `ok-nothing-new` are the only healthy states and
each of the others names its cause. Standard library only, so that the schedule can read reports without loading Scrapy.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from crawlers.causes import Cause
from crawlers.monitors import Alarm

State = Literal["ok", "ok-nothing-new", "degraded", "blocked", "broken", "down", "skipped"]
STATES: tuple[State, ...] = get_args(State)
HEALTHY: frozenset[State] = frozenset({"ok", "ok-nothing-new"})


class CrawlError(Exception):
    """A crawl that could not be done at all; the message is one sentence for the person who started it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a running crawl stands: posts sealed or on their way, requests made, list pages read."""

    source: str
    fetched: int
    requests: int
    pages: int


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """The result of one run over one source.

    `fetched` posts were sealed in this run, `new` of them for the first time; `unchanged` list rows were known already;
    `failed` posts could not be fetched or read and are tried again in the next run. `requests` counts HTTP requests,
    repeats and robots.txt included. `undated` of the sealed posts carried no readable time. `gone` are the keys of posts that were
    sealed earlier and that the source has taken away since: to be marked, not deleted. `reason` is what `causes` say, in English.
    `alarms` are what the monitors found, `page` the name of the outline that was kept to show why.
    `day_new` posts came new in the 24 hours before its end, `day_usual` usually do (None: not known yet). Times are aware UTC.
    """

    source: str
    run: str
    started_at: datetime
    finished_at: datetime
    state: State
    reason: str
    fetched: int = 0
    new: int = 0
    unchanged: int = 0
    failed: int = 0
    requests: int = 0
    undated: int = 0
    gone: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    page: str = ""
    day_new: int = 0
    day_usual: float | None = None

    @property
    def healthy(self) -> bool:
        """True only for a run that ended by itself and found the source as expected."""
        return self.state in HEALTHY

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; times as ISO 8601 UTC."""
        row = {spec.name: getattr(self, spec.name) for spec in dataclasses.fields(self)}
        row["causes"] = [why.to_dict() for why in self.causes]
        row["alarms"] = [alarm.to_dict() for alarm in self.alarms]
        row["started_at"] = self.started_at.astimezone(UTC).isoformat()
        row["finished_at"] = self.finished_at.astimezone(UTC).isoformat()
        return row

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> CrawlReport:
        """The report in `row`; ValueError when it is not one."""
        try:
            times = {name: datetime.fromisoformat(row[name]) for name in ("started_at", "finished_at")}
            causes = tuple(map(Cause.from_dict, row.get("causes", ())))
            alarms = tuple(map(Alarm.from_dict, row.get("alarms", ())))
            gone = tuple(row.get("gone", ()))
            report = cls(**{**row, **times, "gone": gone, "causes": causes, "alarms": alarms})
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a crawl report: {type(error).__name__} {error}") from error
        if report.state not in STATES:
            raise ValueError(f"not a crawl report: unknown state {report.state!r}")
        return report
