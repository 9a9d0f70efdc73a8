"""Ways out of the house, one folder each: what a person types as the address, and how a message is handed over there."""

from __future__ import annotations

from typing import Final

from tracker.notify.channels import dingtalk, email, feishu, webhook, wecom
from tracker.notify.channels.addresses import BadAddress, Channel, Message

__all__ = ["CHANNELS", "BadAddress", "Channel", "Message"]

CHANNELS: Final[dict[str, Channel]] = {
    "email": email.CHANNEL,
    "dingtalk": dingtalk.CHANNEL,
    "feishu": feishu.CHANNEL,
    "wecom": wecom.CHANNEL,
    "webhook": webhook.CHANNEL,
}
