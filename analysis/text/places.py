"""Place names in a text, in a normal form, most specific first.

What a place is called is read from its shape: a run of characters before a word that ends place names (路 大道 小区 桥 站 …), road
numbers and kilometre marks, bus and metro lines, and the anonymised forms of archives ("A市A3区"). Shapes are enough to tell
one concrete place from another; they name no person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_AREA = re.compile(r"[A-Z]\d{0,2}(?:市|区|县|镇)")
_ROAD_NUMBER = re.compile(r"(?<![A-Za-z0-9])([GSXYC]\d{1,4})(?![0-9A-Za-z])|(?<!\d)(\d{3})(国道|省道|县道)")
_MARK = re.compile(r"(?<![A-Za-z])[Kk](\d{1,4})(?:\+(\d{1,3}))?(?!\d|路)")
_LINE = re.compile(
    r"(?<![\dA-Za-z])([A-Z]?\d{1,4}|[一二三四五六七八九十]{1,3})\s*(?:号线|路公交|路车|路(?=公|车|的|到|从|[，。、]|$))"
)
_TAIL = (
    "大道|高速公路|高速|立交桥|大桥|高架桥|高架|天桥|隧道|地铁站|高铁站|火车站|汽车站|客运站|公交站|收费站|服务区|"
    "路口|互通|街道|小区|花园|花苑|家园|公寓|新村|社区|学校|小学|中学|大学|学院|幼儿园|医院|广场|公园|市场|码头|渡口|"
    "水库|工业园|产业园|国际|新城|名城|公馆|华府|佳园|嘉园|雅苑|山庄|路|街|巷|桥|村|镇|乡|站|苑|府|城"
)
_NAMED = re.compile(rf"[\u4e00-\u9fff]{{2,6}}?(?:{_TAIL})(?![\u4e00-\u9fff]{{0,0}}[线])")
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


def find_places(text: str) -> list[str]:
    """The places a normalised text names, in normal form, each once, the most specific kinds first."""
    found: dict[str, None] = {}
    for match in _MARK.finditer(text):
        found[f"K{int(match[1])}" + (f"+{int(match[2]):03d}" if match[2] else "")] = None
    for match in _LINE.finditer(text):
        found[f"{match[1]}路"] = None
    for match in _NAMED.finditer(text):
        name = _STOP.sub("", match[0])
        if len(name) > _SHORTEST and name not in _COMMON:
            found[name] = None
    for match in _ROAD_NUMBER.finditer(text):
        found[match[1] or match[2] + match[3]] = None
    for match in _AREA.finditer(text):
        found[match[0]] = None
    return list(found)


def areas(places: Sequence[str]) -> tuple[list[str], list[str]]:
    """(counties, prefectures) among normal forms."""
    counties = [place for place in places if _COUNTY.fullmatch(place)]
    return counties, []


_COUNTY = re.compile(r"[A-Z]\d{1,2}(?:市|区|县|镇)|[\u4e00-\u9fff]{2,4}[区县]")
