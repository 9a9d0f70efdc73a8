"""The tab of what leaves the house: which addresses there are (never what they are), what waits, and what could not be sent."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tracker.accounts.models import Unit, User
from tracker.notify.channels import CHANNELS
from tracker.notify.models import Address
from tracker.notify.outbox import GROUP, given_up, waiting
from tracker.web.middleware import DeskRequest

SHOWN = 50


class AddressForm(forms.Form):
    """The address is typed once and shown to nobody again: whoever has a robot's address can speak in its group."""

    owner = forms.CharField(
        label=_("收件人"), max_length=150, help_text=_("用户名；单位的群写 unit: 加单位代码"),
        widget=forms.TextInput(attrs={"required": True}),
    )  # fmt: skip
    channel = forms.ChoiceField(label=_("发送方式"), choices=[(code, way.label) for code, way in CHANNELS.items()])
    target = forms.CharField(
        label=_("地址"), max_length=500, help_text=_("邮箱，或从群机器人设置里整条复制的地址；保存后不再显示"),
        widget=forms.TextInput(attrs={"required": True, "autocomplete": "off"}),
    )  # fmt: skip


class AddressKeyForm(forms.Form):
    owner = forms.CharField(max_length=150)
    channel = forms.CharField(max_length=10)


class RetryForm(forms.Form):
    outgoing = forms.IntegerField()


def outgoing_shown(_request: DeskRequest) -> dict[str, Any]:
    """Template variables."""
    people = dict(User.objects.values_list("username", "display"))
    units = {f"{GROUP}{code}": name for code, name in Unit.objects.values_list("code", "name")}

    def name(owner: str) -> str:
        return units.get(owner) or people.get(owner) or owner

    rows = [(row, name(row.owner), CHANNELS[row.channel].label) for row in Address.objects.order_by("owner", "channel")]
    lost = [(row, name(row.owner), CHANNELS[row.channel].label) for row in given_up()[:SHOWN]]
    late = waiting().filter(attempts__gt=0)
    return {"addresses": rows, "lost": lost, "waiting": waiting().count(), "retried": late.count()}
