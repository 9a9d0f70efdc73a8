"""What people type, given its type. Whether it is enough is decided by the services, whose sentence is then shown in place.

So no field is required here; `required` is put on the widget, where the browser can help before anything is sent.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tracker.accounts.models import Unit
from tracker.accounts.selectors import handling_units
from tracker.posts.labels import LEVELS, NEEDS, TOPICS
from tracker.risks.lifecycle import OUTCOMES, STATES, Act
from tracker.web.widgets import Select

_MUST: Final[dict[str, Any]] = {"required": True}
_GRADES: Final = [(level, label) for level, label in LEVELS.items() if level]
# The value is what the ledger keeps, in the language of the house; the label is what the analyst reads.
DISMISSALS: Final[dict[str, str | Promise]] = {
    "非交通事项": _("非交通事项"),
    "纯建议或咨询，没有现实损害": _("纯建议或咨询，没有现实损害"),
    "内容太少，无法核查": _("内容太少，无法核查"),
    "已有清单事项在办": _("已有清单事项在办"),
    "感谢或表扬": _("感谢或表扬"),
}


def _words(attrs: dict[str, Any]) -> forms.CharField:
    return forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3, **attrs}))


class VersionForm(forms.Form):
    """`version` is that of the page the person looked at: a stale page changes nothing."""

    version = forms.IntegerField(widget=forms.HiddenInput)


def overrule_field() -> forms.CharField:
    """Why a person lets an answer pass that the machine takes for empty; shown only where the check has not passed."""
    return forms.CharField(
        required=False, label=_("答复核对未通过：仍可通过的理由（记入台账）"), widget=forms.Textarea(attrs={"rows": 2})
    )


class SubmitForm(VersionForm):
    outcome = forms.ChoiceField(
        required=False, label=_("办理结果"), choices=[("", "—"), *((o.value, label) for o, label in OUTCOMES.items())],
        widget=forms.Select(attrs=_MUST | {"data-draft": ""}),
    )  # fmt: skip
    answer = forms.CharField(
        required=False, label=_("给公众的答复"), widget=forms.Textarea(attrs={"rows": 5, "data-draft": "", **_MUST}),
        help_text=_("请写明查了什么、做了什么、结果如何"),
    )  # fmt: skip
    referred_to = forms.CharField(
        required=False,
        max_length=80,
        label=_("已转给谁（仅“非本部门”）"),
        widget=forms.TextInput(attrs={"data-draft": ""}),
    )
    duplicate_of = forms.CharField(
        required=False,
        max_length=20,
        label=_("与哪一件重复（仅“重复”，填清单编号）"),
        widget=forms.TextInput(attrs={"data-draft": ""}),
    )
    note = forms.CharField(
        required=False, label=_("内部说明（不公开）"), widget=forms.Textarea(attrs={"rows": 2, "data-draft": ""})
    )
    overrule = overrule_field()


class ReasonForm(VersionForm):
    """One text; its name on the page comes from the act."""

    reason = _words(_MUST | {"data-draft": ""})


# How it was verified and what was gone through; the values are what the ledger keeps, in the language of the house.
METHODS: Final[dict[str, str | Promise]] = {
    "书面核查": _("书面核查"),
    "现场核查": _("现场核查"),
    "电话回访": _("电话回访"),
}
CHECKS: Final[dict[str, str | Promise]] = {
    "凭证与地点对得上": _("凭证与地点对得上"),
    "答复说清了查了什么、做了什么": _("答复说清了查了什么、做了什么"),
    "隐患已消除，或办理结果如实": _("隐患已消除，或办理结果如实"),
}


class VerifyForm(VersionForm):
    """Method, checklist and words make one reason; neither tick nor word makes none, which the service refuses."""

    method = forms.ChoiceField(label=_("核查方式"), choices=list(METHODS.items()))
    checks = forms.MultipleChoiceField(
        required=False, label=_("核对"), choices=list(CHECKS.items()), widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(
        required=False, label=_("核查结论"), widget=forms.Textarea(attrs={"rows": 3, "data-draft": ""})
    )
    overrule = overrule_field()

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        method, ticked = found.pop("method", ""), found.pop("checks", [])
        said = "；".join(filter(None, [found.get("reason", "").strip(), *ticked]))
        found["reason"] = f"{method}：{said}" if said else ""
        return found


class ApproveForm(VersionForm):
    reason = forms.CharField(required=False, label=_("批准意见（可不填）"), widget=forms.Textarea(attrs={"rows": 2}))


class AnswerForm(VersionForm):
    answer = forms.CharField(
        required=False, label=_("给公众的答复"), widget=forms.Textarea(attrs={"rows": 4, "data-draft": "", **_MUST}),
        help_text=_("先告诉公众正在办什么、何时有结果；48 小时以第一次答复为准"),
    )  # fmt: skip
    overrule = overrule_field()


PLAN_LABELS: Final[dict[str, str | Promise]] = {
    "responsibility": _("责任"), "measures": _("措施"), "funds": _("资金"), "due": _("时限"), "contingency": _("预案"),
}  # fmt: skip


class PlanForm(VersionForm):
    """五落实: the five musts of a treatment plan."""

    responsibility = forms.CharField(required=False, label=_("责任"), widget=forms.TextInput(attrs=_MUST))
    measures = forms.CharField(required=False, label=_("措施"), widget=forms.Textarea(attrs={"rows": 2, **_MUST}))
    funds = forms.CharField(required=False, label=_("资金"), widget=forms.TextInput(attrs=_MUST))
    due = forms.DateField(label=_("时限"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    contingency = forms.CharField(required=False, label=_("预案"), widget=forms.Textarea(attrs={"rows": 2, **_MUST}))


class ExtendForm(VersionForm):
    days = forms.IntegerField(label=_("申请延长的工作日"), min_value=1, max_value=60)
    reason = forms.CharField(
        required=False, label=_("还差什么、何时能办结"), widget=forms.Textarea(attrs={"rows": 2, **_MUST})
    )


class PauseForm(VersionForm):
    until = forms.DateField(label=_("暂停到哪一天（当天恢复）"), widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(required=False, label=_("在等什么"), widget=forms.Textarea(attrs={"rows": 2, **_MUST}))


class RelevelForm(VersionForm):
    level = forms.TypedChoiceField(coerce=int, label=_("新等级"), choices=_GRADES)
    reason = forms.CharField(required=False, label=_("理由"), widget=forms.Textarea(attrs={"rows": 2, **_MUST}))


class RetopicForm(VersionForm):
    topic = forms.ChoiceField(
        label=_("新领域"), choices=[(code, label) for code, label in TOPICS.items() if code != "-"]
    )
    reason = forms.CharField(required=False, label=_("理由"), widget=forms.Textarea(attrs={"rows": 2, **_MUST}))


class AttachForm(VersionForm):
    """One file, out of the camera or out of a folder: `capture` opens the camera but bars the folder, hence two fields."""

    photo = forms.FileField(
        required=False, label=_("拍照"), widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"})
    )
    file = forms.FileField(
        required=False, label=_("照片或 PDF"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
        help_text=_("照片（JPEG、PNG、WebP）或 PDF，不超过 10 MB"),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        photo = found.pop("photo", None)
        found["file"] = found.get("file") or photo
        return found


REASON_LABELS: Final[dict[Act, str | Promise]] = {
    Act.DENY: _("不予延期的理由"),
    Act.RESUME: _("恢复的理由"),
    Act.SEND_BACK: _("发回理由：哪里没有办到"),
    Act.REOPEN: _("复发的依据"),
    Act.WITHDRAW: _("撤单理由"),
    Act.PROGRESS: _("进展"),
    Act.COMMENT: _("批注内容"),
    Act.REMIND: _("催办内容"),
    Act.SUPERVISE: _("督办要求"),
}


class VerdictForm(VersionForm):
    """The analyst's labels for an event that goes onto the sheet."""

    level = forms.TypedChoiceField(coerce=int, label=_("等级"), choices=_GRADES, widget=Select)
    topic = forms.ChoiceField(
        label=_("领域"), choices=[(code, label) for code, label in TOPICS.items() if code != "-"], widget=Select
    )
    need = forms.ChoiceField(label=_("诉求"), choices=list(NEEDS.items()), widget=Select)
    place = forms.CharField(required=False, label=_("地点"), max_length=120)
    problem = forms.CharField(
        required=False, label=_("问题（写进清单的一句话）"), widget=forms.Textarea(attrs={"rows": 2})
    )


class MergeForm(VersionForm):
    into = forms.IntegerField(label=_("并入哪一件"), widget=Select(attrs=_MUST))
    reason = forms.CharField(required=False, label=_("理由"), max_length=300)


class SplitForm(VersionForm):
    """The posts are ticked where they stand; their boxes belong to this form by its id."""

    posts = forms.TypedMultipleChoiceField(required=False, coerce=int, widget=forms.MultipleHiddenInput)
    reason = forms.CharField(required=False, label=_("拆出的理由"), max_length=300)


class DismissForm(VersionForm):
    reason = forms.ChoiceField(
        required=False, label=_("理由"), choices=list(DISMISSALS.items()), widget=forms.RadioSelect
    )
    note = forms.CharField(required=False, label=_("补充说明"), max_length=300)

    def sentence(self) -> str:
        """The reason as the ledger keeps it."""
        return "：".join(filter(None, (self.cleaned_data.get("reason", ""), self.cleaned_data.get("note", ""))))


class SheetFilter(forms.Form):
    """The filters of the sheet, as they stand in the address; what cannot be understood is ignored, never an error page."""

    words = forms.CharField(required=False, max_length=80, label=_("搜索"))
    state = forms.ChoiceField(
        required=False, label=_("状态"),
        choices=[("", _("全部")), ("open", _("未了结")), *((s.value, info.label) for s, info in STATES.items())],
    )  # fmt: skip
    level = forms.TypedChoiceField(required=False, coerce=int, label=_("等级"), choices=[("", _("全部")), *_GRADES])
    topic = forms.ChoiceField(
        required=False, label=_("领域"), choices=[("", _("全部")), *((c, t) for c, t in TOPICS.items() if c != "-")]
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(), required=False, to_field_name="code", label=_("承办单位"), empty_label=_("全部")
    )
    # Any name is taken, so that an address for a prefecture without units shows nothing rather than everything.
    prefecture = forms.CharField(required=False, max_length=20, label=_("市州"), widget=forms.Select)
    since = forms.DateField(required=False, label=_("列单自"), widget=forms.DateInput(attrs={"type": "date"}))
    overdue = forms.BooleanField(required=False, label=_("只看逾期"))
    sort = forms.ChoiceField(required=False, label=_("排序"), choices=[("", _("新列在前")), ("due", _("先到期在前"))])

    NAMES: ClassVar[tuple[str, ...]] = (
        "words", "state", "level", "topic", "unit", "prefecture", "since", "overdue", "sort",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_units(self)
        places = (
            Unit.objects.exclude(prefecture="").order_by("prefecture").values_list("prefecture", flat=True).distinct()
        )
        widget = self.fields["prefecture"].widget
        assert isinstance(widget, forms.Select)
        widget.choices = [("", _("全部")), *((place, place) for place in places), ("-", _("省级或未定"))]


def set_units(form: forms.Form) -> None:
    field = form.fields["unit"]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = handling_units()
