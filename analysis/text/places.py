"""Place names in a text, in a normal form, most specific first.

What a place is called is read from its shape: a run of characters before a word that ends place names (路 大道 小区 桥 站 …), road
numbers and kilometre marks, bus and metro lines, and the anonymised forms of archives ("A市A3区"). Shapes are enough to tell
one concrete place from another; they name no person.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from analysis.text.gazetteer import Division, division, find_divisions

_AREA = re.compile(r"[A-Z]\d{0,2}(?:市|区|县|镇)")
_ROAD_NUMBER = re.compile(
    r"(?<![A-Za-z0-9])([GSXYC]\d{1,4})(?![0-9A-Za-z])|(?<![\dA-Za-z])(\d{3})(国道|省道|县道)|(国道|省道|县道)(\d{3})(?!\d)"
)
_LETTER = {"国道": "G", "省道": "S", "县道": "X"}
_EXPRESSWAY = re.compile(r"[\u4e00-\u9fff]{2,6}?高速")
_ROADS = Path(__file__).parents[1] / "data" / "roads.toml"
_DIVISION_ENDS = "市县区州镇乡道"
_COUNTY_SHAPE = re.compile(r"[A-Z]\d{1,2}(?:市|区|县|镇)")
_MARK = re.compile(r"(?<![A-Za-z])[Kk](\d{1,4})(?:\+(\d{1,3}))?(?!\d|路)")
_LINE = re.compile(r"号线|路公交|路车|路(?=公|车|的|到|从|[，。、]|$)")
_LINE_NUMBER = re.compile(r"(?<![\dA-Za-z])([A-Z]?\d{1,4}|[一二三四五六七八九十]{1,3})\s{0,3}$")
_BEFORE_LINE = 8  # characters in which a line's number stands before its word
_MAYBE_ROAD = re.compile(r"[GSXYC国省县](?:(?<=[GSXYC])(?=\d)|(?<=[国省县])(?=道))")
_TAIL = (
    "大道|高速公路|高速|立交桥|大桥|高架桥|高架|天桥|隧道|地铁站|高铁站|火车站|汽车站|客运站|公交站|收费站|服务区|"
    "路口|互通|街道|小区|花园|花苑|家园|公寓|新村|社区|学校|小学|中学|大学|学院|幼儿园|医院|广场|公园|市场|码头|渡口|"
    "水库|工业园|产业园|国际|新城|名城|公馆|华府|佳园|嘉园|雅苑|山庄|路|街|巷|桥|村|镇|乡|站|苑|府|城"
)
_TAILS = tuple(_TAIL.split("|"))
_FEWEST, _MOST = 2, 6  # characters before the word that ends a name
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_STOP = re.compile(
    "^.*(?:位于|在|从|到|至|与|和|的|是|了|把|对|由|往|去|就|都|有|为|及|沿|靠近|附近|关于|投诉|反映|咨询|建议|希望|请问|请|我们|我|你|这|那|该|本|每|各|条|个|座)"
)
_SHORTEST = 2
_COMMON = frozenset(
    [
        "马路",
        "道路",
        "公路",
        "铁路",
        "修路",
        "线路",
        "走路",
        "一路",
        "街道",
        "小区",
        "社区",
        "学校",
        "医院",
        "市场",
        "城市",
        "农村",
        "全村",
        "本村",
        "我村",
        "车站",
        "公交站",
        "火车站",
        "汽车站",
        "地铁站",
        "高铁站",
        "高速",
        "高速公路",
        "大桥",
        "天桥",
        "隧道",
        "路口",
        "广场",
        "公园",
        "小学",
        "中学",
        "大学",
        "幼儿园",
        "政府",
        "出路",
        "上路",
        "过马路",
        "思路",
        "主干道",
        "新城",
        "网站",
        "问政西地省",
    ]
)


@dataclass(frozen=True, slots=True)
class Place:
    """One place named in a text: `kind` is mark, line, named, road, town, county, prefecture or area (anonymised), `name` its normal form.

    `prefecture` and `county` are those the text gives it, "" where it gives none or several.
    """

    kind: str
    name: str
    prefecture: str = ""
    county: str = ""


def find_places(text: str) -> list[str]:
    """The places a normalised text names, in normal form, each once, the most specific kinds first: the names of `structured_places`."""
    spans = find_divisions(text)
    own = sorted({division: None for division, _start, _end in spans}, key=_specific)
    named = [name for _kind, name in _by_shape(_without(text, spans))]
    return list(dict.fromkeys([*named, *(d.name for d in own), *(match[0] for match in _AREA.finditer(text))]))


def structured_places(text: str) -> list[Place]:
    """The places a normalised text names, the most specific kinds first.

    A road, line or named object lies in the one county, or else the one prefecture, that the text names.
    """
    spans = find_divisions(text)
    divisions = list(dict.fromkeys(division for division, _start, _end in spans))
    prefectures = {d.prefecture for d in divisions}
    counties = {(d.prefecture, d.county) for d in divisions if d.county}
    prefecture = next(iter(prefectures)) if len(prefectures) == 1 else ""
    county = next(iter(counties))[1] if len(counties) == 1 and prefecture else ""
    plain = [Place(kind, name, prefecture, county) for kind, name in _by_shape(_without(text, spans))]
    own = [
        Place("town" if d.town else "county" if d.county else "prefecture", d.name, d.prefecture, d.county)
        for d in sorted(divisions, key=_specific)
    ]
    return [*plain, *own, *(Place("area", match[0]) for match in _AREA.finditer(text))]


def _specific(division: Division) -> tuple[bool, bool]:
    """Towns first, then counties."""
    return not division.town, not division.county


def _without(text: str, spans: Sequence[tuple[Division, int, int]]) -> str:
    """The text with full names of divisions blanked, so that no road or estate takes them for its beginning."""
    for _division, start, end in spans:
        if text[end - 1] in _DIVISION_ENDS:
            text = f"{text[:start]}{'，' * (end - start)}{text[end:]}"
    return _AREA.sub(lambda match: "，" * len(match[0]), text)


@lru_cache(maxsize=1)
def _tail_finder() -> Any:
    import ahocorasick_rs

    return ahocorasick_rs.AhoCorasick(_TAILS)


def _named_spans(text: str) -> Iterator[str]:
    """Two to six characters and the first word after them that ends a name, from left to right without overlap.

    The same as the regular expression `[一-鿿]{2,6}?(?:TAILS)(?!线)` finds, at an eighth of its time: it is the tails that are
    looked for, not every place where a name might begin.
    """
    ends: dict[int, int] = {}
    for _tail, start, end in sorted(_tail_finder().find_matches_as_indexes(text, overlapping=True)):
        if start not in ends and text[end : end + 1] != "线":
            ends[start] = end
    free = 0
    for start in sorted(ends):
        first = max(free, start - _MOST)
        run = _HAN.search(text[first:start][::-1])
        if run and run.start() == 0:
            first = max(first, start - run.end())
            if start - first >= _FEWEST:
                yield text[first : ends[start]]
                free = ends[start]


@lru_cache(maxsize=1 << 14)
def _own_name(span: str) -> str:
    """The name in a span, what leads up to it cut off; "" for a common word, an expressway or a division."""
    name = _STOP.sub("", span)
    own = len(name) > _SHORTEST and name not in _COMMON and not name.endswith(tuple(_named_roads()))
    return name if own and division(name) is None else ""


def _by_shape(text: str) -> Iterator[tuple[str, str]]:
    for match in _MARK.finditer(text) if "K" in text or "k" in text else ():
        yield "mark", f"K{int(match[1])}" + (f"+{int(match[2]):03d}" if match[2] else "")
    for match in _LINE.finditer(text):
        if said := _LINE_NUMBER.search(text, max(0, match.start() - _BEFORE_LINE), match.start()):
            yield "line", f"{said[1]}路"
    for span in _named_spans(text):
        if name := _own_name(span):
            yield "named", name
    roads = _named_roads()
    for match in _EXPRESSWAY.finditer(text) if "高速" in text else ():
        number = next((number for name, number in roads.items() if match[0].endswith(name)), "")
        if number:
            yield "road", number
    for match in _ROAD_NUMBER.finditer(text) if _MAYBE_ROAD.search(text) else ():
        yield "road", match[1] or _LETTER[match[3] or match[4]] + (match[2] or match[5])


@lru_cache(maxsize=1)
def _named_roads() -> dict[str, str]:
    """Names of expressways, the longest first, with their numbers."""
    table = tomllib.loads(_ROADS.read_text(encoding="utf-8"))["expressway"]
    return dict(sorted(table.items(), key=lambda item: -len(item[0])))


def areas(places: Sequence[str]) -> tuple[list[str], list[str]]:
    """(counties, prefectures) among normal forms; a county's prefecture and a town's county are among them."""
    known = [found for place in places if (found := division(place))]
    counties = [d.prefecture + d.county for d in known if d.county] + [p for p in places if _COUNTY_SHAPE.fullmatch(p)]
    return list(dict.fromkeys(counties)), list(dict.fromkeys(d.prefecture for d in known))


def place_line(places: Sequence[str]) -> str:
    """One place for people out of a text's normal forms: where it lies, then what it is; "" for none.

    A kilometre mark or a number says nothing without its road, nor a road without its county: "长沙市望城区 G107 K12+300". Where the
    text names several counties (or prefectures) none is set before it, since it may lie in any of them.
    """
    known = [(name, found) for name in places if (found := division(name))]
    divisions = {name for name, _found in known}
    marks = [name for name in places if _MARK.fullmatch(name)]
    things = [name for name in places if name not in divisions and name not in marks]
    road = next((name for name in things if _ROAD_NUMBER.fullmatch(name)), "")
    thing = f"{road} {marks[0]}" if road and marks else next(iter([*things, *marks]), "")
    return " ".join(filter(None, [_area([found for _name, found in known]), thing])) or next(iter(places), "")


def _area(divisions: Sequence[Division]) -> str:
    """The smallest division that all of `divisions` allow; "" where they lie in several prefectures."""
    if len({d.prefecture for d in divisions}) != 1:
        return ""
    for parts in (
        [(d.prefecture, d.county, d.town) for d in divisions if d.town],
        [(d.prefecture, d.county, "") for d in divisions if d.county],
        [(d.prefecture, "", "") for d in divisions],
    ):
        if len(set(parts)) == 1:
            return Division(*parts[0]).name
    return ""
