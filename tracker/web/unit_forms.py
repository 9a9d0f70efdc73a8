"""The forms that say which unit: assignment, arbitration, transfer, and the return that asks for one."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from tracker.accounts.models import Unit
from tracker.risks.lifecycle import RETURN_REASONS
from tracker.web.forms import VersionForm, set_units

_MUST: Final[dict[str, Any]] = {"required": True}


def _unit() -> forms.ModelChoiceField[Unit]:
    return forms.ModelChoiceField(
        Unit.objects.none(),
        to_field_name="code",
        label=_("承办单位"),
        empty_label="—",
        widget=forms.Select(attrs=_MUST),
    )


class AssignForm(VersionForm):
    unit = _unit()
    requirements = forms.CharField(
        required=False, label=_("交办要求"), widget=forms.Textarea(attrs={"rows": 3, **_MUST})
    )
    contact = forms.CharField(required=False, max_length=80, label=_("联系人及电话"))
    assisting = forms.ModelMultipleChoiceField(
        Unit.objects.none(), to_field_name="code", required=False, label=_("协办单位（可多选，可不填）"),
        widget=forms.SelectMultiple(attrs={"size": 4}),
    )  # fmt: skip
    supervising = forms.ModelChoiceField(
        Unit.objects.none(), to_field_name="code", required=False, label=_("督办单位（可不填）"), empty_label="—"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_units(self)
        for name in ("assisting", "supervising"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = Unit.objects.all()


class ReassignForm(VersionForm):
    unit = _unit()
    reason = forms.CharField(required=False, label=_("裁定意见"), widget=forms.Textarea(attrs={"rows": 3, **_MUST}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_units(self)


class TransferForm(VersionForm):
    unit = _unit()
    reason = forms.CharField(required=False, label=_("转办的理由"), widget=forms.Textarea(attrs={"rows": 2, **_MUST}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_units(self)


class ReturnForm(VersionForm):
    reason_code = forms.ChoiceField(
        required=False,
        label=_("退回事由"),
        choices=[("", "—"), *RETURN_REASONS.items()],
        widget=forms.Select(attrs=_MUST),
    )
    reason = forms.CharField(
        required=False, label=_("依据（哪条职责、应由谁办）"), widget=forms.Textarea(attrs={"rows": 3, **_MUST})
    )
