"""From codes to the words of `posts.labels`; an unknown code is shown as it is, never hidden."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from tracker.posts.labels import LEVELS, NEEDS, TOPICS
from tracker.risks.columns import COLUMNS
from tracker.risks.models import Attachment, Risk

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
def alarm_kind(kind: str) -> str:
    """The kind of a source's alarm; codes are those of `crawlers.monitors`."""
    return {
        "zero": _("没有新帖"),
        "too-few": _("新帖太少"),
        "all-old": _("全是旧帖"),
        "all-duplicate": _("全是重复"),
        "empty-field": _("字段空了"),
        "captcha": _("被验证码或登录挡住"),
        "layout": _("页面改版"),
        "failing": _("连续失败"),
    }.get(kind, kind)


@register.filter
def pair(evidence: list[Attachment]) -> tuple[Attachment, Attachment] | None:
    """The first and the last picture of an item's evidence, to be looked at side by side; nothing with fewer than two."""
    pictures = [file for file in evidence if file.content_type.startswith("image/")]
    return (pictures[0], pictures[-1]) if len(pictures) > 1 else None


@register.filter
def why_words(why: str) -> str:
    """Why a day is worked or free: the names that the calendar keeps in Chinese, in the reader's language where it has one."""
    return _(why) if why else ""


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
