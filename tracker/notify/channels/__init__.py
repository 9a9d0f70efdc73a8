"""Ways out of the house, one folder each: what a person types as the address, and the apprise URL it becomes.

A channel refuses an address that is not its own kind (`BadAddress`), so a robot's address never reaches another host.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Final

from tracker.notify.channels import dingtalk, email, feishu, webhook, wecom
from tracker.notify.channels.addresses import BadAddress

__all__ = ["CHANNELS", "BadAddress", "Message"]


@dataclass(frozen=True, slots=True)
class Message:
    """What is said: `key` is the same however often it is sent."""

    key: str
    title: str
    body: str


# Each is a folder with LABEL (what people call it), HINT (what to type), PERSONAL (may everybody set their own?) and
# `url(address, key)`: the apprise URL, with the message's key sent along where the receiver can use it; BadAddress otherwise.
CHANNELS: Final[dict[str, ModuleType]] = {
    "email": email,
    "dingtalk": dingtalk,
    "feishu": feishu,
    "wecom": wecom,
    "webhook": webhook,
}
