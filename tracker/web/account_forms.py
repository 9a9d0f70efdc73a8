"""What is typed on the pages of accounts: codes, passwords, keys, and what an administrator sets for somebody."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tracker.accounts.models import Role, Unit

_MUST = {"required": True}


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("动态口令或恢复码"), max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, **_MUST}),
    )  # fmt: skip


class PasswordForm(forms.Form):
    old = forms.CharField(
        label=_("当前密码"), max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", **_MUST}),
    )  # fmt: skip
    new = forms.CharField(
        label=_("新密码"), max_length=200, help_text=_("至少 10 个字符，不要用常见的词、只用数字或自己的名字"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", **_MUST}),
    )  # fmt: skip
    again = forms.CharField(
        label=_("再输一次新密码"), max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", **_MUST}),
    )  # fmt: skip

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("new"):
            raise forms.ValidationError(gettext("两次输入的新密码不一样"))
        return again


class KeyForm(forms.Form):
    """A key for a program; the roles offered are the person's own."""

    name = forms.CharField(label=_("给哪个程序用"), max_length=80, widget=forms.TextInput(attrs=_MUST))
    roles = forms.MultipleChoiceField(label=_("角色"), widget=forms.CheckboxSelectMultiple)
    unit = forms.ModelChoiceField(
        Unit.objects.none(), required=False, to_field_name="code", label=_("只限单位"), empty_label=_("不限")
    )
    days = forms.IntegerField(label=_("有效天数"), min_value=1, max_value=365, initial=90)

    def __init__(self, *args: Any, roles: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].choices = [(r.value, r.label) for r in Role if r in roles]  # type: ignore[attr-defined]
        self.fields["unit"].queryset = Unit.objects.all()  # type: ignore[attr-defined]


class PersonForm(forms.Form):
    """Somebody new; they get a password to be changed at the first login."""

    username = forms.CharField(label=_("用户名"), max_length=150, widget=forms.TextInput(attrs=_MUST))
    display = forms.CharField(label=_("姓名（页面上显示）"), max_length=60, required=False)
    unit = forms.ModelChoiceField(
        Unit.objects.none(), required=False, to_field_name="code", label=_("单位"), empty_label="—"
    )
    roles = forms.MultipleChoiceField(
        label=_("角色"), choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Unit.objects.all()  # type: ignore[attr-defined]


class ReasonedForm(forms.Form):
    reason = forms.CharField(required=False, max_length=300, label=_("理由"), widget=forms.TextInput(attrs=_MUST))


class LendForm(ReasonedForm):
    """Give a role for good, or lend it up to a day (to its end)."""

    role = forms.ChoiceField(label=_("角色"), choices=Role.choices)
    until = forms.DateField(
        required=False, label=_("代理到哪一天（空着为长期）"), widget=forms.DateInput(attrs={"type": "date"})
    )
    field_order = ("role", "until", "reason")


class EndForm(ReasonedForm):
    role = forms.ChoiceField(label=_("角色"), choices=Role.choices)
    field_order = ("role", "reason")


class MoveForm(ReasonedForm):
    unit = forms.ModelChoiceField(Unit.objects.none(), to_field_name="code", label=_("调到哪个单位"), empty_label="—")
    field_order = ("unit", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Unit.objects.all()  # type: ignore[attr-defined]
