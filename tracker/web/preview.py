"""The paper of a period that still runs, on its page: computed at once where that is short, else fetched by the page, and kept for minutes.

Nothing is kept where little is open: there a page always shows what the store holds now. What is kept says when it was computed, and
one press computes it anew. The files beside it are computed when they are asked for.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings

from tracker.risks.lifecycle import OPEN
from tracker.risks.models import Risk

# Open items beyond which a paper takes longer than a person waits for a page (.2 s of CPU at this many).
MANY: Final = 1000
FRESH: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Preview:
    """A paper as its page shows it: `body` is the renderer's HTML, `moved` the (figure, now, before, change), `at` when (ISO 8601 UTC)."""

    body: str
    moved: tuple[tuple[str, str, str, str], ...]
    at: str

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)


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


def _path(kind: str, period: str) -> Path:
    return Path(settings.ENV.home) / "previews" / f"{kind}-{period}.json"
