"""Floors of severity: what can hurt somebody keeps its level however quiet it is.

Learned levels follow what was frequent in the labels; the gravest cases are the rarest there. These rules are written by hand from
the labelling guideline and can only raise a level, never lower it. Each names itself, so that a flag can say why.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.records import Explanation


@dataclass(frozen=True, slots=True)
class Floor:
    """`name` for people, the least `level`, what must be said, and `needs`: no text without one of these words can say it.

    Looking for a word costs a twentieth of looking for a pattern, and nearly all texts hold none of them.
    """

    name: str
    level: int
    pattern: re.Pattern[str]
    needs: tuple[str, ...]

    def search(self, text: str) -> re.Match[str] | None:
        """Where a normalised text says it first."""
        return self.pattern.search(text) if any(word in text for word in self.needs) else None


_DEATH = ("撞死", "压死", "轧死", "碾死", "身亡", "死亡", "死了", "丧生", "丧命", "遇难", "出人命", "死于非命", "溺亡")
_ROAD = r"(?:车|路|桥|交通|驾|船|渡|隧道|高速)"
FLOORS = (
    Floor(
        "people were killed",
        3,
        re.compile(
            rf"{_ROAD}[^。！？\n]{{0,30}}(?:已|曾|造成|导致|致|人|当场)[^。！？\n]{{0,8}}(?:{'|'.join(_DEATH)})"
        ),
        _DEATH,
    ),
    Floor(
        "a strike or blockade",
        3,
        re.compile(r"(?:集体|全体|司机)[^。！？\n]{0,10}(?:罢运|停运|罢驶)|(?:堵路|拦路)(?:维权|讨薪|抗议)"),
        ("罢运", "停运", "罢驶", "堵路", "拦路"),
    ),
    Floor(
        "a structure about to fail",
        3,
        re.compile(
            r"(?:桥|边坡|山体|路基|隧道|护坡)[^。！？\n]{0,12}(?:随时|即将|马上|快要)[^。！？\n]{0,6}(?:塌|垮|断|倒|滑)"
        ),
        ("随时", "即将", "马上", "快要"),
    ),
    Floor("brakes failed", 2, re.compile(r"(?:刹车|制动)[^。！？\n]{0,4}(?:失灵|失效|不灵)"), ("失灵", "失效", "不灵")),
    Floor(
        "a school bus at risk", 2, re.compile(r"校车[^。！？\n]{0,20}(?:超载|超员|超速|无证|报废|隐患|危险)"), ("校车",)
    ),
    Floor("a bridge at risk", 2, re.compile(r"危桥|桥[^。！？\n]{0,10}(?:裂缝|开裂|断裂|垮塌|坍塌|下沉)"), ("桥",)),
)


def floors(text: str) -> list[tuple[Floor, int, int]]:
    """The floors that a normalised text reaches, with the span that says so, the highest first."""
    found = [(floor, match.start(), match.end()) for floor in FLOORS if (match := floor.search(text))]
    return sorted(found, key=lambda item: -item[0].level)


def as_reason(floor: Floor, text: str, start: int, end: int) -> Explanation:
    """A floor as a reason: it outweighs every learned span, a level at a time."""
    return Explanation(text[start:end], 2.0 * floor.level, start, end)
