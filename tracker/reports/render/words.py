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


def foot(content: Json) -> str:
    """Where the ledger stood: anyone can check the paper against it."""
    ledger = content["ledger"]
    if not ledger["seq"]:
        return "台账尚无记录。"
    return f"本文由台账计算生成，台账截至第{ledger['seq']}条，校验值（SHA-256）{ledger['hash']}。"
