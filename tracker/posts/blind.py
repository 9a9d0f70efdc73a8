"""What may be told of an event before its verdict, pure: nothing by which a blind sample differs from what was flagged.

The audit (`learning.audit`) holds only while nobody, and no program, knows which events the machine had passed over: so no exact
figure, at least level 1, and always a field.
"""

from __future__ import annotations

from typing import Final

SURE: Final = (0.5, 0.8)
# From here on a reason is a strong one.
STRONG: Final = 1.0


def sureness(risk: float) -> int:
    """1 to 3: how sure the machine is that an event belongs on the sheet; the lowest holds many flagged ones too."""
    return 1 + sum(risk >= edge for edge in SURE)


def told_level(level: int) -> int:
    """The level as it is suggested."""
    return max(level, 1)


def told_topic(topic: str) -> str:
    """The field as it is suggested: what is outside the sector is not set apart before somebody has looked."""
    return "other" if topic == "-" else topic


def tone(weight: float) -> str:
    """A reason's direction and strength: `up2`, `up`, `down`, or nothing. Exact weights would add up to the figure not told."""
    if weight == 0:
        return ""
    return ("up2" if weight >= STRONG else "up") if weight > 0 else "down"
