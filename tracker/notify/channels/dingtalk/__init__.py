"""钉钉: the address of a group robot, as its settings show it."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy

from tracker.notify.channels.addresses import Channel, Message, https, token
from tracker.notify.channels.sending import to_robot

HOST: Final = "oapi.dingtalk.com"
ROBOT = f"https://{HOST}/robot/send?access_token="


def url(address: str, _key: str) -> str:
    """The robot's own address, made anew of its token."""
    return ROBOT + token(https(address, HOST), "access_token")


def send(url: str, message: Message) -> str:
    """One message of text; a robot knows no title."""
    return to_robot(url, {"msgtype": "text", "text": {"content": f"{message.title}\n{message.body}"}})


CHANNEL: Final = Channel(
    label=gettext_lazy("钉钉群机器人"),
    hint="https://oapi.dingtalk.com/robot/send?access_token=…",
    personal=True,
    url=url,
    send=send,
)
