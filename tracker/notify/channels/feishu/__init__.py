"""飞书: the address of a group robot, as its settings show it."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy

from tracker.notify.channels.addresses import Channel, Message, checked, https
from tracker.notify.channels.sending import to_robot

HOST: Final = "open.feishu.cn"
PATH: Final = "/open-apis/bot/v2/hook/"
ROBOT = f"https://{HOST}{PATH}"


def url(address: str, _key: str) -> str:
    """The robot's own address, made anew of its token."""
    return ROBOT + checked(https(address, HOST).path.removeprefix(PATH))


def send(url: str, message: Message) -> str:
    """One message of text; a robot knows no title."""
    return to_robot(url, {"msg_type": "text", "content": {"text": f"{message.title}\n{message.body}"}})


CHANNEL: Final = Channel(
    label=gettext_lazy("飞书群机器人"),
    hint="https://open.feishu.cn/open-apis/bot/v2/hook/…",
    personal=True,
    url=url,
    send=send,
)
