"""Expected harm, pure: the one figure that orders the queue.

Severity and heat are two axes: severity decides, heat only breaks ties. A quiet post about a cracked bridge outranks a hot
one about fares, so a whole level apart can never be bridged by any number of voices.
"""

from __future__ import annotations

from math import log1p

_HEAT_CEILING = 0.95


def expected_harm(*, risk: float, level: int, posts: int, likes: int) -> float:
    """Level 0..3 plus the probability of being a risk, weighed by heat; always below level + 1; higher is more urgent.

    `risk` in 0..1; `posts` and `likes` ≥ 0.
    """
    heat = log1p(max(posts - 1, 0)) / 8 + log1p(max(likes, 0)) / 40
    return level + risk * min(0.5 + heat, _HEAT_CEILING)
