r"""Highlighting, pure: from the explanation's offsets to runs of text, so that a template only prints them.

Offsets count characters of `title + "\n" + body` as the machine read it. A span whose words are not where it says (the text
was revised since) is left out: a wrong highlight is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.posts.blind import STRONG, tone


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text. `weight` > 0 pushed towards risk, < 0 away from it, 0 is plain text."""

    text: str
    weight: float = 0.0

    @property
    def tone(self) -> str:
        """The class name of its colour: `up`, `down` or none; `up2` for a strong reason."""
        return tone(self.weight)


def marked(title: str, body: str, why: Sequence[Mapping[str, Any]]) -> tuple[list[Run], list[Run]]:
    """The runs of the title and of the body. Where spans overlap, the weightier one shows."""
    full = f"{title}\n{body}"
    weights = [0.0] * len(full)
    for span in sorted(why, key=lambda s: abs(float(s["weight"]))):
        start, end = int(span["start"]), int(span["end"])
        if 0 <= start < end <= len(full) and full[start:end] == span["text"]:
            weights[start:end] = [float(span["weight"])] * (end - start)
    cut = len(title)
    return _runs(title, weights[:cut]), _runs(body, weights[cut + 1 :])


def _runs(text: str, weights: Sequence[float]) -> list[Run]:
    runs: list[Run] = []
    start = 0
    for index in range(1, len(text) + 1):
        if index == len(text) or weights[index] != weights[start]:
            runs.append(Run(text[start:index], weights[start]))
            start = index
    return runs


def found_runs(text: str, words: Sequence[str]) -> list[Run]:
    """`text` with every one of `words` marked where it stands, whatever its case."""
    weights = [0.0] * len(text)
    for word in filter(None, words):
        for hit in re.finditer(re.escape(word), text, re.IGNORECASE):
            weights[hit.start() : hit.end()] = [STRONG] * (hit.end() - hit.start())
    return _runs(text, weights)


def clipped(runs: Sequence[Run], limit: int) -> list[Run]:
    """The first `limit` characters of `runs`, whole reasons where they begin within it."""
    kept: list[Run] = []
    for run in runs:
        if limit <= 0:
            break
        text = run.text if run.weight else run.text[:limit]
        kept.append(Run(text, run.weight))
        limit -= len(run.text)
    return kept
