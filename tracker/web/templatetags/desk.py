"""From codes to the words of `posts.labels`; an unknown code is shown as it is, never hidden."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from tracker.posts.labels import LEVELS, NEEDS, TOPICS
from tracker.risks.columns import COLUMNS
from tracker.risks.models import Risk

register = template.Library()


@register.filter
def topic_label(code: str) -> str:
    return str(TOPICS.get(code, code))


@register.filter
def need_label(code: str) -> str:
    return str(NEEDS.get(code, code))


@register.filter
def level_label(level: int) -> str:
    """1 → 1级 一般: the number for those who know it, the word for those who do not."""
    return _("{level}级 {word}").format(level=level, word=LEVELS.get(level, ""))


@register.filter
def column(risk: Risk, code: str) -> object:
    """The cell of a column of the sheet, or a dash."""
    value = COLUMNS[code].value(risk)
    return "—" if value in ("", None) else value


@register.filter
def source_state(state: str) -> str:
    """The state of a source's last run; codes are those of `crawlers.reports` with never and off."""
    return {
        "ok": _("正常"),
        "ok-nothing-new": _("正常，没有新帖"),
        "degraded": _("不完整"),
        "blocked": _("被拒绝"),
        "broken": _("页面变了，读不出来"),
        "down": _("连不上"),
        "skipped": _("跳过"),
        "never": _("从未运行"),
        "off": _("未启用"),
    }.get(state, state)
