"""How a cell, a record and a heading are written, the same in every format."""

from __future__ import annotations

import re

from tracker.reports.paper import Cell, Json

# XML 1.0 forbids these even as references, so no .docx can hold them; bidi controls would turn the text around them.
_FORBIDDEN = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069\u200e\u200f]"
)
_NUMERALS = "〇一二三四五六七八九十"
_RECORDS = {"post": "帖", "event": "事件", "verdict": "研判", "source": "数据源", "entry": "台账"}


def clean(text: object) -> str:
    """`text` without the characters that XML 1.0 forbids and without controls of writing direction."""
    return _FORBIDDEN.sub("", str(text))


def numeral(number: int) -> str:
    """1..99 in Chinese: 一, 十, 十一, 二十一."""
    tens, units = divmod(number, 10)
    if not tens:
        return _NUMERALS[units]
    return ("" if tens == 1 else _NUMERALS[tens]) + "十" + (_NUMERALS[units] if units else "")


def figure(value: Json) -> str:
    """A count as digits, a share as 80.0%（8/10）, — where nothing is known."""
    if value["v"] is None:
        return "—"
    return f"{value['v'] * 100:.1f}%（{value['n']}/{value['of']}）" if "of" in value else str(value["v"])


def cell(value: Cell) -> str:
    """One cell; None is —, never 0."""
    if value is None:
        return "—"
    return figure(value) if isinstance(value, dict) else clean(value)


def record(key: str) -> str:
    """A record key for people: YD-2026-00001, YD-2026-00001（台账42）, 帖7."""
    subject, _, seq = key.partition("#")
    kind, _, name = subject.partition(":")
    label = name if kind == "risk" else f"{_RECORDS.get(kind, kind)}{name}"
    return clean(f"{label}（台账{seq}）" if seq else label)


def revision(content: Json) -> str:
    """What stands under the title of a paper that is not the first of its week: 第2版（更正）."""
    number = content.get("revision", 0)
    return f"第{number}版（更正）" if number > 1 else ""


# Changes of a revision that stand under its title; with more, the first page would hold nothing else.
_CHANGES_FIRST = 4


def changes_first(content: Json) -> list[str]:
    """What a revision changed, as it stands under the title: all of it, or the first and where the rest is."""
    every = list(content["changes"])
    rest = len(every) - _CHANGES_FIRST
    return every if rest <= 1 else [*every[:_CHANGES_FIRST], f"另有{rest}处更正，列于文末。"]


def changes_rest(content: Json) -> list[str]:
    """What a revision changed and its first page has no room for."""
    every = list(content["changes"])
    return every[_CHANGES_FIRST:] if len(every) > _CHANGES_FIRST + 1 else []


def annex_name(content: Json, number: int) -> str:
    """附件1, 附件2 …; a lone annex has no number."""
    return f"附件{number}" if len(content["annex"]) > 1 else "附件"


def annex_lines(content: Json) -> list[str]:
    """The note under the text that lists the annexes: 附件：1. …, with no mark after a name."""
    titles = [section["title"] for section in content["annex"]]
    if len(titles) == 1:
        return [f"附件：{titles[0]}"]
    # The names stand under one another: the second begins where the first does.
    return [f"{'　　　' if number > 1 else '附件：'}{number}. {title}" for number, title in enumerate(titles, 1)]


def stands(block: Json) -> bool:
    """True for a table that has rows; one without is printed as its sentence, without a heading."""
    return bool(block["type"] == "table" and (block["rows"] or block["total"]))


def headings(blocks: list[Json]) -> list[int]:
    """The number of the heading over each block: 1, 2 … for the tables where several stand in a section, else 0."""
    several = sum(stands(block) for block in blocks) > 1
    found, number = [], 0
    for block in blocks:
        number += several and stands(block)
        found.append(number if several and stands(block) else 0)
    return found


def foot(content: Json) -> str:
    """By which definitions and where the ledger stood: anyone can check the paper against it."""
    ledger = content["ledger"]
    if not ledger["seq"]:
        return "台账尚无记录。"
    version = f"，口径第{content['definitions']}版" if "definitions" in content else ""
    return f"本文由台账计算生成{version}，台账截至第{ledger['seq']}条，校验值（SHA-256）{ledger['hash']}。"
