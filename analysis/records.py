"""What analysis hands over: frozen records, standard library only.

Label names are those of the labelling guideline: see `TOPICS`, `NEEDS`, `SIGNALS` and levels 0 to 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TOPICS = (
    "road", "project", "transit", "taxi", "rail", "charge", "enforce", "traffic",
    "freight", "water", "service", "labour", "other",
)  # fmt: skip
NEEDS = ("complain", "help", "suggest", "ask")
SIGNALS = ("S", "C", "G", "R", "L", "W", "V", "E")
LEVELS = (0, 1, 2, 3)
SERIOUS, GRAVE = 2, 3  # the levels 较大 and 重大


@dataclass(frozen=True, slots=True)
class Explanation:
    """One span that weighed: `text` is `full[start:end]` where `full` is title, line feed and body as given.

    `weight` > 0 pushed towards risk, < 0 away from it (log-odds units of the risk head).
    """

    text: str
    weight: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the machine says of one text.

    `transport` and `risk` are probabilities in 0..1; `flagged` means "an analyst should read it"; `topic` is one of TOPICS
    ("-" where it is not transport), `need` one of NEEDS, `level` 0..3 (0 = not for the sheet), `signals` a subset of SIGNALS,
    `places` normal forms of the places named, most specific first; `why` the weightiest spans first; `model` the version; `sure`
    the probability of each of `level`, `topic` and `need` as they are named, kept for people and no part of the row of `to_dict`.
    """

    transport: float
    risk: float
    flagged: bool
    topic: str
    need: str
    level: int
    signals: tuple[str, ...]
    places: tuple[str, ...]
    why: tuple[Explanation, ...]
    model: str
    sure: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def to_dict(self) -> dict[str, Any]:
        """The row of `yidan assess`, without its id (INTERFACES: transport risk flagged topic need level signals places why model)."""
        return {
            "transport": round(self.transport, 6),
            "risk": round(self.risk, 6),
            "flagged": self.flagged,
            "topic": self.topic,
            "need": self.need,
            "level": self.level,
            "signals": list(self.signals),
            "places": list(self.places),
            "why": [{"text": w.text, "weight": round(w.weight, 4), "start": w.start, "end": w.end} for w in self.why],
            "model": self.model,
        }


@dataclass(frozen=True, slots=True)
class Text:
    """One text to assess or to place among events; `created_at` ISO 8601 or empty."""

    id: str
    title: str
    body: str
    created_at: str = ""
    likes: int = 0


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Where a model comes from and what it reached: data digests, date, versions, parameters and metrics."""

    version: str
    created: str
    data: dict[str, Any]
    versions: dict[str, str]
    metrics: dict[str, Any]
    notes: str = ""
