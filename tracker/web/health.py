"""Coverage of the sources for a page: the catalogue is read again only when one of its files has changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from crawlers.api import CatalogueError, Source, sources
from tracker.intake.selectors import Coverage, coverage


@dataclass(frozen=True, slots=True)
class Sight:
    """What we can see of the sources now; `problem` is the sentence of a catalogue that cannot be read."""

    coverage: Coverage
    problem: str = ""

    @property
    def sentence(self) -> str:
        return self.problem or self.coverage.sentence()

    @property
    def clear(self) -> bool:
        """True when every source that is switched on is healthy: only then does a zero mean that there is nothing."""
        return not self.problem and self.coverage.due > 0 and self.coverage.blind == 0


def sight(now: datetime) -> Sight:
    """How much of what the public says we can see at `now`; printed beside every figure."""
    try:
        return Sight(coverage(known_sources(), now))
    except (CatalogueError, OSError) as error:
        return Sight(Coverage(()), str(error))


def known_sources() -> dict[str, Source]:
    """The sources that ship and those of YIDAN_HOME/catalogue; CatalogueError names the file that is wrong."""
    folder: Path = settings.ENV.catalogue
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    return _read(folder, tuple((file.name, file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=4)
def _read(folder: Path, _stamp: tuple[tuple[str, int], ...]) -> dict[str, Source]:
    return sources(folder) if folder.is_dir() else sources()
