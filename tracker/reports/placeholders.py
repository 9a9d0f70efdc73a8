"""What an office may write into its own .docx templates, as data: the placeholders of each paper, and what each stands for. Pure."""

from __future__ import annotations

from typing import Final

from tracker.reports.kinds import KINDS
from tracker.reports.paper import Json
from tracker.reports.render.words import clean, foot, revision
from tracker.reports.slips import FIELDS

# The two that stand for many paragraphs and tables: each alone in its paragraph.
BODY, ANNEX = "正文", "附件"
_EVERY: Final = {
    "标志": "“代拟稿”三个字", "年份": "发文字号方括号里的年份", "标题": "文书标题", "日期": "成文日期",
    "提示": "未到期末时的提示，平时为空", "台账": "台账序号与校验值",
}  # fmt: skip
_OF_A_PERIOD: Final = _EVERY | {
    "期间": "标题下的期间", "版次": "更正版的版次，首版为空", "更正": "更正版逐条列出的不同，首版为空",
    BODY: "全部正文，单独占一段（必须有）", ANNEX: "全部附件，单独占一段",
}  # fmt: skip
# Without these a paper would leave out what it must show.
NEEDED: Final = {**dict.fromkeys(KINDS, (BODY, "标志", "台账")), **dict.fromkeys(FIELDS, ("隐患编号", "标志"))}


def placeholders(kind: str) -> dict[str, str]:
    """{name: meaning} of what a template of `kind` may use; KeyError for a kind that does not exist."""
    if kind in KINDS:
        return dict(_OF_A_PERIOD)
    return dict(_EVERY) | {name: f"表单的“{name}”一栏" for name in FIELDS[kind]}


def values(content: Json) -> dict[str, str]:
    """What each placeholder of this paper stands for, except the two that stand for blocks; cleaned of what XML forbids."""
    found = {
        "标志": content["draft"]["mark"], "年份": content["draft"]["year"], "标题": content["title"],
        "日期": content["draft"]["date"], "提示": content["notice"], "台账": foot(content), "期间": content["subtitle"],
        "版次": revision(content), "更正": "\n".join(content["changes"]),
    }  # fmt: skip
    if content["status"] == "slip":
        blank = dict.fromkeys(FIELDS[content["kind"]], "")
        rows = content["sections"][0]["blocks"][0]["rows"]
        found |= blank | {row["label"]: row["text"] for row in rows}
    return {name: clean(found.get(name, "")) for name in placeholders(content["kind"]) if name not in (BODY, ANNEX)}
