"""How a crawl's report reaches the store: a small file in the spool, since a crawl never writes the database.

No Django here: crawls run on machines that have no store.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from crawlers.api import CrawlReport

FOLDER = "runs"


def leave(report: CrawlReport, spool: Path) -> Path:
    """Put `report` into the spool, whole or not at all."""
    folder = spool / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{report.run}.{report.source}.json"
    part = path.with_suffix(".part")
    part.write_text(json.dumps(report.to_dict(), ensure_ascii=False), encoding="utf-8")
    return part.replace(path)


def left(spool: Path) -> Iterator[tuple[Path, CrawlReport]]:
    """The reports waiting in the spool, oldest first; a file that is not one is passed over and stays."""
    folder = spool / FOLDER
    for path in sorted(folder.glob("*.json"), key=lambda p: p.stat().st_mtime) if folder.is_dir() else ():
        try:
            yield path, CrawlReport.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except ValueError:
            continue
