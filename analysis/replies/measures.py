"""What can be counted in a reply: its substance without courtesies, what was done, found, grounded, dated, and what is put off."""

from __future__ import annotations

import math
import re

from analysis.text.document import read

_COURTESY = re.compile(
    r"网友|[“\"]?UU\d+[”\"]?|您?好[！!，,]?|(?:您的|来信|留言)[^。：:！]{0,24}(?:收悉|已收到)[^。：:！]{0,12}[。：:，]?|现将[^。：:]{0,16}(?:如下|回复)[：:。]?|"
    r"感谢您?[^。！]{0,40}[。！]?|谢谢[^。！]{0,16}[。！]?|祝您[^。！]{0,16}[。！]?|\d{4}年\d{1,2}月\d{1,2}日|特此回复|敬请[^。]{0,12}[。]?|尊敬的"
)
# What begins with many digits looks for them from the first one on: from each of them a page of digits would take its square.
MARKS = {
    "done": re.compile(
        r"已(?:经)?(?:对|组织|完成|安排|责令|整改|修复|更换|清理|拆除|安装|处罚|查处|督促|约谈|要求|列入|纳入|启动|开通|实施|建成|通车|下发|下达|联系|协调)|"
        r"(?:进行了|作出了|采取|予以)"
    ),
    "found": re.compile(
        r"经(?:查|核实|调查|了解|现场|实地|与|研究|勘察)|情况属实|不属实|调查核实|现场(?:查看|勘查|勘察|核实)|目前|由于|因为|主要原因|原因是"
    ),
    "ground": re.compile(
        r"《[^》]{3,40}》|根据|依据|按照|依照|规定|批复|条例|第[一二三四五六七八九十\d]+条|不符合|政策|不属于"
    ),
    "time": re.compile(r"(?<!\d)\d+月(?:\d+日|底|份)?|年底|预计|计划于|上半年|下半年|\d{4}年"),
    "who": re.compile(r"[\u4e00-\u9fff]{2,8}(?:局|委|办|公司|大队|支队|街道|中心|镇政府|乡政府|部门)"),
    "figures": re.compile(r"(?<!\d)\d+(?:\.\d+)?(?:米|公里|万元|元|亿|户|台|辆|人|处|条|%|个)"),
    "steps": re.compile(r"(?:^|[。\s：:])(?:[一二三四五六七八九十]|\d)[、.．]|一是|二是|三是|首先|其次"),
    "contact": re.compile(r"电话|\d{3,4}-\d{7,8}|咨询|拨打|前往"),
    "put off": re.compile(
        r"将(?:会|认真|尽快|积极|进一步|继续|及时|根据|在)|下一步|正在|待|尽快|适时|考虑|研究|规划|争取|力争|加强|加大|暂"
    ),
    "passed on": re.compile(
        r"已?转(?:交|至|有关|相关|[\u4e00-\u9fff]{2,8}(?:局|委|办|镇|区|县|公司))|反馈给|交由|交办|收集"
    ),
}
NAMES = ("substance", "short", "title repeated", "words repeated", "questions", *MARKS)
_SHORT = 60


def measures(title: str, body: str, reply: str) -> list[float]:
    """The measures of one reply, in the order of `NAMES`."""
    asked, answer = read(title, body).document, read("", reply).document
    substance = _COURTESY.sub("", answer.body)
    said = {w for w in answer.body_words if len(w) > 1}
    head = {w for w in asked.title_words if len(w) > 1}
    own = {w for w in asked.body_words if len(w) > 1} | head
    size = len("".join(substance.split()))
    return [
        math.log1p(size),
        float(size < _SHORT),
        len(head & said) / max(len(head), 1),
        len(own & said) / math.sqrt(max(len(own), 1)),
        math.log1p(asked.body.count("？") + asked.body.count("?")),
        *(math.log1p(len(pattern.findall(substance))) for pattern in MARKS.values()),
    ]
