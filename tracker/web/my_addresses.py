"""My own addresses outside the desk: which there are and how they fare, never what they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tracker.notify.addresses import GOOD_FOR, TRIES, addresses_of
from tracker.notify.channels import CHANNELS
from tracker.notify.models import Outgoing

_MUST = {"required": True, "autocomplete": "off"}
PERSONAL = [(code, way.label) for code, way in CHANNELS.items() if way.personal]


class OwnAddressForm(forms.Form):
    channel = forms.ChoiceField(label=_("发送方式"), choices=PERSONAL)
    target = forms.CharField(
        label=_("地址"), max_length=500, help_text=_("邮箱，或从群机器人设置里整条复制的地址；保存后不再显示"),
        widget=forms.TextInput(attrs=_MUST),
    )  # fmt: skip


class CodeForm(forms.Form):
    channel = forms.CharField(max_length=10, widget=forms.HiddenInput)
    code = forms.CharField(
        label=_("确认码"), max_length=20,
        widget=forms.TextInput(attrs=_MUST | {"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip


class OwnKeyForm(forms.Form):
    channel = forms.CharField(max_length=10)


@dataclass(frozen=True, slots=True)
class Mine:
    """One address: `asked` while its code has not been typed, `spent` when it cannot be typed any more; `trouble` of the last try."""

    channel: str
    way: str | Promise
    set_at: datetime
    asked: bool
    spent: bool
    trouble: str


def mine(username: str, now: datetime) -> list[Mine]:
    """The addresses of one person."""
    found = []
    for row in addresses_of(username):
        asked = row.confirmed_at is None
        last = Outgoing.objects.filter(owner=username, channel=row.channel).order_by("-made_at", "-pk").first()
        found.append(
            Mine(
                channel=row.channel, way=CHANNELS[row.channel].label, set_at=row.set_at, asked=asked,
                spent=asked and (row.tries >= TRIES or now > row.set_at + GOOD_FOR), trouble=last.problem if last else "",
            )
        )  # fmt: skip
    return found


def addresses_context(username: str, now: datetime, tried: forms.Form | None = None) -> dict[str, Any]:
    """Template variables; `tried` keeps what was typed."""
    own = tried if isinstance(tried, OwnAddressForm) else OwnAddressForm(auto_id="address-%s")
    return {"addresses": mine(username, now), "address_form": own, "code_form": CodeForm(auto_id=False)}
