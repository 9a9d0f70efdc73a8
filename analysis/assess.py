"""From texts to assessments: the one path on which every text is read, scored, bounded by rules and explained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.explain import reasons
from analysis.heads.suite import BINARY, Probabilities, Suite, levels
from analysis.layout import lay
from analysis.records import GRAVE, NEEDS, SIGNALS, TOPICS, Assessment, Explanation, Text
from analysis.severity import as_reason, floors
from analysis.text.document import Reading, read
from analysis.text.places import find_places

_BATCH = 256  # texts read at once: enough to pay for numpy, little enough for memory
_SIGNAL = BINARY.index(SIGNALS[0])
_LEVEL = BINARY.index("level 1")
_SECTOR = 0.5
_HINT = 0.25  # from here a topic is named: a wrong hint costs a glance, a missing one costs the routing


def assess(suite: Suite, version: str, texts: Sequence[Text]) -> list[Assessment]:
    """Assessments in the order of the texts."""
    out: list[Assessment] = []
    for start in range(0, len(texts), _BATCH):
        out += _assess_batch(suite, version, texts[start : start + _BATCH])
    return out


def _assess_batch(suite: Suite, version: str, texts: Sequence[Text]) -> list[Assessment]:
    readings = [read(text.title, text.body) for text in texts]
    documents = [reading.document for reading in readings]
    laid = lay(documents)
    found, rows, hits = suite.read(documents, laid)
    fulls = [f"{text.title}\n{text.body}" for text in texts]
    why = reasons(readings, fulls, laid, suite.pushes(documents, rows, hits))
    learned = levels(found, suite.thresholds.level)
    silent = (
        np.diff(rows.starts) == 0
    )  # nothing the model knows: a guess from shares alone would be an alarm about nothing
    found.binary[silent] = 0
    learned[silent] = 0
    return [
        _one(suite, version, number, text, reading, found, int(learned[number]), why[number])
        for number, (text, reading) in enumerate(zip(texts, readings, strict=True))
    ]


def _one(suite: Suite, version: str, number: int, text: Text, reading: Reading, found: Probabilities,
         level: int, why: tuple[Explanation, ...]) -> Assessment:  # fmt: skip
    plain = f"{reading.document.title}\n{reading.document.body}"
    transport, risk = (float(p) for p in found.binary[number, :2])
    reached = floors(plain) if transport >= _SECTOR else []
    if reached:
        floor, start, end = reached[0]
        level = max(level, floor.level)
        first, last = reading.span(*reading.whole(start, end))
        why = (as_reason(floor, f"{text.title}\n{text.body}", first, last), *why)
    signals = tuple(
        name
        for name, cut, p in zip(SIGNALS, suite.thresholds.signals, found.binary[number, _SIGNAL:], strict=True)
        if p >= cut
    )
    topic = TOPICS[int(found.topics[number].argmax())] if transport >= _HINT else "-"
    return Assessment(
        transport=transport, risk=risk, flagged=risk >= suite.thresholds.flag or bool(reached),
        topic=topic, need=NEEDS[int(found.needs[number].argmax())], level=level, signals=signals,
        places=tuple(find_places(plain)), why=why, model=version,
        sure=(_at_level(found, number, level), float(found.topics[number].max()) if topic != "-" else 1 - transport,
              float(found.needs[number].max())),
    )  # fmt: skip


def _at_level(found: Probabilities, number: int, level: int) -> float:
    """The probability of exactly `level`: of at least it, less that of more."""
    at_least = (1.0, *(float(p) for p in found.binary[number, _LEVEL : _LEVEL + GRAVE]), 0.0)
    return max(at_least[level] - at_least[level + 1], 0.0)
