"""Champion against challenger on the same decided texts: figures side by side, and the rule on which a promotion is refused. Pure.

The rule: of the serious risks (level 2 and 3) no fewer may be flagged and no fewer called serious than the champion does, on any
of the sets compared; and there must be enough of them to tell at all. Everything else may change, and is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analysis.correction import Decided
from analysis.metrics import average_precision
from analysis.records import SERIOUS, Assessment

FEWEST_SERIOUS = 10  # one of fewer, found or not, would be more than a tenth of the recall
GUARDED = ("serious_flagged", "serious_named")
SHARES = ("flagged_precision", "flagged_recall", "serious_flagged", "serious_named", "topic_right", "need_right")

Figures = dict[str, Any]


def figures(rows: Sequence[Decided], given: Sequence[Assessment]) -> Figures:
    """What a model reaches on `rows`; each share as [hits, of], so that nobody mistakes three of three for certainty."""
    risk = np.array([row.risk for row in rows], bool)
    level = np.array([row.level or 0 for row in rows], int)
    flagged = np.array([g.flagged for g in given], bool)
    named = np.array([g.level >= SERIOUS for g in given], bool)
    serious = level >= SERIOUS
    topic = [g.topic == r.topic for r, g in zip(rows, given, strict=True) if r.topic is not None]
    need = [g.need == r.need for r, g in zip(rows, given, strict=True) if r.need is not None]
    chance = np.array([g.risk for g in given])
    return {
        "rows": len(rows),
        "risks": int(risk.sum()),
        "risk_ap": round(average_precision(risk.astype(int), chance), 4) if risk.any() else None,
        "flagged_precision": _share(risk & flagged, flagged),
        "flagged_recall": _share(risk & flagged, risk),
        "serious_flagged": _share(serious & flagged, serious),
        "serious_named": _share(serious & named, serious),
        "topic_right": [sum(topic), len(topic)],
        "need_right": [sum(need), len(need)],
    }


def _share(hits: Any, of: Any) -> list[int]:
    return [int(hits.sum()), int(of.sum())]


def refusals(sets: Mapping[str, tuple[Figures, Figures]]) -> list[tuple[str, str, list[int], list[int]]]:
    """(set, figure, champion's, challenger's) of every guarded figure that falls; ("", "too few", [n, needed], []) if untellable."""
    serious = max((champion["serious_flagged"][1] for champion, _ in sets.values()), default=0)
    if serious < FEWEST_SERIOUS:
        return [("", "too few", [serious, FEWEST_SERIOUS], [])]
    return [
        (name, figure, champion[figure], challenger[figure])
        for name, (champion, challenger) in sets.items()
        for figure in GUARDED
        if challenger[figure][0] < champion[figure][0]
    ]
