"""飞书: the address of a group robot, as its settings show it."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy

from tracker.notify.channels.addresses import Channel, checked, https


def url(address: str, _key: str) -> str:
    """`feishu://TOKEN` for apprise."""
    path = https(address, "open.feishu.cn").path
    return f"feishu://{checked(path.removeprefix('/open-apis/bot/v2/hook/'))}/?format=text"


CHANNEL: Final = Channel(
    label=gettext_lazy("飞书群机器人"), hint="https://open.feishu.cn/open-apis/bot/v2/hook/…", personal=False, url=url
)
