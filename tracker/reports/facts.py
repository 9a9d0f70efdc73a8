"""What papers are computed from: frozen rows, so that a paper depends on nothing but its arguments.

Every row has a text key (`risk:YD-2026-00001`, `risk:YD-2026-00001#42` for entry 42 about it, `post:7`, `event:3`,
`source:name`), because a figure is printed with the keys behind it. Times are aware UTC.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple


class ActRow(NamedTuple):
    """One ledger entry, as the ledger has it: `at` ISO 8601 UTC text, `data` JSON text. A tuple: a paper reads very many."""

    seq: int
    at: str
    act: str
    subject: str
    actor: str
    roles: str
    from_state: str
    to_state: str
    reason: str
    data: str

    @property
    def key(self) -> str:
        return f"{self.subject}#{self.seq}"

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)

    @property
    def brought(self) -> dict[str, Any]:
        """What the act brought along."""
        return dict(json.loads(self.data))


@dataclass(frozen=True, slots=True)
class RiskRow:
    """One item of the sheet: its words as they stand now, and its acts, oldest first, which say everything else."""

    number: str
    problem: str
    place: str
    topic: str
    acts: tuple[ActRow, ...]

    @property
    def key(self) -> str:
        return f"risk:{self.number}"

    def moved_since(self, moment: str) -> bool:
        """True when an act was done at `moment` (the ledger's text) or after it."""
        return bool(self.acts) and self.acts[-1].at >= moment


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A responsible unit; `prefecture` is empty for one of the whole province."""

    code: str
    name: str
    prefecture: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """One crawl run of one source; `healthy` as the crawler judged it."""

    source: str
    finished_at: datetime
    state: str
    reason: str
    healthy: bool


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source that is switched on (or was crawled): it counts as blind `limit_hours` after its last healthy run.

    `last_before` is its last healthy run before the period that `runs` cover, None when there was none.
    """

    name: str
    title: str
    due: bool
    limit_hours: float
    last_before: datetime | None
    runs: tuple[RunRow, ...] = ()

    @property
    def key(self) -> str:
        return f"source:{self.name}"


@dataclass(frozen=True, slots=True)
class PostRow:
    """A public post about transport; `said_at` is when it was published, or found where the board gives no time."""

    id: int
    said_at: datetime
    flagged: bool
    event: int | None

    @property
    def key(self) -> str:
        return f"post:{self.id}"


@dataclass(frozen=True, slots=True)
class EventRow:
    """What a paper prints of an event; `decision` is the newest verdict before the end of the period."""

    id: int
    title: str
    place: str
    level: int
    flagged: bool
    decision: str
    opened_at: datetime

    @property
    def key(self) -> str:
        return f"event:{self.id}"


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """One analyst's decision; `labels` are theirs, `machine` what the machine had said."""

    id: int
    event: int
    decision: str
    at: datetime
    labels: Mapping[str, Any]
    machine: Mapping[str, Any]
    flagged: bool

    @property
    def key(self) -> str:
        return f"verdict:{self.id}"


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """Where the ledger stood when the paper was computed; `began` is the time of its first entry, empty without one."""

    seq: int
    hash: str
    began: str = ""


@dataclass(frozen=True, slots=True)
class MissAudit:
    """The blind audit of the period: events drawn from what the machine kept silent about, those judged, those that belong on the sheet.

    `value`, `low`, `high`: the share of what belongs on the sheet that the machine flagged, by the chances of the draw; None where
    nothing can be said yet.
    """

    drawn: tuple[str, ...]
    judged: tuple[str, ...]
    missed: tuple[str, ...]
    value: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a paper of a period is computed from.

    `risks` are all that were open at any time since the period before began; `acts` the entries of the period; `posts` those
    said in it or in the period before; `earlier_posts` how many each event of the period had in the `Period.earlier` before;
    `pending` the flagged events without a verdict at the end; `working_days` those
    of the period that follows; `free_days` those not worked in the nine weeks before the end.
    `flow` are the listings, strikings-off and breaches of the periods of the trend; `voices` gives, for the key of each
    striking-off among them, how many source posts had been found by then. `miss_audit` is None where nobody measured misses.
    For a year only, instead of `posts`: `source_posts`, the (key, found at) of the posts behind each item that was answered or
    struck off since the year before began, and `post_months`, how many posts, and flagged ones, each month with any had.
    """

    head: LedgerHead
    risks: tuple[RiskRow, ...] = ()
    acts: tuple[ActRow, ...] = ()
    units: Mapping[str, UnitRow] = field(default_factory=dict)
    sources: tuple[SourceRow, ...] = ()
    posts: tuple[PostRow, ...] = ()
    earlier_posts: Mapping[int, int] = field(default_factory=dict)
    events: Mapping[int, EventRow] = field(default_factory=dict)
    verdicts: tuple[VerdictRow, ...] = ()
    pending: tuple[int, ...] = ()
    working_days: tuple[date, ...] = ()
    free_days: frozenset[date] = frozenset()
    flow: tuple[ActRow, ...] = ()
    voices: Mapping[str, int] = field(default_factory=dict)
    miss_audit: MissAudit | None = None
    source_posts: Mapping[str, tuple[tuple[str, datetime], ...]] = field(default_factory=dict)
    post_months: Mapping[str, tuple[int, int]] = field(default_factory=dict)
