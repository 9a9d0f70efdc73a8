"""The tasks: each does one unit of work and returns whether there was any. They decide nothing; services and rules do.

A task runs in a worker process of the engine and takes only text, so that it can run anywhere.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import close_old_connections, connection

from tracker.jobs import lessons
from tracker.logs import bound

if TYPE_CHECKING:
    from crawlers.api import CrawlReport
    from tracker.intake.understanding import Understanding

log = logging.getLogger("yidan.jobs")
_TEXT_CHUNKS = 10


class LedgerDisagrees(RuntimeError):
    """Somebody changed the store behind the program; the message says what."""


def _now() -> datetime:
    return datetime.now(UTC)


@cache
def _understanding() -> Understanding:
    """Loaded once a worker: the model and the index of events."""
    from tracker.intake.understanding import Understanding

    return Understanding()


def crawl(source: str) -> bool:
    """One scheduled run of one source."""
    return any(report.new for report in _crawl(source, asked=False))


def wishes(_argument: str = "") -> bool:
    """The crawl that somebody has waited for longest, if any; while its source is being crawled anyway, it goes on waiting."""
    from tracker.intake.wishes import wish_done, wish_next

    source, started = wish_next(), _now()
    if not source:
        return False
    reports = _crawl(source, asked=True)
    if not any(cause.code == "running" for report in reports for cause in report.causes):
        wish_done(source=source, asked_before=started)
    return True


def _crawl(source: str, *, asked: bool) -> list[CrawlReport]:
    """One run of one source in a process of its own, so that nothing it does can harm this one."""
    from crawlers.api import crawl_in_subprocess
    from tracker.intake.health import crawl_record

    reports = crawl_in_subprocess(
        [source],
        catalogue=[settings.ENV.catalogue],
        spool=settings.ENV.spool,
        state=settings.ENV.crawl_state,
        asked=asked,
    )
    for report in reports:
        crawl_record(report=report)
    return reports


def intake(_argument: str = "") -> bool:
    """Everything sealed so far, into the store."""
    from tracker.intake.services import IntakeBusy, spool_take

    try:
        taken = spool_take(spool=settings.ENV.spool, understanding=_understanding, clock=_now)
    except IntakeBusy:
        return False
    for sentence in taken.damaged:
        log.warning("%s", sentence)
    return taken.posts > 0


def rescore(span: str) -> bool:
    """One span of posts, by the model that works now."""
    from tracker.intake.rescoring import span_rescore

    return span_rescore(span=span, assess=_understanding().assess) > 0


def clocks(_argument: str = "") -> bool:
    """Record every deadline that has passed since the last look."""
    from tracker.risks.selectors import past_due
    from tracker.risks.services import risk_breach

    now = _now()
    recorded = [risk_breach(risk=risk, purpose=purpose, now=now) for risk, purpose in past_due(now)]
    return any(recorded)


def notices(_argument: str = "") -> bool:
    """Tell people what the steps of the ladder that are switched on make due, and carry out of the house what is to go there."""
    from tracker.notify.outbox import outgoing_send
    from tracker.notify.services import notices_send

    made = notices_send(now=_now())
    return made + outgoing_send(now=_now()) > 0


def digests(_argument: str = "") -> bool:
    """To each who has an address, what he must act on today; on a free day nothing."""
    from tracker.notify.digest import digests_put

    return digests_put(now=_now()) > 0


def papers(_argument: str = "") -> bool:
    """The papers that are ripe this morning; one whose facts have changed since it was frozen gets a marked revision."""
    from tracker.reports.ripe import ripe
    from tracker.reports.services import paper_make
    from tracker.risks.clocks import SHANGHAI
    from tracker.risks.deadlines import current_calendar

    now, calendar = _now(), current_calendar()
    due = ripe(now.astimezone(SHANGHAI).date(), lambda day: calendar(day).working)
    for kind, period in due:
        paper_make(kind=kind, period=period, now=now)
    return bool(due)


def previews(_argument: str = "") -> bool:
    """The running week's paper as its page shows it, where so much is open that whoever looks would wait."""
    from tracker.intake.known import known_sources
    from tracker.reports.periods import week_at
    from tracker.reports.previews import is_long, preview_compute

    if not is_long():
        return False
    now = _now()
    preview_compute(kind="weekly", period=week_at(now).name, now=now, sources=known_sources())
    return True


def texts(_argument: str = "") -> bool:
    """Index what has come in since: some thousand texts at a time, each few hundred in a transaction that makes nobody wait."""
    from tracker.posts.search import POSTS
    from tracker.risks.selectors import SHEET

    worked = False
    for index in (SHEET, POSTS):
        for _chunk in range(_TEXT_CHUNKS):
            if not index.catch_up():
                break
            worked = True
    return worked


def mail(_argument: str = "") -> bool:
    """Papers to those who asked for them: what is new is put in the queue, what is due is sent."""
    from tracker.reports.mail import deliveries_make, papers_send

    now = _now()
    made = deliveries_make(now=now)
    return bool(papers_send(now=now) or made)


def webhooks(_argument: str = "") -> bool:
    """Note what other systems are to hear of, and send what is due."""
    from tracker.outward.hooks import deliveries_queue, deliveries_send

    return deliveries_queue(now=_now()) + deliveries_send(clock=_now) > 0


def privacy(_argument: str = "") -> bool:
    """Let go what has had its time, then hold the store against its promises and keep what was found."""
    from tracker.accounts.actors import system_actor
    from tracker.privacy.services import retention_run
    from tracker.privacy.storing import check_run
    from tracker.risks.evidence import left_behind_remove

    actor = system_actor("privacy")
    if left := left_behind_remove(root=settings.ENV.files, now=_now()):
        log.info("%d files of interrupted uploads were removed", left)
    gone = retention_run(home=settings.ENV.home, actor=actor, now=_now())
    check = check_run(home=settings.ENV.home, actor=actor, now=_now())
    if not check.well:
        log.error("the privacy self-check found something: see the privacy page, or run `yidan privacy check`")
    return any(gone.values())


def ledger(_argument: str = "") -> bool:
    """The chain from its first entry, and sheet and people against it; what is wrong fails the job, so that it is seen by morning."""
    from tracker.accounts.audit import people_verify
    from tracker.ledger.services import ledger_verify
    from tracker.risks.audit import sheet_verify

    if broken := ledger_verify():
        raise LedgerDisagrees(f"the ledger is broken: {broken.sentence}")
    for name, sentence in chain(people_verify(), sheet_verify()):
        raise LedgerDisagrees(f"{name} {sentence}: `yidan doctor` lists everything that does not agree with the ledger")
    return False


def statistics(_argument: str = "") -> bool:
    """What the store knows of its own tables, by which it chooses indexes; PostgreSQL keeps that up to date itself.

    An index at a time, each a short transaction of its own, so that nobody who writes waits for all of them: over a million posts one
    takes a second from a cold disk.
    """
    if connection.vendor == "sqlite":
        tables = set(connection.introspection.django_table_names(only_existing=True))
        with connection.cursor() as cursor:
            found = cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'index'").fetchall()
        indexed = [name for name, table in found if table in tables]
        for name in [*indexed, *sorted(tables - {table for _name, table in found})]:
            with connection.cursor() as cursor:
                cursor.execute(f"ANALYZE {connection.ops.quote_name(name)}")
    return False


TASKS: dict[str, Callable[[str], bool]] = {
    "crawl": crawl,
    "wishes": wishes,
    "intake": intake,
    "rescore": rescore,
    "texts": texts,
    "clocks": clocks,
    "notices": notices,
    "digests": digests,
    "papers": papers,
    "previews": previews,
    "mail": mail,
    "audit": lessons.audit,
    "drift": lessons.drift,
    "retrain": lessons.retrain,
    "webhooks": webhooks,
    "privacy": privacy,
    "statistics": statistics,
    "ledger": ledger,
}


def perform(task: str, argument: str) -> bool:
    """Run one task in this process; the entry point of a worker."""
    close_old_connections()
    try:
        with bound(job=f"{task}:{argument}" if argument else task):
            return TASKS[task](argument)
    finally:
        close_old_connections()
