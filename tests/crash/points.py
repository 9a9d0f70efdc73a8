"""Where a process is killed: each row a road (see `roads`), a moment, a function and which of its calls.

Chosen so that every write that leaves the process (store, spool, files, the other side of a line) has a row before and after it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.crash.at import Moment

COMMIT = "django.db.backends.base.base.BaseDatabaseWrapper._commit"


@dataclass(frozen=True, slots=True)
class Point:
    road: str
    moment: Moment
    name: str
    nth: int = 1

    def __str__(self) -> str:
        return f"{self.road}: {self.moment} {self.name}" + (f" ({self.nth})" if self.nth > 1 else "")


POINTS: tuple[Point, ...] = (
    # An item from the queue to its end, by programs over the API: nine requests, each with its key.
    Point("desk", "before", "tracker.ledger.services.ledger_append", 2),
    Point("desk", "after", "tracker.ledger.services.ledger_append", 3),
    Point("desk", "after", "tracker.risks.services._next_number"),
    Point("desk", "before", "tracker.risks.files.store"),
    Point("desk", "before", "pathlib.Path.replace"),
    Point("desk", "after", "tracker.risks.files.store"),
    Point("desk", "before", "tracker.risks.swap.applied", 4),
    Point("desk", "before", COMMIT, 3),
    Point("desk", "after", COMMIT, 5),
    # A push into the spool, and the spool into the store.
    Point("push", "before", "crawlers.spool._seal_lines"),
    Point("push", "before", "pathlib.Path.rename"),
    Point("push", "after", "crawlers.spool.seal"),
    Point("intake", "before", "tracker.intake.services.batch_take"),
    Point("intake", "after", "tracker.intake.services._insert"),
    Point("intake", "after", "tracker.posts.services.event_refresh", 2),
    Point("intake", "before", COMMIT),
    Point("intake", "before", "crawlers.spool.discard"),
    Point("intake", "after", "crawlers.spool.discard"),
    Point("texts", "before", COMMIT),
    Point("texts", "after", COMMIT),
    # A crawl of a board with new posts.
    Point("crawl", "before", "crawlers.spool.seal"),
    Point("crawl", "after", "crawlers.spool.seal"),
    Point("crawl", "after", "crawlers.frontier.Frontier.sealed"),
    Point("crawl", "before", "tracker.intake.runs.leave"),
    # What the clock starts.
    Point("clocks", "after", "tracker.risks.side_acts.risk_breach"),
    Point("clocks", "before", COMMIT, 2),
    Point("notices", "before", "tracker.notify.outbox.outgoing_put"),
    Point("notices", "after", "tracker.notify.services._say"),
    Point("notices", "after", "tracker.notify.outbox._taken"),
    Point("notices", "before", "tests.crash.world.robot_takes", 2),
    Point("notices", "after", "tests.crash.world.robot_takes"),
    Point("webhooks", "after", "tracker.outward.hooks._queue"),
    Point("webhooks", "before", "tracker.outward.hooks._post", 2),
    Point("webhooks", "after", "tracker.outward.hooks._post"),
    Point("papers", "before", "tracker.reports.services._freeze"),
    Point("papers", "after", "tracker.reports.services._freeze"),
    Point("papers", "before", COMMIT),
    Point("mail", "after", "tracker.reports.mail.deliveries_make"),
    Point("mail", "before", "tracker.reports.mail._sent"),
    Point("report", "before", "tracker.reports.services._put"),
    Point("report", "before", "pathlib.Path.replace"),
    Point("report", "after", "tracker.outward.exports.export_record"),
    Point("privacy", "before", "tracker.posts.erasing.posts_erase"),
    Point("privacy", "after", "tracker.posts.erasing.posts_erase"),
    Point("privacy", "before", "tracker.privacy.services._record"),
    Point("privacy", "after", "tracker.privacy.services._expire_posts"),
    Point("privacy", "before", "tracker.privacy.storing.check_run"),
    # Learning, and what it changes.
    Point("retrain", "after", "analysis.api.build_challenger"),
    Point("retrain", "after", "tracker.learning.services._register"),
    Point("promote", "after", "tracker.learning.services._move"),
    Point("rescore", "before", COMMIT),
    Point("rescore", "after", COMMIT),
    # What leaves the house: the ledger as a file, and a backup while everything stands as it is.
    Point("export", "before", "tracker.outward.exports.export_record"),
    Point("export", "after", "tracker.outward.exports.export_record"),
    Point("backup", "after", "tracker.backup.stores.snapshot"),
    Point("backup", "after", "tracker.backup.archive.Writer.add", 3),
    Point("backup", "before", "tracker.backup.services._durable"),
    Point("backup", "after", "tracker.outward.exports.export_record"),
    Point("backup", "after", "tracker.backup.services._durable"),
)
# One row for each way of writing: enough where every kill costs seconds, or where the store is not the embedded one.
FEW = tuple(
    p
    for p in POINTS
    if p.name == COMMIT or (p.moment == "after" and p.road in ("desk", "intake", "notices", "webhooks"))
)
# Every walk of these takes seconds of computing: by hand (`python -m tests.crash.drive`), not in CI.
CHEAP = tuple(p for p in POINTS if p.road != "retrain")
