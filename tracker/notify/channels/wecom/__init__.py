"""企业微信: the address of a group robot, as its settings show it."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy

from tracker.notify.channels.addresses import Channel, Message, https, token
from tracker.notify.channels.sending import to_robot

HOST: Final = "qyapi.weixin.qq.com"
ROBOT = f"https://{HOST}/cgi-bin/webhook/send?key="


def url(address: str, _key: str) -> str:
    """The robot's own address, made anew of its key."""
    return ROBOT + token(https(address, HOST), "key")


def send(url: str, message: Message) -> str:
    """One message of text; a robot knows no title."""
    return to_robot(url, {"msgtype": "text", "text": {"content": f"{message.title}\n{message.body}"}})


CHANNEL: Final = Channel(
    label=gettext_lazy("企业微信群机器人"),
    hint="https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
    personal=True,
    url=url,
    send=send,
)
