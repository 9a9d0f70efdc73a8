"""The timeline of a risk: ledger entries put into words for a page, with the names behind the text keys.

Names are looked up once for the whole page, so a long history costs no more queries than a short one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tracker.accounts.models import User
from tracker.accounts.selectors import unit_names
from tracker.ledger.models import Entry
from tracker.posts.labels import LEVELS, TOPICS
from tracker.posts.models import Decision
from tracker.risks.lifecycle import OUTCOMES, RETURN_REASONS, STATES, TABLE, Act, Outcome, State
from tracker.web.clockface import PURPOSES, moment_words
from tracker.web.forms import PLAN_LABELS
from tracker.web.papers_page import LABELS as PAPERS
from tracker.web.reply import VERDICTS


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as a person reads it; `facts` are (name, value) pairs out of the entry's data."""

    seq: int
    at: datetime
    who: str
    unit: str
    act: str
    step: str
    reason: str
    facts: tuple[tuple[str, str], ...]
    subject: str
    hash: str

    @property
    def number(self) -> str:
        """The item of the sheet it speaks of, or nothing."""
        family, _colon, key = self.subject.partition(":")
        return key if family == "risk" else ""

    @property
    def about(self) -> str:
        """What it speaks of, in words; a dash where the act says it all (a list that was read, an export)."""
        family, _colon, key = self.subject.partition(":")
        if family == "paper":
            return str(PAPERS.get(key, key))
        return str(_ABOUT[family]).format(key=key) if family in _ABOUT else "—"


_ABOUT: Final[Mapping[str, str | Promise]] = {
    "event": gettext_lazy("事件 {key}"),
    "post": gettext_lazy("诉求 {key}"),
    "user": gettext_lazy("用户 {key}"),
    "notice": gettext_lazy("用户 {key}"),
    "address": gettext_lazy("用户 {key}"),
    "token": gettext_lazy("密钥 {key}"),
    "source": gettext_lazy("来源 {key}"),
    "hook": gettext_lazy("外发通知 {key}"),
    "outgoing": gettext_lazy("外发消息 {key}"),
    "model": gettext_lazy("模型 {key}"),
    "unit": gettext_lazy("单位 {key}"),
}


def story(entries: Iterable[Entry]) -> list[Line]:
    """The entries in their order."""
    rows = list(entries)
    people = dict(User.objects.filter(username__in={row.actor for row in rows}).values_list("username", "display"))
    units = unit_names()
    return [_line(row, people, units) for row in rows]


def act_label(act: str) -> str:
    """The name of a ledger act: `risk.sign` → 签收; an act without a name is shown as it is."""
    family, _dot, name = act.partition(".")
    if family == "risk" and name in list(Act):
        return str(TABLE[Act(name)].label)
    if family == "event" and name in Decision.values:
        return _("研判：{decision}").format(decision=Decision(name).label)
    return {
        "export.sheet": _("导出清单"),
        "export.paper": _("下载文书"),
        "export.slip": _("下载单项文书"),
        "export.ledger": _("导出台账"),
        "read.evidence": _("查看凭证"),
        "export.writeback": _("回写热线工单"),
        "read.people": _("查看人员"),
        "source.card": _("修改来源卡"),
        "hook.add": _("设置外发通知"),
        "hook.end": _("停止外发通知"),
        "privacy.check": _("隐私自查"),
        "privacy.expire": _("到期清除原文"),
        "privacy.erase": _("应要求删除原文"),
        "privacy.rule": _("修改保存期限"),
        "privacy.mask": _("重新遮盖"),
        "token.make": _("建立密钥"),
        "token.revoke": _("撤销密钥"),
        "factor.set": _("启用动态口令"),
        "factor.recovery": _("用恢复码登录"),
        "factor.reset": _("重置动态口令"),
        "password.set": _("设置密码"),
        "sessions.end": _("退出全部登录"),
        "role.give": _("授予角色"),
        "role.end": _("收回角色"),
        "user.move": _("调整单位"),
        "user.leave": _("停用账号"),
        "event.merge": _("并入"),
        "event.unmerge": _("撤回并入"),
        "event.split": _("拆出"),
        "unit.create": _("新建单位"),
        "user.create": _("新建用户"),
        "units.load": _("载入单位"),
        "notice.send": _("提醒"),
        "notice.digest": _("每日待办"),
        "notice.switch": _("催办规则启停"),
        "address.set": _("设置外发地址"),
        "address.confirm": _("确认外发地址"),
        "address.end": _("删除外发地址"),
        "outgoing.retry": _("重新发送"),
    }.get(act, act)


def _line(row: Entry, people: Mapping[str, str], units: Mapping[str, str]) -> Line:
    moved = row.from_state != row.to_state and row.to_state in list(State)
    return Line(
        seq=row.seq,
        at=datetime.fromisoformat(row.at),
        who=people.get(row.actor) or (_("系统") if row.actor.startswith("system") else row.actor),
        unit=units.get(row.unit, row.unit),
        act=act_label(row.act),
        step=str(STATES[State(row.to_state)].label) if moved else "",
        reason=row.reason,
        facts=tuple(_facts(json.loads(row.data), units)),
        subject=row.subject,
        hash=row.hash,
    )


def _facts(data: Mapping[str, Any], units: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """What of an entry's data a reader wants to see, in this order; everything is in the export."""
    shown: tuple[tuple[str, str, Callable[[Any], str | Promise]], ...] = (
        ("unit", _("单位"), lambda code: units.get(code, code)),
        ("assisting", _("协办单位"), lambda codes: _("、").join(units.get(code, code) for code in codes)),
        ("supervising", _("督办单位"), lambda code: units.get(code, code)),
        ("requirements", _("交办要求"), str),
        ("topic", _("领域"), lambda code: TOPICS.get(code, code)),
        ("reason_code", _("事由"), lambda code: RETURN_REASONS.get(code, code)),
        ("days", _("工作日"), str),
        ("until", _("止于"), str),
        ("level", _("等级"), lambda level: LEVELS.get(level, level)),
        ("outcome", _("结果"), lambda code: OUTCOMES[Outcome(code)]),
        ("referred_to", _("已转给"), str),
        ("duplicate_of", _("重复于"), str),
        ("answer", _("给公众的答复"), str),
        ("reply_check", _("答复核对"), _checked),
        ("overrule", _("人工通过的理由"), str),
        ("was_due", _("期限调整"), lambda was: _moved(was, data["due"])),
        ("purpose", _("时限"), lambda code: PURPOSES.get(code, code)),
        ("name", _("名称"), str),
        ("digest", "SHA-256", str),
    )
    yield from ((label, str(words(data[key]))) for key, label, words in shown if data.get(key))
    yield from ((str(PLAN_LABELS.get(name, name)), str(text)) for name, text in data.get("plan", {}).items())


def _checked(found: Mapping[str, Any]) -> str:
    """The machine's verdict on the answer, as the pages word it."""
    return str(VERDICTS[found["verdict"]][0])


def _moved(was: Mapping[str, str], due: Mapping[str, str]) -> str:
    """From when to when each deadline moved with the level."""
    return _("；").join(
        f"{PURPOSES[purpose]} {moment_words(was[purpose])} → {moment_words(due[purpose])}" for purpose in due
    )
