"""Ways out of the house, one folder each: what a person types as the address, and the apprise URL it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tracker.notify.channels import dingtalk, email, feishu, webhook, wecom
from tracker.notify.channels.addresses import BadAddress, Channel

__all__ = ["CHANNELS", "BadAddress", "Channel", "Message"]


@dataclass(frozen=True, slots=True)
class Message:
    """What is said: `key` is the same however often it is sent."""

    key: str
    title: str
    body: str


CHANNELS: Final[dict[str, Channel]] = {
    "email": email.CHANNEL,
    "dingtalk": dingtalk.CHANNEL,
    "feishu": feishu.CHANNEL,
    "wecom": wecom.CHANNEL,
    "webhook": webhook.CHANNEL,
}
