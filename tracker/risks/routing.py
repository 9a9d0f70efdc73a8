"""Which unit should get an item, pure: learned from where like items were kept and returned, and read off the tree of units.

Only a suggestion: the dispatcher decides, and sees why each unit is proposed. Four kinds of evidence, each between 0 and its
weight: same field at the same place, same field in the same prefecture, the place lying in the unit's territory, same field
anywhere. What a unit returned counts against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

MOST = 3
# Returns speak against a unit, but not louder than its own territory speaks for it: grounds are not always right.
MOST_AGAINST = -0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that can be given items; `prefecture` is the name by which a place is routed there, empty for the whole province."""

    code: str
    name: str
    prefecture: str


@dataclass(frozen=True, slots=True)
class Past:
    """How often items of one field and place were kept by a unit, and how often it returned them."""

    topic: str
    place: str
    unit: str
    kept: int = 0
    returned: int = 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One unit with its score (greater is better) and the reasons, one sentence each."""

    unit: str
    score: float
    reasons: tuple[str, ...]


def suggest(topic: str, place: str, candidates: Sequence[Candidate], past: Iterable[Past]) -> list[Suggestion]:
    """The most fitting units for an item of `topic` at `place`, best first, at most MOST; none without any reason for one."""
    alike = [row for row in past if row.topic == topic]
    towns = {unit.prefecture for unit in candidates if unit.prefecture and unit.prefecture in place}
    tiers: list[tuple[float, Callable[[Past], bool], str]] = [
        (3.0, lambda row: bool(place) and row.place == place, _("同领域、同地点的 {n} 件中 {k} 件由它办理")),
        (2.0, lambda row: any(town in row.place for town in towns), _("同领域、同市州的 {n} 件中 {k} 件由它办理")),
        (0.5, lambda _row: not towns, _("同领域的 {n} 件中 {k} 件由它办理")),
    ]
    found = []
    for unit in candidates:
        reasons = [(1.5, _("地点在它的辖区：{town}").format(town=unit.prefecture))] if unit.prefecture in towns else []
        told: list[Past] = []
        for weight, fits, words in tiers:
            rows = [row for row in alike if fits(row)]
            # The very cases that a narrower reason has named count again, but are not told twice.
            reasons += _learned(unit.code, rows, weight, "" if rows == told else words)
            told = rows
        score = sum(share for share, _sentence in reasons)
        if score > 0:
            ordered = sorted(reasons, key=lambda reason: -reason[0])
            found.append(
                Suggestion(unit.code, round(score, 3), tuple(sentence for _share, sentence in ordered if sentence))
            )
    return sorted(found, key=lambda s: (-s.score, s.unit))[:MOST]


def _learned(code: str, rows: Sequence[Past], weight: float, words: str) -> list[tuple[float, str]]:
    """The unit's share of `rows`, less what it returned; one case alone convinces by half."""
    whole = sum(row.kept for row in rows)
    kept = sum(row.kept for row in rows if row.unit == code)
    returned = sum(row.returned for row in rows if row.unit == code)
    if not kept and not returned:
        return []
    sentence = words.format(n=whole, k=kept)
    if returned and sentence:
        sentence += _("，它退回过 {r} 件").format(r=returned)
    share = weight * (kept - returned) / (whole + returned + 1)
    return [(max(share, MOST_AGAINST), sentence)]
