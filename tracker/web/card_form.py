"""The form of a source's card. What is right is decided by the reader of the catalogue; here each refusal gets its words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crawlers.api import CardRefused, CatalogueError, Draft, Source, Uneditable, card_stamp, draft_card
from crawlers.records import Post
from tracker.accounts.actors import Actor
from tracker.intake.cards import CardChangeRefused, card_save

MINUTE: Final = 60.0
_SEVERAL: Final = re.compile(r"[、,，;；\s]+")
_BROUGHT: Final = ("delay", "budget", "quiet")  # of no use where posts are brought to us
# One sentence a field: what the catalogue accepts there.
WRONG: Final[dict[str, str | Promise]] = {
    "enabled": gettext_lazy("影响评估还没有日期的来源不能启用：先填评估日期"),
    "legal_basis": gettext_lazy("法律依据不能空着：来源卡不全的不采集"),
    "impact_assessment": gettext_lazy("影响评估要填日期；还没有评估就留空，留空的来源不能启用"),
    "fields_taken": gettext_lazy("至少写一个采集的字段，多个用顿号隔开"),
    "fields_refused": gettext_lazy("至少写一个不采集的字段，多个用顿号隔开"),
    "retention_days": gettext_lazy("保留天数要是大于 0 的整数"),
    "contact": gettext_lazy("联系方式要写成电子邮箱或以 http 开头的网址，只用英文字符：它随每个请求发给对方"),
    "every": gettext_lazy("间隔至少一秒，以分钟计"),
    "delay": gettext_lazy("两次请求之间的秒数不能小于 0"),
    "budget": gettext_lazy("每天最多请求要是大于 0 的整数"),
    "quiet": gettext_lazy("静默时段要写成 22:00-06:00 的样子，起止不能相同，多个用顿号隔开"),
}


class CardWrong(Exception):
    """The card cannot be as it was typed; the message is for the whole form, each field has its own."""


def _several(text: str) -> list[str]:
    return [part for part in _SEVERAL.split(text.strip()) if part]


def _text(label: Any, most: int, hint: Any = "") -> forms.CharField:
    return forms.CharField(required=False, label=label, max_length=most, help_text=hint)


def _invalid(name: str) -> dict[str, Any]:
    return {"invalid": WRONG[name]}


class CardForm(forms.Form):
    """Typed loosely: a value that is no number at all is refused with the same sentence as one that is too small."""

    stamp = forms.CharField(widget=forms.HiddenInput, required=False)
    enabled = forms.BooleanField(required=False, label=gettext_lazy("启用：按间隔采集"))
    legal_basis = _text(gettext_lazy("法律依据"), 300, gettext_lazy("由主管部门确认"))
    impact_assessment = forms.DateField(
        required=False, label=gettext_lazy("影响评估日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy("还没有评估就留空；留空的来源不能启用"), error_messages=_invalid("impact_assessment"),
    )  # fmt: skip
    contact = _text(gettext_lazy("联系方式（随请求发送）"), 500, gettext_lazy("电子邮箱或网址；对方有意见时找得到人"))
    fields_taken = _text(gettext_lazy("采集的字段"), 1000)
    fields_refused = _text(gettext_lazy("不采集的字段"), 1000, gettext_lazy("这里写的是对外的承诺；作者从不采集"))
    retention_days = forms.IntegerField(
        required=False,
        label=gettext_lazy("原文保留天数"),
        error_messages=_invalid("retention_days"),
    )
    every = forms.FloatField(required=False, label=gettext_lazy("间隔（分钟）"), error_messages=_invalid("every"))
    delay = forms.FloatField(required=False, label=gettext_lazy("两次请求之间（秒）"), error_messages=_invalid("delay"))
    budget = forms.IntegerField(required=False, label=gettext_lazy("每天最多请求"), error_messages=_invalid("budget"))
    quiet = _text(
        gettext_lazy("静默时段"), 200, gettext_lazy("这些时段不请求；只想在 8 点到 20 点采集，就写 20:00-08:00")
    )
    reason = _text(gettext_lazy("修改的理由"), 300)

    def __init__(self, source: Source, data: Any = None) -> None:
        self.source = source
        super().__init__(data, initial=None if data else _shown(source))
        for name in () if source.crawled else _BROUGHT:
            del self.fields[name]

    def values(self) -> dict[str, Any]:
        """What was typed and could be read, as the catalogue spells it; an empty number is nought, which no card accepts."""
        typed = self.cleaned_data
        read: dict[str, Callable[[Any], Any]] = {
            "impact_assessment": lambda day: day or "pending",
            "fields_taken": _several,
            "fields_refused": _several,
            "retention_days": lambda days: days or 0,
            "every": lambda minutes: round((minutes or 0) * MINUTE, 1),
            "delay": lambda seconds: -1.0 if seconds is None else seconds,
            "budget": lambda requests: requests or 0,
            "quiet": _several,
        }
        given = {name: typed[name] for name in WRONG if name in typed}
        return {name: read[name](value) if name in read else value for name, value in given.items()}


def _shown(source: Source) -> dict[str, Any]:
    """The card as it stands, with the stamp of its file."""
    card, pace, joint = source.card, source.pace, _("、")
    pending = card.impact_assessment == "pending"
    return {
        "stamp": card_stamp(source.name, settings.ENV.catalogue),
        "enabled": source.enabled,
        "legal_basis": card.legal_basis,
        "impact_assessment": None if pending else card.impact_assessment,
        "contact": card.contact,
        "fields_taken": joint.join(card.fields_taken),
        "fields_refused": joint.join(card.fields_refused),
        "retention_days": card.retention_days,
        "every": f"{pace.every / MINUTE:.5g}",
        "delay": f"{pace.delay:g}",
        "budget": pace.budget,
        "quiet": joint.join(pace.quiet),
    }


def card_draft(form: CardForm) -> Draft:
    """The draft of what was typed; CardWrong, with a sentence at each wrong field, when the catalogue does not accept it."""
    form.full_clean()
    try:
        edited = draft_card(form.source.name, form.values(), folder=settings.ENV.catalogue)
    except CardRefused as refused:
        for name in refused.fields:
            form.add_error(name, str(WRONG[name]))
    except Uneditable as kept:
        said = _("这个来源的目录文件写法特殊，不能在这里改：请直接编辑 {path}").format(path=kept.path)
        raise CardWrong(said) from kept
    except CatalogueError as error:
        raise CardWrong(str(error)) from error
    if form.errors:
        raise CardWrong(_("没有保存：请改正下面标出的各项"))
    return edited


def card_write(form: CardForm, edited: Draft, actor: Actor, now: datetime) -> None:
    """Save a draft for `actor`; CardWrong with the sentence when it may not be."""
    typed = form.cleaned_data
    try:
        card_save(
            edited=edited, seen=typed["stamp"], folder=settings.ENV.catalogue, actor=actor, now=now, reason=typed["reason"]
        )  # fmt: skip
    except CardChangeRefused as refused:
        raise CardWrong(str(refused)) from refused


def card_context(form: CardForm, *, found: list[Post] | None = None, refused: str = "") -> dict[str, Any]:
    """Template variables."""
    return {"source": form.source, "form": form, "found": found, "refused": refused}
