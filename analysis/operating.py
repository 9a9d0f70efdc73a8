"""The threshold that follows from a statement of costs: at most so much to read a day, at least this share of serious risks found.

Pure. Both limits are looked up on what was really seen: the scores of recent events, and the scores of serious risks whose level a
person confirmed (or, before there are enough of those, of the labelled texts in the model's card that it had not seen).
Where both cannot be met safety goes first: the promised recall is kept and the work it costs is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST_SERIOUS = 30  # serious risks from which a share such as .95 can be told from .90 at all


@dataclass(frozen=True, slots=True)
class Recent:
    """Scores of the events of the last `days`; `always` of them are shown whatever the threshold (a floor was reached)."""

    scores: Sequence[float]
    always: int
    days: int


@dataclass(frozen=True, slots=True)
class Serious:
    """Scores of known serious risks, with weights where they are a sample; those that a floor shows score 1."""

    scores: Sequence[float]
    weights: Sequence[float]
    basis: str


@dataclass(frozen=True, slots=True)
class Operating:
    """What follows. `recall` None: nothing is known to estimate it from. `met` is false where both limits cannot hold at once.

    `cap_threshold` and `cap_recall` are what the limit of work alone would give.
    """

    threshold: float
    items_a_day: float
    recall: float | None
    met: bool
    cap_threshold: float
    cap_recall: float | None
    basis: str


def items_a_day(recent: Recent, threshold: float) -> float:
    """How many events a day `threshold` puts before an analyst."""
    return (sum(score >= threshold for score in recent.scores) + recent.always) / max(recent.days, 1)


def recall(serious: Serious, threshold: float) -> float | None:
    """The share of serious risks at or above `threshold`; None without any."""
    total = sum(serious.weights)
    found = sum(w for s, w in zip(serious.scores, serious.weights, strict=True) if s >= threshold)
    return found / total if total else None


def derive(recent: Recent, serious: Serious, most_a_day: float, least_recall: float, fallback: float) -> Operating:
    """The highest threshold that keeps the promised recall; `fallback`, the model's own, where recall cannot be told."""
    cap = _lowest_within(recent, most_a_day)
    enough = len(serious.scores) >= FEWEST_SERIOUS
    threshold = _highest_finding(serious, least_recall) if enough else fallback
    items = items_a_day(recent, threshold)
    return Operating(
        threshold, items, recall(serious, threshold) if enough else None, items <= most_a_day,
        cap, recall(serious, cap) if enough else None, serious.basis,
    )  # fmt: skip


def _lowest_within(recent: Recent, most_a_day: float) -> float:
    """The lowest threshold that puts at most so many a day before an analyst; just above 1 if even none is too much."""
    ranked: NDArray[np.float64] = np.sort(np.asarray(recent.scores, float))[::-1]
    room = int(most_a_day * max(recent.days, 1)) - recent.always
    if room >= len(ranked):
        return 0.0
    return float(np.nextafter(ranked[max(room, 0)], 2))


def _highest_finding(serious: Serious, share: float) -> float:
    order = np.argsort(-np.asarray(serious.scores, float), kind="stable")
    found = np.cumsum(np.asarray(serious.weights, float)[order])
    at = int(np.searchsorted(found, share * found[-1] - 1e-9))
    return float(np.asarray(serious.scores, float)[order][min(at, len(order) - 1)])
