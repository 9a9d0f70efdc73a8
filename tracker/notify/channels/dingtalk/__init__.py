"""钉钉: the address of a group robot, as its settings show it."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy

from tracker.notify.channels.addresses import Channel, https, token


def url(address: str, _key: str) -> str:
    """`dingtalk://TOKEN` for apprise."""
    return f"dingtalk://{token(https(address, 'oapi.dingtalk.com'), 'access_token')}/?format=text"


CHANNEL: Final = Channel(
    label=gettext_lazy("钉钉群机器人"),
    hint="https://oapi.dingtalk.com/robot/send?access_token=…",
    personal=False,
    url=url,
)
