"""The forms of the office's settings: units, periods, days. Whether it is allowed and enough is decided by the services."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tracker.accounts.models import Unit
from tracker.posts.labels import NEEDS
from tracker.risks.tables import KINDS, LONGEST, UNITS

PURPOSES: Final[dict[str, str | Promise]] = {
    "sign": _("签收"), "treat": _("办理"), "answer": _("公开答复"), "extend": _("最长延期"), "overdue": _("久拖不决"), "watch": _("复发观察"),
}  # fmt: skip
LENGTHS: Final[dict[str, str | Promise]] = {
    "hours": _("自然小时"),
    "working days": _("工作日"),
    "days": _("自然日"),
}
KIND_LABELS: Final[dict[str, str | Promise]] = {"*": _("不限"), "hazard": _("隐患"), **NEEDS}
_MUST: Final[dict[str, Any]] = {"required": True}


def _reason() -> forms.CharField:
    return forms.CharField(required=False, label=_("修改的理由"), max_length=300, widget=forms.TextInput(attrs=_MUST))


class UnitForm(forms.Form):
    code = forms.CharField(label=_("代码"), max_length=40, help_text=_("英文字母、数字、- 和 _，定了不再改"))
    name = forms.CharField(label=_("名称"), max_length=80)
    parent = forms.ModelChoiceField(
        Unit.objects.none(), required=False, to_field_name="code", label=_("上级单位"), empty_label=_("没有上级")
    )
    prefecture = forms.CharField(
        required=False,
        label=_("市州"),
        max_length=20,
        help_text=_("地点里有这两个字的，建议交给它"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["parent"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Unit.objects.all()


class PeriodKeyForm(forms.Form):
    """Which row of the table of periods."""

    purpose = forms.ChoiceField(label=_("用途"), choices=[(code, PURPOSES.get(code, code)) for code in UNITS])
    kind = forms.ChoiceField(label=_("类别"), choices=[(code, KIND_LABELS.get(code, code)) for code in KINDS])
    level = forms.TypedChoiceField(
        coerce=int, label=_("等级"), choices=[(0, _("不限")), *((n, str(n)) for n in (1, 2, 3))]
    )
    reason = _reason()


class PeriodForm(PeriodKeyForm):
    amount = forms.IntegerField(label=_("期限"), min_value=1, max_value=LONGEST)
    unit = forms.ChoiceField(label=_("单位"), choices=list(LENGTHS.items()))
    source = forms.CharField(required=False, label=_("依据"), max_length=80)

    field_order = ("purpose", "kind", "level", "amount", "unit", "source", "reason")


class DayKeyForm(forms.Form):
    day = forms.DateField(label=_("日期"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = _reason()


class DayForm(DayKeyForm):
    working = forms.TypedChoiceField(
        coerce=lambda value: value == "1", label=_("这一天"), choices=[("1", _("上班")), ("0", _("放假"))]
    )
    note = forms.CharField(required=False, label=_("说明"), max_length=60)

    field_order = ("day", "working", "note", "reason")


class StepForm(forms.Form):
    code = forms.SlugField(max_length=30)
    on = forms.TypedChoiceField(coerce=lambda value: value == "1", choices=[("1", "1"), ("0", "0")])
