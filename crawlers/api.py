"""The public face of crawlers: sources, crawls, the spool, masking. Importing it is cheap; Scrapy is loaded by the first crawl."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from crawlers.catalogue import CatalogueError, problems, sources
from crawlers.causes import Cause, cause, say_all
from crawlers.child import crawl_in_subprocess, test_source
from crawlers.columns import Columns, dropped, guess
from crawlers.delivery import Busy, alone
from crawlers.editing import CardRefused, Draft, Uneditable
from crawlers.editing import draft as draft_card
from crawlers.editing import save as save_card
from crawlers.editing import stamp_of as card_stamp
from crawlers.editing import try_out as try_card
from crawlers.evidence import read as read_evidence
from crawlers.evidence import read_robots
from crawlers.frontier import Frontier
from crawlers.masking import mask
from crawlers.monitors import KINDS, Alarm
from crawlers.pages.article import Article, extract
from crawlers.pages.parts import PageError
from crawlers.pipelines.mask import masked
from crawlers.push import MOST_ROWS, Pushed
from crawlers.push import take as take_pushed
from crawlers.records import Post
from crawlers.reports import HEALTHY, STATES, CrawlError, CrawlReport, OnProgress, Progress, State
from crawlers.sheets import open_sheet
from crawlers.sources import Card, Pace, Source
from crawlers.spool import Batch, DamagedBatch, discard, quarantine, read_batches, seal
from crawlers.voices import destroy as destroy_voice_keys
from crawlers.workorders import Imported
from crawlers.workorders import take as take_work_orders

SHANGHAI = ZoneInfo("Asia/Shanghai")

__all__ = [
    "HEALTHY",
    "KINDS",
    "MOST_ROWS",
    "STATES",
    "Alarm",
    "Article",
    "Batch",
    "Busy",
    "Card",
    "CardRefused",
    "CatalogueError",
    "Cause",
    "Columns",
    "CrawlError",
    "CrawlReport",
    "DamagedBatch",
    "Draft",
    "Imported",
    "OnProgress",
    "Pace",
    "Progress",
    "Pushed",
    "Source",
    "State",
    "Uneditable",
    "card_stamp",
    "cause",
    "choose",
    "crawl",
    "crawl_in_subprocess",
    "destroy_voice_keys",
    "discard",
    "draft_card",
    "dropped",
    "dry_run",
    "extract_page",
    "guess",
    "mask",
    "masked",
    "open_sheet",
    "problems",
    "quarantine",
    "read_batches",
    "read_evidence",
    "read_robots",
    "relearn",
    "save_card",
    "say_all",
    "seal",
    "sources",
    "take_pushed",
    "take_work_orders",
    "test_source",
    "try_card",
]


def choose(names: Sequence[str], *, catalogue: Sequence[Path]) -> list[Source]:
    """The sources called `names`, once each, or all enabled ones when none is named.

    CatalogueError when a name is unknown or a file is wrong.
    """
    known = sources(*catalogue)
    for name in names:
        if name not in known:
            raise CatalogueError(
                f"There is no source {name!r}; the catalogue has {', '.join(sorted(known)) or 'none'}."
            )
        if not known[name].crawled:
            raise CatalogueError(f"The source {name!r} is not crawled: its posts are brought ({known[name].family}).")
    return [known[name] for name in dict.fromkeys(names)] or [s for s in known.values() if s.enabled and s.crawled]


def crawl(
    names: Sequence[str],
    *,
    catalogue: Sequence[Path],
    spool: Path,
    state: Path,
    now: datetime | None = None,
    on_progress: OnProgress | None = None,
    asked: bool = True,
) -> list[CrawlReport]:
    """Crawl the named sources (all enabled ones when none is named) into `spool`, in this process, once in its life.

    `state` keeps what each source has shown; `now`, aware, stands still for the run when given. A report per source.
    A run that nobody `asked` for (a scheduled one) waits longer after each failure.
    CatalogueError or CrawlError, one sentence, when nothing could be done.
    """
    chosen = choose(names, catalogue=catalogue)
    from crawlers import engine

    return engine.crawl(chosen, spool=spool, state=state, now=now, on_progress=on_progress, asked=asked)


def relearn(name: str, *, catalogue: Sequence[Path], state: Path) -> None:
    """Forget what the source called `name` usually gives; CrawlError when it is being crawled or has not run yet."""
    known = sources(*catalogue)
    if name not in known:
        raise CatalogueError(f"There is no source {name!r}; the catalogue has {', '.join(sorted(known)) or 'none'}.")
    path = state / f"{name}.sqlite3"
    if not path.is_file():
        raise CrawlError(f"{name} has not run yet, so nothing has been learned.")
    with alone(state / f"{name}.lock", known[name], 0.0):
        frontier = Frontier(path, "relearn")
        frontier.history(datetime.now(UTC)).forget()
        frontier.close()


def extract_page(body: bytes, *, zone: tzinfo = SHANGHAI, content_type: str = "") -> Article:
    """Title, time and main text of a saved page, unmasked; `kind` is "list" for a page without an article of its own.

    CrawlError with one sentence when the page cannot be read or asks for a captcha or a login.
    """
    try:
        return extract(body, zone, content_type)
    except PageError as error:
        raise CrawlError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error


def dry_run(name: str, *, catalogue: Sequence[Path], now: datetime | None = None) -> tuple[CrawlReport, list[Post]]:
    """Read one list page of `name` and a few posts in this process, once in its life; nothing is written."""
    source = choose([name], catalogue=catalogue)[0]
    from crawlers import engine

    return engine.dry_run(source, now=now)
