"""Does a reply answer? Relevant, complete, concrete and a verdict, each with the words that decided.

A reply that only forwards, thanks or promises is empty however long it is: what counts is what was done or found, by whom, by when
and on what ground, about the things that were asked. The measures are counted by rules (`measures`); how they weigh was learned from
labelled replies and stands as plain numbers in `data/reply_model.json`; the verdict also sees what the reply is like as a whole (`latent`).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from analysis.replies import latent
from analysis.replies.measures import MARKS, NAMES, measures
from analysis.text.document import read

MODEL = Path(__file__).parents[1] / "data" / "reply_model.json"
VERDICTS = ("empty", "partial", "answered")
_SAID = 4  # reasons given
# A dozen characters without any of these are empty, whatever they are like as a whole: the labelled ones are too few to teach that.
_BARE = math.log1p(12)
_SUBSTANTIAL = ("done", "found", "ground", "time", "figures", "steps", "contact", "words repeated")


@dataclass(frozen=True, slots=True)
class ReplyCheck:
    """`verdict` answered | partial | empty; `relevant`, `complete`, `concrete` in 0..1; `why` what was found or lacks, in English."""

    verdict: str
    relevant: float
    complete: float
    concrete: float
    why: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The row of `yidan check-reply`, without its id."""
        shares = {name: round(getattr(self, name), 4) for name in ("relevant", "complete", "concrete")}
        return {"verdict": self.verdict, **shares, "why": list(self.why)}


@lru_cache(maxsize=1)
def _model() -> dict[str, Any]:
    page: dict[str, Any] = json.loads(MODEL.read_text(encoding="utf-8"))
    return page


def check_reply(title: str, body: str, reply: str) -> ReplyCheck:
    """Judge one reply against the message it answers; a reply without a word of its own is empty."""
    values = measures(title, body, reply)
    by_name = dict(zip(NAMES, values, strict=True))
    if not by_name["substance"]:
        return ReplyCheck("empty", 0.0, 0.0, 0.0, ("the reply holds nothing but courtesies",))
    relevant = _probabilities("relevant", values)[-1]
    complete, concrete = (_expected(_probabilities(name, values)) for name in ("complete", "concrete"))
    places, machine = latent.load()
    inputs = np.hstack([values, latent.LATENT_WEIGHT * places.of(latent.words_of(reply))])
    bare = by_name["substance"] < _BARE and not any(by_name[name] for name in _SUBSTANTIAL)
    verdict = "empty" if bare else VERDICTS[machine.verdict(inputs)]
    return ReplyCheck(verdict, relevant, complete, concrete, _reasons(values, reply))


def _probabilities(head: str, values: list[float]) -> list[float]:
    """Softmax of a head's lines over the measures."""
    lines = _model()[head]
    raw = [bias + sum(w * v for w, v in zip(weights, values, strict=True)) for weights, bias in lines]
    raised = [math.exp(value - max(raw)) for value in raw]
    return [value / sum(raised) for value in raised]


def _expected(shares: list[float]) -> float:
    """The expected grade, scaled to 0..1."""
    return sum(grade * share for grade, share in enumerate(shares)) / (len(shares) - 1)


def _reasons(values: list[float], reply: str) -> tuple[str, ...]:
    text = read("", reply).document.body
    by_name = dict(zip(NAMES, values, strict=True))
    found = [f"{name}: {match.group()}" for name, pattern in MARKS.items() if (match := pattern.search(text))]
    lacks = [f"nothing {name} is named" for name in ("done", "found", "ground", "time") if not by_name[name]]
    short = ["the reply is short"] if by_name["short"] else []
    return tuple([*short, *found[:_SAID], *lacks][: 2 * _SAID])
