"""The models there are, as people look at them: what each rests on, whether it works, may, or is damaged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analysis.api import ModelError, read_card
from tracker.learning.champion import champion, digest_of, folder
from tracker.learning.models import ModelVersion
from tracker.learning.services import objections


@dataclass(frozen=True, slots=True)
class Shelved:
    """One model. `row` is None for the shipped one; `refused` why it may not be promoted; `damaged` why it cannot be read."""

    version: str
    works: bool
    metrics: dict[str, Any]
    learned: int
    at: datetime | None
    row: ModelVersion | None
    refused: tuple[str, ...]
    damaged: str

    @property
    def about(self) -> str:
        """For the command line."""
        if self.row is None:
            return "shipped"
        return f"{self.learned} verdicts, {self.row.at:%Y-%m-%d}, sha256 {self.row.digest[:12]}"


def shelf(newest: int = 20) -> list[Shelved]:
    """The shipped model, then what was built here, newest first."""
    now = champion()
    card, _extra = read_card(None)
    shipped = Shelved(card.version, not now, card.metrics, 0, None, None, (), "")
    return [shipped, *(_built(row, now) for row in ModelVersion.objects.order_by("-id")[:newest])]


def _built(row: ModelVersion, now: str) -> Shelved:
    path, damaged = folder(row.version), ""
    metrics: dict[str, Any] = {}
    try:
        metrics = read_card(path)[0].metrics
        if digest_of(path) != row.digest:
            damaged = f"{path} was changed since it was registered"
    except ModelError as error:
        damaged = str(error)
    refused = () if row.version == now else tuple(objections(row.comparison))
    return Shelved(row.version, row.version == now, metrics, row.rows, row.at, row, refused, damaged)
