"""Expected harm, pure: the one figure that orders the queue.

Severity and heat are two axes: severity decides, heat only breaks ties. A quiet post about a cracked bridge outranks a hot
one about fares, so a whole level apart can never be bridged by any number of voices.
"""

from __future__ import annotations

_BASE, _GAIN, _HOTTEST = 0.5, 0.45, 100.0


def expected_harm(*, risk: float, level: int, heat: float) -> float:
    """Level 0..3 plus the probability of being a risk, weighed by heat; always below level + 1; higher is more urgent.

    `risk` in 0..1, `heat` in 0..100 (`analysis.heat`).
    """
    return level + risk * (_BASE + _GAIN * min(heat, _HOTTEST) / _HOTTEST)
