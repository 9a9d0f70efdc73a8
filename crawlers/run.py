"""One run over one source: what it has, what it counts, and how its posts get from memory to the disk.

Spiders ask it, the pipeline delivers to it; nothing in it knows Scrapy, so the order seal-then-mark can be tested alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawlers import evidence, monitors, spool
from crawlers.causes import Cause, cause, say_all
from crawlers.evidence import Shown
from crawlers.frontier import Frontier
from crawlers.history import History, Yield
from crawlers.hours import quiet_until
from crawlers.monitors import Alarm, Watch
from crawlers.outcome import Tally, judge
from crawlers.pages.parts import Parts, Row
from crawlers.records import FetchInfo, Post
from crawlers.reports import HEALTHY, CrawlReport, OnProgress, Progress, State
from crawlers.sources import Source
from crawlers.voices import Voice, voice_of

LOOK_BACK = "look back"
NEWEST = "newest time published"
STREAK = "failures in a row"
STARTED = "last start"
FAILURES = ("blocked", "broken", "down")
BOOKED = 20  # requests after which a run books them: a killed one forgets fewer
REPORT_EVERY = 0.5  # seconds between two progress notes


@dataclass(slots=True)
class Run:
    """A run in progress. Without `spool` it is dry: posts are kept in `posts` and nothing is written.

    `most_pages` and `most_posts` bound a dry run; `stop` is set when going on is pointless, and spiders look at it.
    """

    source: Source
    frontier: Frontier
    name: str
    spool: Path | None = None
    now: datetime | None = None
    on_progress: OnProgress | None = None
    most_posts: int | None = None
    tally: Tally = field(default_factory=Tally)
    posts: list[Post] = field(default_factory=list)
    stop: bool = False
    requests: Callable[[], int] = lambda: 0
    started_at: datetime = field(init=False)
    looks_back: bool = False
    gone: list[str] = field(default_factory=list)
    version: tuple[str, str, str] | None = None  # address, ETag and Last-Modified of the newest list page
    watch: Watch = field(default_factory=Watch)
    shown: dict[str, Shown] = field(
        default_factory=dict
    )  # "list": its newest page; "post": the last one; "bad": the first wrong page
    folder: Path | None = None  # the state folder, where evidence is kept
    robots: Any = None  # the rules of robots.txt, for requests that do not pass Scrapy: those of a page's scripts
    history: History = field(init=False)
    voice: Voice | None = field(init=False)
    _noted: float = 0.0
    _spent: int = 0  # requests of this run that the history does not know yet
    _caught_up: bool = True
    _left: int = 0  # of the day's budget

    def __post_init__(self) -> None:
        self.started_at = self.clock()
        self.voice = voice_of(self.source, self.folder, self.started_at) if self.folder else None
        self.tally.had_rows = self.frontier.had_rows()
        self._caught_up = self.frontier.caught_up()
        self.history = self.frontier.history(self.started_at)
        self._left = self.source.pace.budget - self.history.requests_today(self.source.zone)

    def clock(self) -> datetime:
        """The run's time: the one given, else the machine's."""
        return self.now or datetime.now(UTC)

    def quiet_until(self) -> datetime | None:
        """When the quiet hours that hold now end; None outside of them."""
        return quiet_until(self.clock(), self.source.pace.quiet, self.source.zone)

    @property
    def may_ask(self) -> bool:
        """True while there is something left of the day's budget."""
        return self._left > 0

    def spend(self) -> bool:
        """Take one request from the day's budget; False when there is none left."""
        if self._left <= 0:
            return False
        self._left -= 1
        self._spent += 1
        if self._spent >= BOOKED:
            self.history.add(requests=self._spent)
            self._spent = 0
        return True

    def post(self, key: str, parts: Parts, row: Row | None, url: str, status: int) -> Post:
        """The record of one post; what its page does not say is taken from its list row."""
        return Post(
            source=self.source.name,
            key=key,
            url=self.source.public_url(key, url),
            title=parts.title or (row.title if row else ""),
            body=parts.body,
            published_at=parts.published_at or (row.published_at if row else None),
            fetch=FetchInfo(self.clock(), url, self.name, status),
            reply=parts.reply,
            counts=parts.counts,
            voice=parts.voice or (row.voice if row else ""),
        )

    def deliver(self, posts: Sequence[Post]) -> None:
        """Seal `posts`, then mark their keys; a spool that cannot be written stops the run and leaves the keys pending."""
        if not posts:
            return
        if self.spool is None:
            self.posts.extend(posts)
            self.tally.fetched += len(posts)
            return
        self._look_at(posts)
        try:
            batches = spool.seal(posts, self.source.name, self.spool, run=self.name, now=self.clock())
        except OSError as error:
            self.tally.failed += len(posts)
            self.tally.note("broken", cause("spool-unwritable", folder=self.spool, why=error.strerror))
            self.stop = True
            return
        self.tally.new += self.frontier.sealed([(post.key, post.revision) for post in posts], batches[0].name)
        self.tally.fetched += len(posts)
        self.tally.undated += sum(post.published_at is None for post in posts)
        self.note_progress()

    def _look_at(self, posts: Sequence[Post]) -> None:
        """Note what the monitors need of posts that are about to be sealed."""
        fresh = self.frontier.fresh(post.key for post in posts)
        for post in posts:
            monitors.note(self.watch, post, self.clock())
            if post.key in fresh:
                self.watch.fresh += 1
                self.watch.bodies.add(hash(post.body))
                known = self.tally.had_rows and self.frontier.known_elsewhere(post.key, post.revision)
                self.watch.known_elsewhere += known

    def note_progress(self) -> None:
        """Tell the caller how far it is, at most twice a second."""
        if self.on_progress and time.monotonic() - self._noted >= REPORT_EVERY:
            self._noted = time.monotonic()
            self.on_progress(Progress(self.source.name, self.tally.fetched, self.requests(), self.tally.pages))

    def finish(self) -> CrawlReport:
        """Close the run: settle what a complete one has seen, and give the verdict."""
        if self.tally.complete:
            self._settle()
        for key in self.gone:
            self.frontier.checked(key, gone=True)
        state, causes = judge(self.tally)
        page = ""
        alarms: tuple[Alarm, ...] = ()
        recent = Yield(0, (), same_weekday=False)
        if self.spool is not None:
            self._count(state)
            recent = self.history.recent()
            alarms = self._alarms(state, causes, recent)
            if alarms and state in HEALTHY:
                state, causes = "degraded", ()
            causes = (*causes, *(alarm.cause for alarm in alarms if alarm.cause not in causes))
            page = self._keep_page(state, causes, alarms)
            self._book(state)
        tally = self.tally
        return CrawlReport(
            source=self.source.name,
            run=self.name,
            started_at=self.started_at,
            finished_at=self.clock(),
            state=state,
            reason=say_all(causes),
            fetched=tally.fetched,
            new=tally.new,
            unchanged=tally.unchanged,
            failed=tally.failed,
            requests=self.requests(),
            undated=tally.undated,
            gone=tuple(self.gone),
            causes=causes,
            alarms=alarms,
            page=page,
            day_new=recent.now,
            day_usual=recent.usual,
        )

    def _settle(self) -> None:
        self.frontier.settle()
        if self.looks_back:
            self.frontier.done(LOOK_BACK)
        if self.version:
            self.frontier.remember(*self.version)

    def _count(self, state: State) -> None:
        """Let the history know what this hour brought; the first run, which brings years at once, teaches nothing."""
        complete = self.tally.complete and state in (*HEALTHY, "degraded")
        self.history.add(new=self.tally.new, requests=self._spent, runs=complete, unfit=not self.tally.had_rows)
        self._spent = 0

    def _alarms(self, state: State, causes: tuple[Cause, ...], recent: Yield) -> tuple[Alarm, ...]:
        """What the monitors say; silence is judged only by a run that read the list to its end, and never by the first one."""
        tally, history = self.tally, self.history
        newest = history.number(NEWEST)
        timely = self._caught_up and not self.looks_back  # else old posts are what is to be expected
        before = datetime.fromtimestamp(newest, UTC) if newest and timely else None
        fields = {name: history.field(name) for name in self.watch.fields}
        found = [
            *monitors.of_causes(causes, state),
            *(monitors.of_yield(recent) if tally.complete and tally.had_rows else ()),
            *monitors.of_posts(self.watch, before),
            *monitors.of_fields(self.watch, fields),
        ]
        self._learn({alarm.cause.facts.get("field") for alarm in found}, newest)
        if any(alarm.kind == "zero" for alarm in found):
            history.add(unfit=True)
        return tuple(found)

    def _learn(self, suspicious: set[Any], newest: float | None) -> None:
        """Add what this run showed to what is known, except of fields that have just raised an alarm."""
        for name, (filled, seen) in self.watch.fields.items():
            if name not in suspicious:
                self.history.learn_field(name, filled, seen)
        if self.watch.newest and self.watch.newest.timestamp() > (newest or 0):
            self.history.keep_number(NEWEST, self.watch.newest.timestamp())

    def _keep_page(self, state: State, causes: tuple[Cause, ...], alarms: tuple[Alarm, ...]) -> str:
        """Keep the page that shows why: the wrong one, else the post or the list that the alarm is about."""
        if self.folder is None or (state in HEALTHY and not alarms):
            return ""
        about_posts = any(alarm.kind in ("empty-field", "all-duplicate") for alarm in alarms)
        order = ("bad", "post", "list") if about_posts else ("bad", "list", "post")
        page = next((self.shown[name] for name in order if name in self.shown and (alarms or name == "bad")), None)
        if page is None:
            return ""
        return evidence.keep(page, self.folder, self.source.name, self.name, causes, self.clock())

    def _book(self, state: State) -> None:
        """End the streak of failures, which began to count when the run started: a run that is killed has failed."""
        if state not in FAILURES:
            self.history.keep_number(STREAK, 0)
