"""What the sources let us see, beside every list: "nothing here" must never pass for "nothing out there"."""

from __future__ import annotations

from datetime import datetime

from crawlers.api import CatalogueError
from tracker.intake.known import known_sources
from tracker.intake.selectors import Coverage, coverage


def now_covered(now: datetime) -> Coverage:
    """The health of every source; CatalogueError, with its sentence, when the catalogue cannot be read."""
    return coverage(known_sources(), now)


def sentence(now: datetime) -> str:
    """One line for a list; the sentence of a catalogue that cannot be read stands there too."""
    try:
        return now_covered(now).sentence()
    except (CatalogueError, OSError) as error:
        return str(error)
