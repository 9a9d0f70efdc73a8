"""Crawls in a child process and talks with it in lines of JSON, so that a schedule can crawl again and again.

The child may be killed at any moment: what it sealed is in the spool, what it did not is pending in its state, and the report given
here for an unfinished run is never a healthy one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawlers.causes import Cause, cause
from crawlers.records import Post
from crawlers.reports import CrawlError, CrawlReport, OnProgress, Progress

TAIL = 400  # characters of a child's last words that a report quotes


def crawl_in_subprocess(
    names: Sequence[str],
    *,
    catalogue: Sequence[Path],
    spool: Path,
    state: Path,
    now: datetime | None = None,
    on_progress: OnProgress | None = None,
    on_start: Callable[[int], None] | None = None,
    asked: bool = True,
) -> list[CrawlReport]:
    """As `crawlers.api.crawl`, in a child process of its own; `on_start` is told its process id.

    CrawlError with the child's sentence when it could do nothing; a child that died gives a `degraded` report per source.
    """
    started = now or datetime.now(UTC)
    arguments = ["crawl", "--spool", str(spool), "--state", str(state), *_shared(catalogue, now), *names]
    if not asked:
        arguments.append("--scheduled")
    reports: dict[str, CrawlReport] = {}
    with _start(arguments) as child:
        if on_start:
            on_start(child.pid)
        for row in _lines(child):
            if "report" in row:
                report = CrawlReport.from_dict(row["report"])
                reports[report.source] = report
            elif "progress" in row and on_progress:
                on_progress(Progress(**row["progress"]))
            elif "error" in row:
                raise CrawlError(row["error"])
    ended = now or datetime.now(UTC)
    unfinished = [name for name in names if name not in reports]
    if child.returncode and not reports and not unfinished:
        raise CrawlError(_ending(child.returncode).say())
    for name in unfinished:
        why = _ending(child.returncode)
        reports[name] = CrawlReport(name, "", started, ended, "degraded", why.say(), causes=(why,))
    return [reports[name] for name in names] if names else list(reports.values())


def test_source(name: str, *, catalogue: Sequence[Path], now: datetime | None = None) -> list[Post]:  # noqa: PT028 - no test
    """What a crawl of `name` would extract from its first page, masked; nothing is written.

    CrawlError with the run's sentence when nothing can be extracted.
    """
    posts: list[Post] = []
    with _start(["test", *_shared(catalogue, now), name]) as child:
        for row in _lines(child):
            if "post" in row:
                posts.append(Post.from_json(row["post"]))
            elif "error" in row:
                raise CrawlError(row["error"])
    if child.returncode:
        raise CrawlError(_ending(child.returncode).say())
    return posts


def _shared(catalogue: Sequence[Path], now: datetime | None) -> list[str]:
    paths = [part for path in catalogue for part in ("--catalogue", str(path))]
    return paths + (["--now", now.isoformat()] if now else [])


def _start(arguments: list[str]) -> subprocess.Popen[str]:
    """The child, able to import this package however the parent found it; it dies of a closed pipe when the parent does."""
    here = str(Path(__file__).resolve().parent.parent)
    inherited = os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join(filter(None, [here, inherited]))
    return subprocess.Popen(  # noqa: S603 - our own interpreter and package, no shell
        [sys.executable, "-m", "crawlers", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": path},
    )


def _lines(child: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """The child's messages; a line cut off by its death is passed over, its return code tells."""
    assert child.stdout is not None
    for line in child.stdout:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            yield row


def _ending(code: int) -> Cause:
    return cause("child-killed", signal=-code) if code < 0 else cause("child-ended", code=code)
