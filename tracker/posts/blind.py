"""What may be told of an event before its verdict, pure: nothing by which a blind sample differs from what was flagged.

The audit (`learning.audit`) holds only while nobody, and no program, knows which events the machine had passed over: so no exact
figure, at least level 1, and always a field; and reasons that lean one way or the other beside the other reasons of the same text, as
many up as down whatever the machine made of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

SURE: Final = (0.5, 0.8)
# From here on a reason is a strong one.
STRONG: Final = 1.0
# What a reason weighs before the verdict: neither strong nor nothing.
LEANING: Final = 0.5


def sureness(risk: float) -> int:
    """1 to 3: how sure the machine is that an event belongs on the sheet; the lowest holds many flagged ones too."""
    return 1 + sum(risk >= edge for edge in SURE)


def label_sureness(sure: Sequence[float] | None, *, level: int, topic: str, risk: float) -> dict[str, int]:
    """1 to 3 for each of `level`, `topic` and `need` as they are told; none where the machine did not say.

    `sure` are the probabilities of the three as the machine named them. A level is never surer than that the event is listed at
    all, and a field that the machine did not name has no sureness: both would tell the samples.
    """
    if not sure:
        return {}
    ranks = {"level": min(sureness(sure[0]), sureness(risk)) if level >= 1 else 1, "need": sureness(sure[2])}
    return ranks | ({} if told_topic(topic) == "other" else {"topic": sureness(sure[1])})


def told_level(level: int) -> int:
    """The level as it is suggested."""
    return max(level, 1)


def told_topic(topic: str) -> str:
    """The field as it is suggested: what is outside the sector is not set apart before somebody has looked."""
    return "other" if topic == "-" else topic


def leanings(why: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`why` of a post that waits, in the order of its text: the upper half of its reasons leans up, the others down, all by as much.

    The analysis hands out as many that push up as push down wherever a text holds them, so that this is mostly the plain truth;
    where it is not, it still says which of the reasons count for more. How many there are decides how many lean which way.
    """
    upper = sorted(range(len(why)), key=lambda at: -float(why[at]["weight"]))[: (len(why) + 1) // 2]
    spans = [dict(span) | {"weight": LEANING if at in upper else -LEANING} for at, span in enumerate(why)]
    return sorted(spans, key=lambda span: (int(span["start"]), int(span["end"])))


def tone(weight: float) -> str:
    """A reason's direction and strength: `up2`, `up`, `down`, or nothing. Exact weights would add up to the figure not told."""
    if weight == 0:
        return ""
    return ("up2" if weight >= STRONG else "up") if weight > 0 else "down"
