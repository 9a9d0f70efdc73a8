"""企业微信: the address of a group robot, as its settings show it."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy

from tracker.notify.channels.addresses import Channel, https, token


def url(address: str, _key: str) -> str:
    """`wecombot://KEY` for apprise."""
    return f"wecombot://{token(https(address, 'qyapi.weixin.qq.com'), 'key')}/?format=text"


CHANNEL: Final = Channel(
    label=gettext_lazy("企业微信群机器人"),
    hint="https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
    personal=False,
    url=url,
)
