"""Coverage of the sources for a page, or the sentence why it cannot be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crawlers.api import CatalogueError
from tracker.intake.known import known_sources
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
