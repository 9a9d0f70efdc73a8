"""The crawling child: `python -m crawlers crawl|test …` writes one JSON message a line, for `crawlers.child` to read.

Not a command for people; theirs is `yidan crawl`.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from crawlers import api
from crawlers.reports import HEALTHY, CrawlError, Progress


def main(arguments: list[str] | None = None) -> int:
    """0 when the work was done, whatever its outcome; 1 with an `error` message when it could not be."""
    options = _parser().parse_intermixed_args(arguments)
    now = datetime.fromisoformat(options.now) if options.now else None
    try:
        if options.work == "crawl":
            reports = api.crawl(
                options.names,
                catalogue=options.catalogue,
                spool=options.spool,
                state=options.state,
                now=now,
                on_progress=_progress,
                asked=not options.scheduled,
            )
            for report in reports:
                _say({"report": report.to_dict()})
        else:
            _test(options.names[0], options.catalogue, now)
    except (CrawlError, api.CatalogueError) as error:
        _say({"error": str(error)})
        return 1
    return 0


def _test(name: str, catalogue: list[Path], now: datetime | None) -> None:
    report, posts = api.dry_run(name, catalogue=catalogue, now=now)
    if not posts and report.state not in HEALTHY:
        raise CrawlError(report.reason)
    for post in posts:
        _say({"post": post.to_json()})


def _progress(progress: Progress) -> None:
    _say({"progress": dataclasses.asdict(progress)})


def _say(message: dict[str, Any]) -> None:
    """Write one message; when the parent is gone, the crawl still ends as it should, unheard."""
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m crawlers", description="The crawling child process of yidan.")
    parser.add_argument("work", choices=["crawl", "test"])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--catalogue", type=Path, action="append", default=[])
    parser.add_argument("--spool", type=Path, default=Path("spool"))
    parser.add_argument("--state", type=Path, default=Path("state"))
    parser.add_argument("--now", default="")
    parser.add_argument("--scheduled", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
