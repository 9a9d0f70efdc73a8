"""Names of prefectures, counties and towns in a text: found by name, told apart by what stands around them.

The longest name wins (长沙县 is not 长沙), a name that begins a road, river or hill names no place (长沙大道, 浏阳河, 岳麓山), short names
of counties that are everyday words are not read (通道, 洞口), and a town whose name several counties have is one only beside its county.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import ahocorasick_rs

_DATA = Path(__file__).parents[1] / "data"
_PREFECTURE, _COUNTY = 4, 6  # digits of a code
_NO_PLACE = re.compile(
    r"(?:[东西南北中]|[一二三四五])?(?:大?路|大道|大街|街(?!道)|巷|大桥|特大桥|桥|河|江|湖(?!南)|山(?!区)|高速|国际|印象|人家|绕城)"
)
_NATIONS = re.compile("(?:土家族|苗族|侗族|瑶族)+自治[州县]$")
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Division:
    """One administrative name: `prefecture` always, `county` and `town` where it is one."""

    prefecture: str
    county: str = ""
    town: str = ""

    @property
    def name(self) -> str:
        """The normal form: from the prefecture down."""
        return f"{self.prefecture}{self.county}{self.town}"


@dataclass(frozen=True, slots=True)
class _Gazetteer:
    names: tuple[str, ...]
    meanings: tuple[tuple[Division, ...], ...]
    short: frozenset[str]
    finder: ahocorasick_rs.AhoCorasick
    by_name: dict[str, Division]


@lru_cache(maxsize=1)
def _gazetteer() -> _Gazetteer:
    named: dict[str, Division] = {}
    for line in (_DATA / "divisions.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            code, name = line.split(" ", 1)
            named[code] = _division(code, name, named)
    meanings: dict[str, list[Division]] = {}
    short = set()
    everyday = set(tomllib.loads((_DATA / "roads.toml").read_text(encoding="utf-8"))["words"]["everyday"])
    for code, division in named.items():
        own = division.town or division.county or division.prefecture
        meanings.setdefault(own, []).append(division)
        stem = _NATIONS.sub("", own) if _NATIONS.search(own) else own[:-1]
        may_be_short = len(code) <= _COUNTY and len(stem) >= _SHORTEST and stem not in everyday
        # The prefecture comes first: 长沙 is the city, not 长沙县. Districts are not called by their stem.
        if may_be_short and not own.endswith("区") and stem not in meanings:
            short.add(stem)
            meanings[stem] = [division]
    names = tuple(meanings)
    finder = ahocorasick_rs.AhoCorasick(names, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
    return _Gazetteer(
        names, tuple(tuple(meanings[name]) for name in names), frozenset(short), finder,
        {division.name: division for division in named.values()},
    )  # fmt: skip


def _division(code: str, name: str, named: dict[str, Division]) -> Division:
    if len(code) == _PREFECTURE:
        return Division(name)
    if len(code) == _COUNTY:
        return Division(named[code[:_PREFECTURE]].prefecture, name)
    county = named[code[:_COUNTY]]
    return Division(county.prefecture, county.county, name)


def find_divisions(text: str) -> list[tuple[Division, int, int]]:
    """(division, start, end) in the order of the text; a town of several counties only where the text names one of them."""
    known = _gazetteer()
    found: list[tuple[tuple[Division, ...], int, int]] = []
    for number, start, end in known.finder.find_matches_as_indexes(text):
        bare = known.names[number] in known.short
        if not (bare and _NO_PLACE.match(text, end)):
            found.append((known.meanings[number], start, end))
    counties = {
        (d.prefecture, d.county) for meanings, _s, _e in found if len(meanings) == 1 for d in meanings if d.county
    }
    out = []
    for meanings, start, end in found:
        chosen = meanings if len(meanings) == 1 else [d for d in meanings if (d.prefecture, d.county) in counties]
        if len(chosen) == 1:
            out.append((chosen[0], start, end))
    return out


def division(name: str) -> Division | None:
    """The division of a normal form."""
    return _gazetteer().by_name.get(name)
