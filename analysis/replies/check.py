"""Does a reply answer? Relevant, complete, concrete and a verdict, each with the words that decided.

A reply that only forwards, thanks or promises is empty however long it is: what counts is what was done or found, by whom, by
when and on what ground, about the things that were asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.text.document import read

_DONE = re.compile(r"(?:已(?:经)?|经)(?:对|组织|完成|安排|责令|整改|修复|更换|清理|拆除|安装|处罚|查处|核实|调查|现场|督促|约谈|要求|列入|纳入|启动|开通)")
_GROUND = re.compile(r"《[^》]{3,40}》|根据|依据|按照|规定|批复|文件|第[一二三四五六七八九十\d]+条")
_TIME = re.compile(r"\d+月(?:\d+日|底|份)?(?:前|完成|开工|通车|左右)|年底|预计|计划于|将于")
_WHO = re.compile(r"[\u4e00-\u9fff]{2,8}(?:局|委|办|公司|大队|支队|街道|中心|镇政府|乡政府)")
_HOLLOW = re.compile(r"已(?:收悉|转|交)|转交|转有关|将您的|会尽快|正在(?:处理|核实|调查|办理)|感谢您(?:的|对)|收到您的留言|敬请|另行")


@dataclass(frozen=True, slots=True)
class ReplyCheck:
    """`verdict` answered | partial | empty; `relevant`, `complete`, `concrete` in 0..1; `why` short reasons in English."""

    verdict: str
    relevant: float
    complete: float
    concrete: float
    why: tuple[str, ...]


def check_reply(title: str, body: str, reply: str) -> ReplyCheck:
    """Judge one reply against the message it answers."""
    asked, answer = read(title, body).document, read("", reply).document
    own = {w for w in (*asked.title_words, *asked.body_words) if len(w) > 1}
    said = {w for w in answer.body_words if len(w) > 1}
    headline = {w for w in asked.title_words if len(w) > 1}
    relevant = min(1.0, 2 * len(headline & said) / max(len(headline), 1))
    complete = min(1.0, 3 * len(own & said) / max(min(len(own), 60), 1))
    marks = {name: len(pattern.findall(answer.body)) for name, pattern in _MARKS.items()}
    substance = min(marks["done"], 3) + min(marks["ground"], 2) + min(marks["time"], 2) + min(marks["who"], 2)
    concrete = min(1.0, substance / 7) * min(1.0, len(answer.body) / 200)
    if len(answer.body) < 90 or concrete < 0.12:
        verdict = "empty"
    else:
        verdict = "answered" if concrete * (0.5 + complete / 2) > 0.55 else "partial"
    why = tuple(f"{name}: {count}" for name, count in marks.items() if count) or ("nothing done, found or promised is named",)
    return ReplyCheck(verdict, relevant, complete, concrete, why)


_MARKS = {"done": _DONE, "ground": _GROUND, "time": _TIME, "who": _WHO, "hollow": _HOLLOW}
