"""The paper of a period that still runs, on its page: computed at once where that is short, else beforehand by a job, and kept for minutes.

Nothing is kept where little is open: there a page always shows what the store holds now. What is kept says when it was computed, and
one press computes it anew. Outside office hours the page fetches it. The files beside it are computed when they are asked for.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.urls import reverse

from crawlers.api import Source
from tracker.reports.paper import Json
from tracker.reports.render import html
from tracker.reports.render.words import cell
from tracker.reports.services import paper_preview
from tracker.risks.lifecycle import OPEN
from tracker.risks.models import Risk

# Open items beyond which a paper takes longer than a person waits for a page (.2 s of CPU at this many).
MANY: Final = 1000
FRESH: Final = timedelta(minutes=15)  # longer than the job waits between two (`jobs.schedule`)
# name, now, before, change
_COMPARED: Final = 3


@dataclass(frozen=True, slots=True)
class Preview:
    """A paper as its page shows it: `body` is the renderer's HTML, `moved` the (figure, now, before, change), `at` when (ISO 8601 UTC)."""

    body: str
    moved: tuple[tuple[str, str, str, str], ...]
    at: str

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)


def previewed(content: Json, at: datetime) -> Preview:
    """`content`, computed at `at`, as its page shows it, each record a link to its item."""
    return Preview(html.page(content, _link), tuple(_moved(content)), at.isoformat())


def preview_compute(*, kind: str, period: str, now: datetime, sources: Mapping[str, Source]) -> Preview:
    """The paper as it stands, kept for the next who look where computing takes its time."""
    found = previewed(paper_preview(kind=kind, period=period, now=now, sources=sources), now)
    if is_long():
        keep(kind, period, found)
    return found


def _link(key: str) -> str | None:
    kind, _colon, rest = key.partition(":")
    number = rest.partition("#")[0]
    return reverse("sheet-risk", args=[number]) if kind == "risk" else None


def _moved(content: Json) -> list[tuple[str, str, str, str]]:
    """(figure, now, before, change) of every main figure that is not what it was in the period before."""
    first = content["sections"][0]
    rows = [row for block in first["blocks"] if block["type"] == "table" for row in block["rows"]]
    return [
        (str(row[0]), cell(row[1]), cell(row[2]), str(row[3]))
        for row in rows
        if len(row) > _COMPARED and row[3] not in (None, "持平")
    ]


def is_long() -> bool:
    """Whether so much is open that computing takes its time."""
    return Risk.objects.filter(state__in=OPEN)[: MANY + 1].count() > MANY


def kept(kind: str, period: str, now: datetime) -> Preview | None:
    """What was computed in the last minutes, if anything was."""
    try:
        row = json.loads(_path(kind, period).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    found = Preview(row["body"], tuple(tuple(line) for line in row["moved"]), row["at"])
    return found if timedelta() <= now - found.moment < FRESH else None


def keep(kind: str, period: str, preview: Preview) -> None:
    """Keep it, whole or not at all, instead of those of other periods; a disk that is full keeps nothing and stops nobody."""
    path = _path(kind, period)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(exist_ok=True)
        part.write_text(json.dumps(asdict(preview), ensure_ascii=False), encoding="utf-8")
        part.replace(path)
        for old in path.parent.glob(f"{kind}-*.json"):
            if old != path:
                old.unlink(missing_ok=True)
    except OSError:
        part.unlink(missing_ok=True)


def previews_drop() -> None:
    """Forget what is kept: it may quote what has just been erased."""
    for path in _folder().glob("*.json"):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.ENV.home) / "previews"


def _path(kind: str, period: str) -> Path:
    return _folder() / f"{kind}-{period}.json"
